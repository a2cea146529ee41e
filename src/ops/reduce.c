/* reduce.c: an axis, or everything, becomes one number: its sum, mean, largest, log-sum-exp or length. */
#include "axis.h"
#include "fast.h"
#include "mm/ops.h"

#include <string.h>
#include <tgmath.h>

/* Given NAME_forward and NAME_backward, defines the op NAME over an axis and its wrapper mm_NAME(g, x, axis). */
#define REDUCTION(NAME, SYMBOL)                                                                                                  \
    static Tensor *build_##NAME##_all(Graph *g, Tensor *const *x)                                                                \
    {                                                                                                                            \
        return mm_##NAME(g, x[0], MM_ALL);                                                                                       \
    }                                                                                                                            \
    static Tensor *build_##NAME##_0(Graph *g, Tensor *const *x)                                                                  \
    {                                                                                                                            \
        return mm_##NAME(g, x[0], 0);                                                                                            \
    }                                                                                                                            \
    static Tensor *build_##NAME##_1(Graph *g, Tensor *const *x)                                                                  \
    {                                                                                                                            \
        return mm_##NAME(g, x[0], 1);                                                                                            \
    }                                                                                                                            \
    static Tensor *build_##NAME##_last(Graph *g, Tensor *const *x)                                                               \
    {                                                                                                                            \
        return mm_##NAME(g, x[0], -1);                                                                                           \
    }                                                                                                                            \
    const Op mm_op_##NAME = {                                                                                                    \
        .name = #NAME,                                                                                                           \
        .symbol = SYMBOL,                                                                                                        \
        .equation = #NAME,                                                                                                       \
        .shape = reduced_shape,                                                                                                  \
        .forward = NAME##_forward,                                                                                               \
        .backward = NAME##_backward,                                                                                             \
        .check = (Check[]){{"everything", build_##NAME##_all, {MM_DIMS(3, 5)}, 1},                                               \
                           {"a scalar", build_##NAME##_all, {{.rank = 0}}, 1},                                                   \
                           {"first axis", build_##NAME##_0, {MM_DIMS(3, 5, 7)}, 1},                                              \
                           {"middle axis", build_##NAME##_1, {MM_DIMS(3, 5, 7)}, 1},                                             \
                           {"last axis", build_##NAME##_last, {MM_DIMS(3, 5, 7)}, 1},                                            \
                           {"a vector", build_##NAME##_0, {MM_DIMS(7)}, 1},                                                      \
                           {"an axis of 1", build_##NAME##_1, {MM_DIMS(3, 1, 5)}, 1},                                            \
                           {0}},                                                                                                 \
    };                                                                                                                           \
    Tensor *(mm_##NAME)(Graph * g, Tensor * x, int axis, Site site)                                                              \
    {                                                                                                                            \
        return mm_apply(g, &mm_op_##NAME, &axis, sizeof axis, 1, &x, site);                                                      \
    }

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

REDUCTION(sum, "Σ")

/* [mean] y = (sum_k x_k) / n, so dx_k = dy / n */
static void mean_forward(Tensor *y)
{
    reduce_forward(y, 1 / (real)axis_of(y).n);
}

static void mean_backward(Tensor *y)
{
    reduce_backward(y, 1 / (real)axis_of(y).n);
}

REDUCTION(mean, "mean")

/* The axis of one element of y: x[k * inner] for k < n. */
static size_t first_of(Axis a, size_t i)
{
    return i / a.inner * a.n * a.inner + i % a.inner;
}

static size_t place_of_largest(Axis a, const real *x)
{
    size_t best = 0;
    for (size_t k = 1; k < a.n; k++) {
        best = x[k * a.inner] > x[best * a.inner] ? k : best;
    }
    return best * a.inner;
}

/* [max] y = max_k x_k, so dx_k = dy where the largest is, at the first of several, and nothing elsewhere */
static void max_forward(Tensor *y)
{
    Axis a = axis_of(y);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        const real *x = y->in[0]->data + first_of(a, i);
        y->data[i] = x[place_of_largest(a, x)];
    }
}

static void max_backward(Tensor *y)
{
    Axis a = axis_of(y);
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        size_t first = first_of(a, i);
        dx[first + place_of_largest(a, y->in[0]->data + first)] += y->grad[i];
    }
}

REDUCTION(max, "max")

/* [logsumexp] y = ln sum_k e^(x_k) = m + ln sum_k e^(x_k - m) with m the largest, so that no exponential overflows. A maximum
 * with round corners: dx_k = e^(x_k - y) dy, the softmax, where max has 1 and 0. */
static void logsumexp_forward(Tensor *y)
{
    Axis a = axis_of(y);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        const real *x = y->in[0]->data + first_of(a, i);
        real m = x[place_of_largest(a, x)];
        double sum = 0;
        for (size_t k = 0; k < a.n; k++) {
            sum += (double)mm_exp_fast(x[k * a.inner] - m);
        }
        y->data[i] = m + (real)log(sum);
    }
}

static void logsumexp_backward(Tensor *y)
{
    Axis a = axis_of(y);
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        for (size_t k = 0, at = first_of(a, i); k < a.n; k++, at += a.inner) {
            dx[at] += mm_exp_fast(y->in[0]->data[at] - y->data[i]) * y->grad[i];
        }
    }
}

REDUCTION(logsumexp, "ln Σ exp")

/* [norm] y = sqrt(sum_k x_k^2), so dx_k = x_k / y dy. A vector of zeros has no direction to grow in: its gradient is 0, as in
 * PyTorch; mm_sqrt of the sum would give infinity times 0. */
static void norm_forward(Tensor *y)
{
    Axis a = axis_of(y);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        const real *x = y->in[0]->data + first_of(a, i);
        double sum = 0;
        for (size_t k = 0; k < a.n; k++) {
            sum += (double)x[k * a.inner] * (double)x[k * a.inner];
        }
        y->data[i] = (real)sqrt(sum);
    }
}

static void norm_backward(Tensor *y)
{
    Axis a = axis_of(y);
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        real scale = y->data[i] > 0 ? y->grad[i] / y->data[i] : 0;
        for (size_t k = 0, at = first_of(a, i); k < a.n; k++, at += a.inner) {
            dx[at] += scale * y->in[0]->data[at];
        }
    }
}

REDUCTION(norm, "‖x‖")
