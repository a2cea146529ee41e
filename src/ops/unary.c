/* unary.c: functions of one element. Each is y = f(x), so dx = f'(x) dy. */
#include "unary.h"
#include "fast.h"

#include <tgmath.h>

/* [affine] y = scale x + shift, so dx = scale dy */
typedef struct AffineAttr {
    real scale, shift;
} AffineAttr;

static void affine_forward(Tensor *y)
{
    const AffineAttr *a = y->attr;
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = a->scale * x[i] + a->shift;
    }
}

static void affine_backward(Tensor *y)
{
    const AffineAttr *a = y->attr;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += a->scale * y->grad[i];
    }
}

static Tensor *build_affine(Graph *g, Tensor *const *x)
{
    return mm_affine(g, x[0], (real)-1.7, (real)0.3);
}

const Op mm_op_affine = {
    .name = "affine",
    .symbol = "a x + b",
    .equation = "affine",
    .shape = mm_same_shape,
    .forward = affine_forward,
    .backward = affine_backward,
    .check = (Check[]){{"scale and shift", build_affine, {MM_DIMS(3, 5)}, 1}, {0}},
};

Tensor *(mm_affine)(Graph *g, Tensor *x, real scale, real shift, Site site)
{
    return mm_apply(g, &mm_op_affine, &(AffineAttr){scale, shift}, sizeof(AffineAttr), 1, &x, site);
}

/* [exp] y = e^x, so dx = y dy */
static void exp_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = exp(x[i]);
    }
}

static void exp_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += y->data[i] * y->grad[i];
    }
}

UNARY(exp, "exp", -1, 1)

/* [log] y = ln x, so dx = dy / x */
static void log_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = log(x[i]);
    }
}

static void log_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += y->grad[i] / x[i];
    }
}

UNARY(log, "ln", 0.2, 3)

/* [relu] y = max(0, x), so dx = dy where x > 0 */
static void relu_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        /* region relu_forward */
        y->data[i] = x[i] > 0 ? x[i] : 0;
        /* end relu_forward */
    }
}

static void relu_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        /* region relu_backward */
        dx[i] += (real)(y->data[i] > 0) * y->grad[i]; /* a product: a branch on random signs would take ten times as long */
        /* end relu_backward */
    }
}

UNARY(relu, "ReLU", -1, 1)

/* [gelu] y = x Phi(x) with Phi(x) = (1 + erf(x/sqrt 2)) / 2, so dx = (Phi(x) + x phi(x)) dy, phi(x) = e^(-x^2/2) / sqrt(2 pi)
 * Hendrycks and Gimpel 2016. */
static void gelu_forward(Tensor *y)
{
    const real *x = y->in[0]->data, half = (real)0.5;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        real e = mm_exp_fast(-half * x[i] * x[i]);
        y->data[i] = x[i] * half * (1 + mm_erf_fast(x[i] * (real)M_SQRT1_2, e));
    }
}

static void gelu_backward(Tensor *y)
{
    const real *x = y->in[0]->data, half = (real)0.5;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        /* region gelu_backward */
        real e = mm_exp_fast(-half * x[i] * x[i]);
        real Phi = half * (1 + mm_erf_fast(x[i] * (real)M_SQRT1_2, e)), phi = e * (real)0.3989422804014327;
        dx[i] += (Phi + x[i] * phi) * y->grad[i];
        /* end gelu_backward */
    }
}

UNARY(gelu, "GELU", -3, 3)

/* [quick_gelu] y = x s with s = sigmoid(1.702 x), so dx = (s + 1.702 x s (1 - s)) dy. The form of OpenAI's CLIP weights. */
static inline real quick_sigmoid(real x)
{
    return 1 / (1 + mm_exp_fast(-(real)1.702 * x));
}

static void quick_gelu_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = x[i] * quick_sigmoid(x[i]);
    }
}

static void quick_gelu_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real beta, *dx = mm_grad_beta(y->in[0], &beta);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        real s = quick_sigmoid(x[i]);
        dx[i] = (beta == 0 ? 0 : dx[i]) + (s + (real)1.702 * x[i] * s * (1 - s)) * y->grad[i];
    }
}

UNARY(quick_gelu, "QuickGELU", -3, 3)
