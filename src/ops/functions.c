/* functions.c: functions of one element that distances, angles and their limits are made of: y = f(x), so dx = f'(x) dy. Several
 * have an infinite slope at the edge of where they are defined; mm_clamp keeps their arguments away from it. */
#include "unary.h"

#include <tgmath.h>

/* [abs] y = |x|, so dx = sign(x) dy, and 0 at 0 */
static void abs_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = fabs(x[i]);
    }
}

static void abs_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += (real)((x[i] > 0) - (x[i] < 0)) * y->grad[i];
    }
}

UNARY(abs, "|x|", -1, 1)

/* [sqrt] y = sqrt x, so dx = dy / (2 y): infinite at 0. For the length of a vector, which may be 0, there is mm_norm. */
static void sqrt_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = sqrt(x[i]);
    }
}

static void sqrt_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += y->grad[i] / (2 * y->data[i]);
    }
}

UNARY(sqrt, "√", 0.2, 3)

/* [sinh] y = (e^x - e^-x) / 2, so dx = cosh(x) dy */
static void sinh_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = sinh(x[i]);
    }
}

static void sinh_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += cosh(x[i]) * y->grad[i];
    }
}

UNARY(sinh, "sinh", -2, 2)

/* [acosh] y = ln(x + sqrt(x^2 - 1)) for x >= 1, so dx = dy / sqrt(x^2 - 1): infinite at 1 */
static void acosh_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = acosh(x[i]);
    }
}

static void acosh_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += y->grad[i] / sqrt(x[i] * x[i] - 1);
    }
}

UNARY(acosh, "arcosh", 1.1, 4)

/* [asin] y = arcsin x for -1 <= x <= 1, so dx = dy / sqrt(1 - x^2): infinite at -1 and 1 */
static void asin_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = asin(x[i]);
    }
}

static void asin_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += y->grad[i] / sqrt(1 - x[i] * x[i]);
    }
}

UNARY(asin, "arcsin", -0.9, 0.9)

/* [acos] y = arccos x = pi/2 - arcsin x, so dx = -dy / sqrt(1 - x^2) */
static void acos_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = acos(x[i]);
    }
}

static void acos_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] -= y->grad[i] / sqrt(1 - x[i] * x[i]);
    }
}

UNARY(acos, "arccos", -0.9, 0.9)

/* [clamp] y = min(max(x, low), high), so dx = dy where low <= x <= high: what is held back feels no pull */
typedef struct ClampAttr {
    real low, high;
} ClampAttr;

static Shape clamp_shape(const Tensor *y)
{
    const ClampAttr *a = y->attr;
    if (!(a->low <= a->high)) {
        mm_op_fail(y, "low = %g is above high = %g", (double)a->low, (double)a->high);
    }
    return y->in[0]->shape;
}

static void clamp_forward(Tensor *y)
{
    const ClampAttr *a = y->attr;
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = x[i] < a->low ? a->low : x[i] > a->high ? a->high : x[i];
    }
}

static void clamp_backward(Tensor *y)
{
    const ClampAttr *a = y->attr;
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += x[i] >= a->low && x[i] <= a->high ? y->grad[i] : 0; /* not a product: dy may be infinite at a limit */
    }
}

static Tensor *build_clamp(Graph *g, Tensor *const *x)
{
    return mm_clamp(g, x[0], (real)-0.6, (real)0.3);
}

static Tensor *build_clamp_below(Graph *g, Tensor *const *x)
{
    return mm_clamp(g, x[0], (real)-0.2, INFINITY);
}

const Op mm_op_clamp = {
    .name = "clamp",
    .symbol = "clamp",
    .equation = "clamp",
    .shape = clamp_shape,
    .forward = clamp_forward,
    .backward = clamp_backward,
    .check = (Check[]){{"on both sides", build_clamp, {MM_DIMS(5, 7)}, 1},
                       {"from below", build_clamp_below, {MM_DIMS(3, 5)}, 1},
                       {0}},
};

Tensor *(mm_clamp)(Graph *g, Tensor *x, real low, real high, Site site)
{
    return mm_apply(g, &mm_op_clamp, &(ClampAttr){low, high}, sizeof(ClampAttr), 1, &x, site);
}
