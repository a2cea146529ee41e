/* shape_ops.c: the same numbers in another shape or order. Each op moves elements, so the way back moves gradients the
 * other way, adding them where they land. */
#include "axis.h"
#include "mm/ops.h"

#include <string.h>

static void add_to(real *to, const real *from, size_t n)
{
#pragma omp parallel for if (n > MM_GRAIN)
    for (size_t i = 0; i < n; i++) {
        to[i] += from[i];
    }
}

/* [reshape] the same elements in the same order under another shape */
static Shape reshape_shape(const Tensor *y)
{
    Shape s = *(const Shape *)y->attr;
    if (mm_numel(s) != y->in[0]->n) {
        char text[MM_SHAPE_TEXT];
        mm_op_fail(y, "%s has room for %zu elements, the tensor has %zu; a reshape keeps all of them", mm_shape_text(s, text),
                   mm_numel(s), y->in[0]->n);
    }
    return s;
}

static void reshape_forward(Tensor *y)
{
    memcpy(y->data, y->in[0]->data, y->n * sizeof *y->data);
}

static void reshape_backward(Tensor *y)
{
    add_to(mm_grad(y->in[0]), y->grad, y->n);
}

static Tensor *build_reshape(Graph *g, Tensor *const *x)
{
    return mm_reshape(g, x[0], MM_SHAPE(5, 21));
}

const Op mm_op_reshape = {
    .name = "reshape",
    .symbol = "reshape",
    .equation = "reshape",
    .shape = reshape_shape,
    .forward = reshape_forward,
    .backward = reshape_backward,
    .check = (Check[]){{"three dimensions to two", build_reshape, {MM_DIMS(3, 5, 7)}, 1}, {0}},
};

Tensor *(mm_reshape)(Graph *g, Tensor *x, Shape shape, Site site)
{
    return mm_apply(g, &mm_op_reshape, &shape, sizeof shape, 1, &x, site);
}

/* [permute] y[i_0, i_1, …] = x[…] where index i_k of y is the index of dimension order[k] of x */
typedef struct PermuteAttr {
    int order[MM_MAX_RANK];
} PermuteAttr;

static Shape permute_shape(const Tensor *y)
{
    const int *order = ((const PermuteAttr *)y->attr)->order;
    Shape x = y->in[0]->shape, s = {.rank = x.rank};
    bool used[MM_MAX_RANK] = {false};
    for (int i = 0; i < x.rank; i++) {
        if (order[i] < 0 || order[i] >= x.rank || used[order[i]]) {
            mm_op_fail(y, "order[%d] = %d: the order must hold each of 0 .. %d once", i, order[i], x.rank - 1);
        }
        used[order[i]] = true;
        s.d[i] = x.d[order[i]];
    }
    return s;
}

/* Steps in x of y's dimensions. */
static void permuted_steps(const Tensor *y, size_t *step)
{
    const int *order = ((const PermuteAttr *)y->attr)->order;
    size_t of_x[MM_MAX_RANK] = {0}, passed = 1;
    for (int i = y->shape.rank - 1; i >= 0; i--) {
        of_x[i] = passed;
        passed *= (size_t)y->in[0]->shape.d[i];
    }
    for (int i = 0; i < y->shape.rank; i++) {
        step[i] = of_x[order[i]];
    }
}

/* Where in x row `row` of y begins. */
static size_t row_in_x(Shape y, const size_t *step, size_t row)
{
    size_t at = 0;
    for (int i = y.rank - 2; i >= 0; i--) {
        at += row % (size_t)y.d[i] * step[i];
        row /= (size_t)y.d[i];
    }
    return at;
}

static void permute_forward(Tensor *y)
{
    size_t step[MM_MAX_RANK] = {0}, rows = mm_rows(y->shape), n = (size_t)mm_last(y->shape);
    permuted_steps(y, step);
    size_t stride = y->shape.rank ? step[y->shape.rank - 1] : 0;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t r = 0; r < rows; r++) {
        const real *x = y->in[0]->data + row_in_x(y->shape, step, r);
        for (size_t i = 0; i < n; i++) {
            y->data[r * n + i] = x[i * stride];
        }
    }
}

static void permute_backward(Tensor *y)
{
    size_t step[MM_MAX_RANK] = {0}, rows = mm_rows(y->shape), n = (size_t)mm_last(y->shape);
    permuted_steps(y, step);
    size_t stride = y->shape.rank ? step[y->shape.rank - 1] : 0;
    real *to = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN) /* each element of dx belongs to one of dy: no two threads meet */
    for (size_t r = 0; r < rows; r++) {
        real *dx = to + row_in_x(y->shape, step, r);
        for (size_t i = 0; i < n; i++) {
            dx[i * stride] += y->grad[r * n + i];
        }
    }
}

static Tensor *build_transpose(Graph *g, Tensor *const *x)
{
    return mm_permute(g, x[0], (const int[]){1, 0});
}

static Tensor *build_heads(Graph *g, Tensor *const *x)
{
    return mm_permute(g, x[0], (const int[]){0, 2, 1, 3});
}

static Tensor *build_rotate(Graph *g, Tensor *const *x)
{
    return mm_permute(g, x[0], (const int[]){2, 0, 1});
}

const Op mm_op_permute = {
    .name = "permute",
    .symbol = "permute",
    .equation = "permute",
    .shape = permute_shape,
    .forward = permute_forward,
    .backward = permute_backward,
    .check = (Check[]){{"transpose", build_transpose, {MM_DIMS(3, 5)}, 1},
                       {"split heads", build_heads, {MM_DIMS(3, 5, 7, 9)}, 1},
                       {"rotate", build_rotate, {MM_DIMS(3, 5, 7)}, 1},
                       {0}},
};

Tensor *(mm_permute)(Graph *g, Tensor *x, const int *order, Site site)
{
    PermuteAttr attr = {{0}};
    memcpy(attr.order, order, x ? (size_t)x->shape.rank * sizeof *order : 0);
    return mm_apply(g, &mm_op_permute, &attr, sizeof attr, 1, &x, site);
}

/* [concat] y = [x_0; x_1; …] along an axis, so dx_j is its part of dy */
static Shape concat_shape(const Tensor *y)
{
    Shape s = y->in[0]->shape;
    int axis = mm_axis_check(y, s, *(const int *)y->attr);
    for (int j = 1; j < y->n_in; j++) {
        Shape other = y->in[j]->shape;
        int along = axis < other.rank ? other.d[axis] : 0;
        other.d[axis] = s.d[axis];
        if (!mm_shape_equal(s, other)) {
            mm_op_fail(y, "input %d differs from input 0 in more than axis %d; only the size of that axis may differ", j, axis);
        }
        s.d[axis] += along;
    }
    return s;
}

/* Elements of one row of input j; in y they begin at *from. Rows are what the dimensions left of the axis count. */
static size_t part(const Tensor *y, int j, size_t *from, size_t *rows)
{
    int axis = *(const int *)y->attr;
    axis = axis < 0 ? y->shape.rank + axis : axis;
    *from = 0;
    for (int i = 0; i < j; i++) {
        Axis a = mm_axis(y->in[i]->shape, axis);
        *from += a.n * a.inner;
    }
    Axis a = mm_axis(y->in[j]->shape, axis);
    *rows = a.outer;
    return a.n * a.inner;
}

static void concat_forward(Tensor *y)
{
    for (int j = 0; j < y->n_in; j++) {
        size_t from, rows, n = part(y, j, &from, &rows), pitch = y->n / rows;
        for (size_t r = 0; r < rows; r++) {
            memcpy(y->data + r * pitch + from, y->in[j]->data + r * n, n * sizeof *y->data);
        }
    }
}

static void concat_backward(Tensor *y)
{
    for (int j = 0; j < y->n_in; j++) {
        size_t from, rows, n = part(y, j, &from, &rows), pitch = y->n / rows;
        real *dx = mm_grad(y->in[j]);
        for (size_t r = 0; r < rows && dx; r++) {
            add_to(dx + r * n, y->grad + r * pitch + from, n);
        }
    }
}

static Tensor *build_concat_0(Graph *g, Tensor *const *x)
{
    return mm_concat(g, 2, x, 0);
}

static Tensor *build_concat_1(Graph *g, Tensor *const *x)
{
    return mm_concat(g, 3, x, 1);
}

static Tensor *build_concat_last(Graph *g, Tensor *const *x)
{
    return mm_concat(g, 2, x, -1);
}

static Tensor *build_concat_twice(Graph *g, Tensor *const *x)
{
    return mm_concat(g, 2, (Tensor *const[]){x[0], x[0]}, 0);
}

const Op mm_op_concat = {
    .name = "concat",
    .symbol = "concat",
    .equation = "concat",
    .shape = concat_shape,
    .forward = concat_forward,
    .backward = concat_backward,
    .check = (Check[]){{"first axis", build_concat_0, {MM_DIMS(3, 5), MM_DIMS(7, 5)}, 2},
                       {"three, middle axis", build_concat_1, {MM_DIMS(3, 1, 5), MM_DIMS(3, 7, 5), MM_DIMS(3, 9, 5)}, 3},
                       {"last axis", build_concat_last, {MM_DIMS(3, 5, 7), MM_DIMS(3, 5, 1)}, 2},
                       {"with itself", build_concat_twice, {MM_DIMS(3, 5)}, 1},
                       {0}},
};

Tensor *(mm_concat)(Graph *g, int n, Tensor *const *x, int axis, Site site)
{
    return mm_apply(g, &mm_op_concat, &axis, sizeof axis, n, x, site);
}

/* [slice] y = x[from : from + count] of an axis, so that part of dx gets dy and the rest nothing */
typedef struct SliceAttr {
    int axis, from, count;
} SliceAttr;

static Shape slice_shape(const Tensor *y)
{
    const SliceAttr *a = y->attr;
    Shape s = y->in[0]->shape;
    int axis = mm_axis_check(y, s, a->axis);
    if (a->count < 1) {
        mm_op_fail(y, "count = %d: a slice has one element at least; the arguments are axis, from, count", a->count);
    }
    if (a->from < 0 || a->from > s.d[axis] - a->count) {
        mm_op_fail(y, "elements %d .. %d are not all there: axis %d has 0 .. %d; the arguments are axis, from, count", a->from,
                   a->from + a->count - 1, a->axis, s.d[axis] - 1);
    }
    s.d[axis] = a->count;
    return s;
}

/* A row of y holds n elements; row r begins in x at *from + r *pitch. */
static size_t slice_rows(const Tensor *y, size_t *from, size_t *pitch)
{
    const SliceAttr *attr = y->attr;
    Axis a = mm_axis(y->in[0]->shape, attr->axis < 0 ? y->shape.rank + attr->axis : attr->axis);
    *from = (size_t)attr->from * a.inner;
    *pitch = a.n * a.inner;
    return (size_t)attr->count * a.inner;
}

static void slice_forward(Tensor *y)
{
    size_t from, pitch, n = slice_rows(y, &from, &pitch);
    for (size_t r = 0; r < y->n / n; r++) {
        memcpy(y->data + r * n, y->in[0]->data + from + r * pitch, n * sizeof *y->data);
    }
}

static void slice_backward(Tensor *y)
{
    size_t from, pitch, n = slice_rows(y, &from, &pitch);
    real *dx = mm_grad(y->in[0]);
    for (size_t r = 0; r < y->n / n; r++) {
        add_to(dx + from + r * pitch, y->grad + r * n, n);
    }
}

static Tensor *build_slice_0(Graph *g, Tensor *const *x)
{
    return mm_slice(g, x[0], 0, 0, 1);
}

static Tensor *build_slice_1(Graph *g, Tensor *const *x)
{
    return mm_slice(g, x[0], 1, 2, 3);
}

static Tensor *build_slice_last(Graph *g, Tensor *const *x)
{
    return mm_slice(g, x[0], -1, 3, 4);
}

const Op mm_op_slice = {
    .name = "slice",
    .symbol = "slice",
    .equation = "slice",
    .shape = slice_shape,
    .forward = slice_forward,
    .backward = slice_backward,
    .check = (Check[]){{"first of the first axis", build_slice_0, {MM_DIMS(3, 5)}, 1},
                       {"inside the middle axis", build_slice_1, {MM_DIMS(3, 5, 7)}, 1},
                       {"end of the last axis", build_slice_last, {MM_DIMS(3, 5, 7)}, 1},
                       {0}},
};

Tensor *(mm_slice)(Graph *g, Tensor *x, int axis, int from, int count, Site site)
{
    return mm_apply(g, &mm_op_slice, &(SliceAttr){axis, from, count}, sizeof(SliceAttr), 1, &x, site);
}
