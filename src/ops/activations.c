/* activations.c: functions that bend a layer's output or gate it. Each is y = f(x), so dx = f'(x) dy. */
#include "fast.h"
#include "unary.h"

#include <tgmath.h>

static inline real sigmoid(real x)
{
    return 1 / (1 + mm_exp_fast(-x));
}

/* [sigmoid] y = 1 / (1 + e^-x), so dx = y (1 - y) dy */
static void sigmoid_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = sigmoid(x[i]);
    }
}

static void sigmoid_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += y->data[i] * (1 - y->data[i]) * y->grad[i];
    }
}

UNARY(sigmoid, "σ", -6, 6)

/* [tanh] y = tanh x, so dx = (1 - y^2) dy */
static void tanh_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = tanh(x[i]);
    }
}

static void tanh_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += (1 - y->data[i] * y->data[i]) * y->grad[i];
    }
}

UNARY(tanh, "tanh", -3, 3)

/* [silu] y = x s with s = sigmoid(x), also called swish; dx = (s + x s (1 - s)) dy. EfficientNet's. */
static void silu_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = x[i] * sigmoid(x[i]);
    }
}

static void silu_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        real s = sigmoid(x[i]);
        dx[i] += (s + x[i] * s * (1 - s)) * y->grad[i];
    }
}

UNARY(silu, "SiLU", -6, 6)

/* [softplus] y = ln(1 + e^x) = max(0, x) + ln(1 + e^-|x|), whose exponential cannot overflow; dx = sigmoid(x) dy.
 * softplus(-x) is -ln sigmoid(x), the loss of a yes. */
static void softplus_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = (x[i] > 0 ? x[i] : 0) + log1p(mm_exp_fast(-fabs(x[i])));
    }
}

static void softplus_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += sigmoid(x[i]) * y->grad[i];
    }
}

UNARY(softplus, "softplus", -6, 6)

/* [gelu_tanh] y = x (1 + tanh(u/2)) / 2 = x sigmoid(u) with u = 2 sqrt(2/pi) (x + 0.044715 x^3): the approximation of gelu in
 * GPT-2 and in TensorFlow's first BERT. With s = sigmoid(u), dx = (s + x s (1 - s) u') dy. */
static const real GELU_SCALE = (real)1.5957691216057308, GELU_CUBE = (real)0.044715; /* 2 sqrt(2/pi) */

static inline real gelu_tanh_gate(real x)
{
    return sigmoid(GELU_SCALE * (x + GELU_CUBE * x * x * x));
}

static void gelu_tanh_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = x[i] * gelu_tanh_gate(x[i]);
    }
}

static void gelu_tanh_backward(Tensor *y)
{
    const real *x = y->in[0]->data;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        real s = gelu_tanh_gate(x[i]), du = GELU_SCALE * (1 + 3 * GELU_CUBE * x[i] * x[i]);
        dx[i] += (s + x[i] * s * (1 - s) * du) * y->grad[i];
    }
}

UNARY(gelu_tanh, "GELU", -4, 4)

/* [leaky_relu] y = x where x > 0, else slope x; so dx = dy or slope dy */
static void leaky_relu_forward(Tensor *y)
{
    const real *x = y->in[0]->data, slope = *(const real *)y->attr;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = (x[i] > 0 ? 1 : slope) * x[i];
    }
}

static void leaky_relu_backward(Tensor *y)
{
    const real *x = y->in[0]->data, slope = *(const real *)y->attr;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += (x[i] > 0 ? 1 : slope) * y->grad[i];
    }
}

static Tensor *build_leaky_relu(Graph *g, Tensor *const *x)
{
    return mm_leaky_relu(g, x[0], (real)0.1);
}

const Op mm_op_leaky_relu = {
    .name = "leaky_relu",
    .symbol = "LeakyReLU",
    .equation = "leaky_relu",
    .shape = mm_same_shape,
    .forward = leaky_relu_forward,
    .backward = leaky_relu_backward,
    .check = (Check[]){{"scalar", build_leaky_relu, {{0}}, 1}, {"both signs", build_leaky_relu, {MM_DIMS(3, 5)}, 1}, {0}},
};

Tensor *(mm_leaky_relu)(Graph *g, Tensor *x, real slope, Site site)
{
    return mm_apply(g, &mm_op_leaky_relu, &slope, sizeof slope, 1, &x, site);
}
