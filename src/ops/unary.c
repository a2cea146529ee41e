/* unary.c: functions of one element. Each is y = f(x), so dx = f'(x) dy. */
#include "fast.h"
#include "mm/ops.h"

#include <tgmath.h>

static Shape same_shape(const Tensor *y)
{
    return y->in[0]->shape;
}

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
    .shape = same_shape,
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

static Tensor *build_exp(Graph *g, Tensor *const *x)
{
    return mm_exp(g, x[0]);
}

const Op mm_op_exp = {
    .name = "exp",
    .symbol = "exp",
    .equation = "exp",
    .shape = same_shape,
    .forward = exp_forward,
    .backward = exp_backward,
    .check = (Check[]){{"scalar", build_exp, {{0}}, 1}, {"matrix", build_exp, {MM_DIMS(3, 5)}, 1}, {0}},
};

Tensor *(mm_exp)(Graph *g, Tensor *x, Site site)
{
    return mm_apply(g, &mm_op_exp, NULL, 0, 1, &x, site);
}

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

static Tensor *build_log(Graph *g, Tensor *const *x)
{
    return mm_log(g, x[0]);
}

const Op mm_op_log = {
    .name = "log",
    .symbol = "ln",
    .equation = "log",
    .shape = same_shape,
    .forward = log_forward,
    .backward = log_backward,
    .check = (Check[]){{"positive", build_log, {MM_DIMS(3, 5)}, 1, .low = (real)0.2, .high = 3}, {0}},
};

Tensor *(mm_log)(Graph *g, Tensor *x, Site site)
{
    return mm_apply(g, &mm_op_log, NULL, 0, 1, &x, site);
}

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

static Tensor *build_relu(Graph *g, Tensor *const *x)
{
    return mm_relu(g, x[0]);
}

const Op mm_op_relu = {
    .name = "relu",
    .symbol = "ReLU",
    .equation = "relu",
    .shape = same_shape,
    .forward = relu_forward,
    .backward = relu_backward,
    .check = (Check[]){{"both signs", build_relu, {MM_DIMS(3, 5)}, 1}, {0}},
};

Tensor *(mm_relu)(Graph *g, Tensor *x, Site site)
{
    return mm_apply(g, &mm_op_relu, NULL, 0, 1, &x, site);
}

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

static Tensor *build_gelu(Graph *g, Tensor *const *x)
{
    return mm_gelu(g, x[0]);
}

const Op mm_op_gelu = {
    .name = "gelu",
    .symbol = "GELU",
    .equation = "gelu",
    .shape = same_shape,
    .forward = gelu_forward,
    .backward = gelu_backward,
    .check = (Check[]){{"wide", build_gelu, {MM_DIMS(3, 5)}, 1, .low = -3, .high = 3}, {0}},
};

Tensor *(mm_gelu)(Graph *g, Tensor *x, Site site)
{
    return mm_apply(g, &mm_op_gelu, NULL, 0, 1, &x, site);
}

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
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        real s = quick_sigmoid(x[i]);
        dx[i] += (s + (real)1.702 * x[i] * s * (1 - s)) * y->grad[i];
    }
}

static Tensor *build_quick_gelu(Graph *g, Tensor *const *x)
{
    return mm_quick_gelu(g, x[0]);
}

const Op mm_op_quick_gelu = {
    .name = "quick_gelu",
    .symbol = "QuickGELU",
    .equation = "quick_gelu",
    .shape = same_shape,
    .forward = quick_gelu_forward,
    .backward = quick_gelu_backward,
    .check = (Check[]){{"wide", build_quick_gelu, {MM_DIMS(3, 5)}, 1, .low = -3, .high = 3}, {0}},
};

Tensor *(mm_quick_gelu)(Graph *g, Tensor *x, Site site)
{
    return mm_apply(g, &mm_op_quick_gelu, NULL, 0, 1, &x, site);
}
