/* elementwise.c: y = a op b, element by element, with NumPy's broadcasting.
 *
 * Shapes are aligned at the right; where an operand has size 1, or no dimension at all, it repeats. To repeat is to take a
 * step of 0: its one element is read again and again, and so in the way back its gradient is added to again and again,
 * which is the sum over all the places where it was used. Nothing else is needed for broadcasting. */
#include "mm/ops.h"

#include <string.h>

enum { Y, A, B, TILE = 128 };

/* How y, a and b are walked together; dimension 0 is the innermost. Neighbouring dimensions that all three pass through
 * evenly are merged: equal shapes become one long run, a bias (C) under (B, T, C) becomes rows of C, a scalar a step of 0. */
typedef struct Walk {
    int rank;
    size_t size[MM_MAX_RANK], step[3][MM_MAX_RANK];
} Walk;

/* region run */
/* A piece of at most TILE elements of the innermost dimension. A repeated operand is already laid out n times. */
typedef struct Run {
    size_t n;
    const real *a, *b, *dy;
    real *out; /* y in the forward, da or db in the way back */
} Run;
/* end run */

static Shape broadcast_shape(const Tensor *y)
{
    Shape a = y->in[0]->shape, b = y->in[1]->shape;
    Shape s = {.rank = a.rank > b.rank ? a.rank : b.rank};
    for (int i = 1; i <= s.rank; i++) { /* i-th from the right */
        int da = i <= a.rank ? a.d[a.rank - i] : 1, db = i <= b.rank ? b.d[b.rank - i] : 1;
        if (da != db && da != 1 && db != 1) {
            mm_op_fail(y,
                       "the shapes do not fit: aligned at the right, dimension -%d is %d on the left and %d on the right. "
                       "Sizes must be equal, or one of them 1; mm_reshape can insert a 1, mm_permute can move a dimension",
                       i, da, db);
        }
        s.d[s.rank - i] = da == 1 ? db : da;
    }
    return s;
}

static Walk make_walk(const Tensor *y)
{
    const Shape *shape[3] = {&y->shape, &y->in[0]->shape, &y->in[1]->shape};
    size_t passed[3] = {1, 1, 1}; /* elements of each in the dimensions further right */
    Walk w = {.rank = 0};
    for (int i = 1; i <= y->shape.rank; i++) { /* from the right */
        size_t step[3], n = (size_t)y->shape.d[y->shape.rank - i];
        int k = w.rank - 1;
        bool merge = k >= 0;
        for (int t = Y; t <= B; t++) {
            size_t size = i <= shape[t]->rank ? (size_t)shape[t]->d[shape[t]->rank - i] : 1;
            step[t] = size == 1 ? 0 : passed[t];
            passed[t] *= size;
            merge = merge && step[t] == w.step[t][k] * w.size[k];
        }
        if (n == 1) {
            continue;
        }
        if (!merge) {
            k = w.rank++;
            w.size[k] = 1;
            for (int t = Y; t <= B; t++) {
                w.step[t][k] = step[t];
            }
        }
        w.size[k] *= n;
    }
    return w.rank ? w : (Walk){.rank = 1, .size = {1}, .step = {{1}, {1}, {1}}}; /* one element each */
}

static const real *lay_out(const real *x, size_t step, size_t n, real *room)
{
    if (step) {
        return x;
    }
    for (size_t i = 0; i < n; i++) {
        room[i] = *x;
    }
    return room;
}

/* Runs the kernel on one piece, which is number `place` in the dimensions where the target varies and number `repeat` in
 * those where it repeats. */
static void visit(const Tensor *y, const Walk *w, int target, real *out, size_t place, size_t repeat, void (*kernel)(Run))
{
    size_t at[3] = {0}, n = 0;
    for (int i = 0; i < w->rank; i++) {
        size_t *number = w->step[target][i] ? &place : &repeat;
        size_t count = i ? w->size[i] : (w->size[0] + TILE - 1) / TILE;
        size_t k = *number % count;
        *number /= count;
        if (i == 0) {
            k *= TILE;
            n = w->size[0] - k < TILE ? w->size[0] - k : TILE;
        }
        for (int t = Y; t <= B; t++) {
            at[t] += k * w->step[t][i];
        }
    }
    real a[TILE], b[TILE], sum[TILE];
    Run run = {n, lay_out(y->in[0]->data + at[A], w->step[A][0], n, a), lay_out(y->in[1]->data + at[B], w->step[B][0], n, b),
               y->grad ? y->grad + at[Y] : NULL, out + at[target]};
    if (w->step[target][0]) {
        kernel(run);
        return;
    }
    run.out = memset(sum, 0, n * sizeof *sum); /* all n elements of the piece belong to one element of the target */
    kernel(run);
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        total += sum[i];
    }
    out[at[target]] += (real)total;
}

/* Runs the kernel over everything. Threads share out the places of the target; the pieces that are added to one place are
 * visited by one thread in their order, so that the sums are the same bits for any number of threads. */
static void walk(Tensor *y, int target, real *out, void (*kernel)(Run))
{
    if (!out) {
        return; /* this operand needs no gradient */
    }
    Walk w = make_walk(y);
    size_t places = 1, repeats = 1;
    for (int i = 0; i < w.rank; i++) {
        *(w.step[target][i] ? &places : &repeats) *= i ? w.size[i] : (w.size[0] + TILE - 1) / TILE;
    }
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t p = 0; p < places; p++) {
        for (size_t r = 0; r < repeats; r++) {
            visit(y, &w, target, out, p, r, kernel);
        }
    }
}

/* [add] y = a + b, so da = dy and db = dy */
static void add_y(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] = r.a[i] + r.b[i];
    }
}

static void pass_on(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] += r.dy[i];
    }
}

static void add_forward(Tensor *y)
{
    walk(y, Y, y->data, add_y);
}

/* dx += dy; the first gradient of a tensor of the same shape is a copy. */
static void pass_to(Tensor *y, int target, Tensor *x)
{
    real beta;
    if (!mm_shape_equal(x->shape, y->shape)) {
        walk(y, target, mm_grad(x), pass_on);
        return;
    }
    real *dx = mm_grad_beta(x, &beta);
    size_t n = dx ? y->n : 0;
#pragma omp parallel for if (n > MM_GRAIN)
    for (size_t i = 0; i < n; i++) {
        dx[i] = (beta == 0 ? 0 : dx[i]) + y->grad[i];
    }
}

static void add_backward(Tensor *y)
{
    pass_to(y, A, y->in[0]);
    pass_to(y, B, y->in[1]);
}

static Tensor *build_add(Graph *g, Tensor *const *x)
{
    return mm_add(g, x[0], x[1]);
}

static Tensor *build_add_twice(Graph *g, Tensor *const *x)
{
    return mm_add(g, x[0], x[0]);
}

const Op mm_op_add = {
    .name = "add",
    .symbol = "+",
    .equation = "add",
    .shape = broadcast_shape,
    .forward = add_forward,
    .backward = add_backward,
    .check = (Check[]){{"equal shapes", build_add, {MM_DIMS(3, 5), MM_DIMS(3, 5)}, 2},
                       {"bias under rows", build_add, {MM_DIMS(3, 5, 7), MM_DIMS(7)}, 2},
                       {"bias on the left", build_add, {MM_DIMS(7), MM_DIMS(3, 5, 7)}, 2},
                       {"positions under a batch", build_add, {MM_DIMS(3, 5, 7), MM_DIMS(5, 7)}, 2},
                       {"a number for every row", build_add, {MM_DIMS(3, 5), MM_DIMS(3, 1)}, 2},
                       {"channels of a picture", build_add, {MM_DIMS(3, 5, 7, 9), MM_DIMS(5, 1, 1)}, 2},
                       {"both repeat", build_add, {MM_DIMS(3, 1, 7), MM_DIMS(5, 1)}, 2},
                       {"in turns", build_add, {MM_DIMS(3, 1, 5, 1), MM_DIMS(1, 7, 1, 9)}, 2},
                       {"scalar right", build_add, {MM_DIMS(3, 5), {.rank = 0}}, 2},
                       {"scalar left", build_add, {{.rank = 0}, MM_DIMS(3, 5)}, 2},
                       {"two scalars", build_add, {{.rank = 0}, {.rank = 0}}, 2},
                       {"ones", build_add, {MM_DIMS(1, 1), MM_DIMS(1)}, 2},
                       {"more than a tile", build_add, {MM_DIMS(3, 131), MM_DIMS(3, 1)}, 2},
                       {"to itself", build_add_twice, {MM_DIMS(3, 5)}, 1},
                       {0}},
};

Tensor *(mm_add)(Graph *g, Tensor *a, Tensor *b, Site site)
{
    return mm_apply(g, &mm_op_add, NULL, 0, 2, (Tensor *[]){a, b}, site);
}

/* [sub] y = a - b, so da = dy and db = -dy */
static void sub_y(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] = r.a[i] - r.b[i];
    }
}

static void sub_db(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] -= r.dy[i];
    }
}

static void sub_forward(Tensor *y)
{
    walk(y, Y, y->data, sub_y);
}

static void sub_backward(Tensor *y)
{
    walk(y, A, mm_grad(y->in[0]), pass_on);
    walk(y, B, mm_grad(y->in[1]), sub_db);
}

static Tensor *build_sub(Graph *g, Tensor *const *x)
{
    return mm_sub(g, x[0], x[1]);
}

const Op mm_op_sub = {
    .name = "sub",
    .symbol = "-",
    .equation = "sub",
    .shape = broadcast_shape,
    .forward = sub_forward,
    .backward = sub_backward,
    .check = (Check[]){{"equal shapes", build_sub, {MM_DIMS(3, 5), MM_DIMS(3, 5)}, 2},
                       {"a number for every row", build_sub, {MM_DIMS(3, 5), MM_DIMS(3, 1)}, 2},
                       {"row on the left", build_sub, {MM_DIMS(5), MM_DIMS(3, 5)}, 2},
                       {"scalar right", build_sub, {MM_DIMS(3, 5), {.rank = 0}}, 2},
                       {0}},
};

Tensor *(mm_sub)(Graph *g, Tensor *a, Tensor *b, Site site)
{
    return mm_apply(g, &mm_op_sub, NULL, 0, 2, (Tensor *[]){a, b}, site);
}

/* [mul] y = a b, so da = b dy and db = a dy */
static void mul_y(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] = r.a[i] * r.b[i];
    }
}

static void mul_da(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        /* region mul_da */
        r.out[i] += r.b[i] * r.dy[i];
        /* end mul_da */
    }
}

static void mul_db(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] += r.a[i] * r.dy[i];
    }
}

static void mul_forward(Tensor *y)
{
    walk(y, Y, y->data, mul_y);
}

static void mul_backward(Tensor *y)
{
    walk(y, A, mm_grad(y->in[0]), mul_da);
    walk(y, B, mm_grad(y->in[1]), mul_db);
}

static Tensor *build_mul(Graph *g, Tensor *const *x)
{
    return mm_mul(g, x[0], x[1]);
}

static Tensor *build_square(Graph *g, Tensor *const *x)
{
    return mm_mul(g, x[0], x[0]);
}

const Op mm_op_mul = {
    .name = "mul",
    .symbol = "*",
    .equation = "mul",
    .shape = broadcast_shape,
    .forward = mul_forward,
    .backward = mul_backward,
    .check = (Check[]){{"equal shapes", build_mul, {MM_DIMS(3, 5), MM_DIMS(3, 5)}, 2},
                       {"gain under rows", build_mul, {MM_DIMS(3, 5, 7), MM_DIMS(7)}, 2},
                       {"gain on the left", build_mul, {MM_DIMS(7), MM_DIMS(3, 5, 7)}, 2},
                       {"both repeat", build_mul, {MM_DIMS(3, 1, 7), MM_DIMS(5, 1)}, 2},
                       {"scalar right", build_mul, {MM_DIMS(3, 5), {.rank = 0}}, 2},
                       {"scalar left", build_mul, {{.rank = 0}, MM_DIMS(3, 5)}, 2},
                       {"square", build_square, {MM_DIMS(3, 5)}, 1},
                       {0}},
};

Tensor *(mm_mul)(Graph *g, Tensor *a, Tensor *b, Site site)
{
    return mm_apply(g, &mm_op_mul, NULL, 0, 2, (Tensor *[]){a, b}, site);
}

/* [div] y = a / b, so da = dy / b and db = -a dy / b^2 */
static void div_y(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] = r.a[i] / r.b[i];
    }
}

static void div_da(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] += r.dy[i] / r.b[i];
    }
}

static void div_db(Run r)
{
    for (size_t i = 0; i < r.n; i++) {
        r.out[i] -= r.a[i] * r.dy[i] / (r.b[i] * r.b[i]);
    }
}

static void div_forward(Tensor *y)
{
    walk(y, Y, y->data, div_y);
}

static void div_backward(Tensor *y)
{
    walk(y, A, mm_grad(y->in[0]), div_da);
    walk(y, B, mm_grad(y->in[1]), div_db);
}

static Tensor *build_div(Graph *g, Tensor *const *x)
{
    return mm_div(g, x[0], x[1]);
}

const Op mm_op_div = {
    .name = "div",
    .symbol = "/",
    .equation = "div",
    .shape = broadcast_shape,
    .forward = div_forward,
    .backward = div_backward,
    .check = (Check[]){{"equal shapes", build_div, {MM_DIMS(3, 5), MM_DIMS(3, 5)}, 2, .low = (real)0.5, .high = 2},
                       {"a number for every row", build_div, {MM_DIMS(3, 5), MM_DIMS(3, 1)}, 2, .low = (real)0.5, .high = 2},
                       {"row on the left", build_div, {MM_DIMS(5), MM_DIMS(3, 5)}, 2, .low = (real)0.5, .high = 2},
                       {"negative", build_div, {MM_DIMS(3, 5), {.rank = 0}}, 2, .low = -2, .high = (real)-0.5},
                       {0}},
};

Tensor *(mm_div)(Graph *g, Tensor *a, Tensor *b, Site site)
{
    return mm_apply(g, &mm_op_div, NULL, 0, 2, (Tensor *[]){a, b}, site);
}
