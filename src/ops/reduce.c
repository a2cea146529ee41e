/* reduce.c: an axis, or everything, becomes its sum or its mean. */
#include "axis.h"
#include "mm/ops.h"

#include <string.h>

static Shape reduced_shape(const Tensor *y)
{
    Shape s = y->in[0]->shape;
    int axis = *(const int *)y->attr;
    if (axis == MM_ALL) {
        return MM_SCALAR;
    }
    axis = mm_axis_check(y, s, axis);
    memmove(s.d + axis, s.d + axis + 1, (size_t)(s.rank - axis - 1) * sizeof s.d[0]);
    s.rank--;
    return s;
}

static Axis axis_of(const Tensor *y)
{
    const Tensor *x = y->in[0];
    int axis = *(const int *)y->attr;
    return axis == MM_ALL ? (Axis){1, x->n, 1} : mm_axis(x->shape, axis < 0 ? x->shape.rank + axis : axis);
}

/* y[o, i] = scale sum_k x[o, k, i], with i innermost so that memory is read in order */
static void reduce_forward(Tensor *y, real scale)
{
    Axis a = axis_of(y);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t o = 0; o < a.outer; o++) {
        const real *x = y->in[0]->data + o * a.n * a.inner;
        real *out = y->data + o * a.inner;
        if (a.inner == 1) {
            double sum = 0;
#pragma omp simd reduction(+ : sum)
            for (size_t k = 0; k < a.n; k++) {
                sum += x[k];
            }
            *out = (real)sum * scale;
            continue;
        }
        memset(out, 0, a.inner * sizeof *out);
        for (size_t k = 0; k < a.n; k++) {
            for (size_t i = 0; i < a.inner; i++) {
                out[i] += x[k * a.inner + i];
            }
        }
        for (size_t i = 0; i < a.inner; i++) {
            out[i] *= scale;
        }
    }
}

/* forward was y = scale sum_k x_k, so every x_k gets scale dy */
static void reduce_backward(Tensor *y, real scale)
{
    Axis a = axis_of(y);
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t row = 0; row < a.outer * a.n; row++) {
        const real *dy = y->grad + row / a.n * a.inner;
        for (size_t i = 0; i < a.inner; i++) {
            dx[row * a.inner + i] += scale * dy[i];
        }
    }
}

/* [sum] y = sum_k x_k, so dx_k = dy */
static void sum_forward(Tensor *y)
{
    reduce_forward(y, 1);
}

static void sum_backward(Tensor *y)
{
    reduce_backward(y, 1);
}

static Tensor *build_sum_all(Graph *g, Tensor *const *x)
{
    return mm_sum(g, x[0], MM_ALL);
}

static Tensor *build_sum_0(Graph *g, Tensor *const *x)
{
    return mm_sum(g, x[0], 0);
}

static Tensor *build_sum_1(Graph *g, Tensor *const *x)
{
    return mm_sum(g, x[0], 1);
}

static Tensor *build_sum_last(Graph *g, Tensor *const *x)
{
    return mm_sum(g, x[0], -1);
}

const Op mm_op_sum = {
    .name = "sum",
    .symbol = "Σ",
    .equation = "sum",
    .shape = reduced_shape,
    .forward = sum_forward,
    .backward = sum_backward,
    .check = (Check[]){{"everything", build_sum_all, {MM_DIMS(3, 5)}, 1},
                       {"a scalar", build_sum_all, {{.rank = 0}}, 1},
                       {"first axis", build_sum_0, {MM_DIMS(3, 5, 7)}, 1},
                       {"middle axis", build_sum_1, {MM_DIMS(3, 5, 7)}, 1},
                       {"last axis", build_sum_last, {MM_DIMS(3, 5, 7)}, 1},
                       {"a vector", build_sum_0, {MM_DIMS(7)}, 1},
                       {"an axis of 1", build_sum_1, {MM_DIMS(3, 1, 5)}, 1},
                       {0}},
};

Tensor *(mm_sum)(Graph *g, Tensor *x, int axis, Site site)
{
    return mm_apply(g, &mm_op_sum, &axis, sizeof axis, 1, &x, site);
}

/* [mean] y = (sum_k x_k) / n, so dx_k = dy / n */
static void mean_forward(Tensor *y)
{
    reduce_forward(y, 1 / (real)axis_of(y).n);
}

static void mean_backward(Tensor *y)
{
    reduce_backward(y, 1 / (real)axis_of(y).n);
}

static Tensor *build_mean_all(Graph *g, Tensor *const *x)
{
    return mm_mean(g, x[0], MM_ALL);
}

static Tensor *build_mean_0(Graph *g, Tensor *const *x)
{
    return mm_mean(g, x[0], 0);
}

static Tensor *build_mean_1(Graph *g, Tensor *const *x)
{
    return mm_mean(g, x[0], 1);
}

static Tensor *build_mean_last(Graph *g, Tensor *const *x)
{
    return mm_mean(g, x[0], -1);
}

const Op mm_op_mean = {
    .name = "mean",
    .symbol = "mean",
    .equation = "mean",
    .shape = reduced_shape,
    .forward = mean_forward,
    .backward = mean_backward,
    .check = (Check[]){{"everything", build_mean_all, {MM_DIMS(3, 5)}, 1},
                       {"first axis", build_mean_0, {MM_DIMS(3, 5, 7)}, 1},
                       {"middle axis", build_mean_1, {MM_DIMS(3, 5, 7)}, 1},
                       {"last axis", build_mean_last, {MM_DIMS(3, 5, 7)}, 1},
                       {0}},
};

Tensor *(mm_mean)(Graph *g, Tensor *x, int axis, Site site)
{
    return mm_apply(g, &mm_op_mean, &axis, sizeof axis, 1, &x, site);
}
