/* batchnorm.c: every channel brought to zero mean and unit variance over the batch. */
#include "mm/ops.h"

#include <tgmath.h>

/* [batchnorm] Over the N = B H W numbers of a channel, with m their mean and r = 1 / sqrt(variance + eps):
 *     xhat = (x - m) r        y = max(0, w xhat + b)   (or without the max)
 * In training m and the variance depend on x, so with e = w dy (0 where y was cut off)
 *     dx = r (e - mean(e) - xhat mean(e xhat))        dw = sum dy xhat        db = sum dy
 * In evaluation they are constants and dx = r e. Ioffe and Szegedy 2015. */
typedef struct BatchnormAttr {
    real *running_mean, *running_var; /* the caller's, moved in training */
    real momentum, eps;
    bool relu, training;
} BatchnormAttr;

typedef struct Channels {
    int B, C, P;
} Channels;

static Channels describe(const Tensor *y)
{
    return (Channels){y->shape.d[0], y->shape.d[1], y->shape.d[2] * y->shape.d[3]};
}

/* What y is cut off at. */
static real lowest(const BatchnormAttr *a)
{
    return a->relu ? 0 : -(real)INFINITY;
}

static Shape batchnorm_shape(const Tensor *y)
{
    const BatchnormAttr *a = y->attr;
    Shape x = y->in[0]->shape;
    if (x.rank != 4) {
        mm_op_fail(y, "x must be (B, C, H, W)");
    }
    Shape c = MM_SHAPE(x.d[1]);
    if (!mm_shape_equal(y->in[1]->shape, c) || !mm_shape_equal(y->in[2]->shape, c)) {
        mm_op_fail(y, "weight and bias must be (%d), the number of channels", x.d[1]);
    }
    if (a->training && x.d[0] * x.d[2] * x.d[3] < 2) {
        mm_op_fail(y, "one number per channel has no variance; train with a larger batch");
    }
    return x;
}

static void batch_statistics(const real *x, Channels s, int c, real *mean, real *variance)
{
    double sum = 0, squares = 0;
    for (int b = 0; b < s.B; b++) {
        const real *row = x + ((size_t)b * (size_t)s.C + (size_t)c) * (size_t)s.P;
        real part = 0;
#pragma omp simd reduction(+ : part)
        for (int i = 0; i < s.P; i++) {
            part += row[i];
        }
        sum += part;
    }
    real m = (real)(sum / s.B / s.P);
    for (int b = 0; b < s.B; b++) {
        const real *row = x + ((size_t)b * (size_t)s.C + (size_t)c) * (size_t)s.P;
        real part = 0;
#pragma omp simd reduction(+ : part)
        for (int i = 0; i < s.P; i++) {
            part += (row[i] - m) * (row[i] - m);
        }
        squares += part;
    }
    *mean = m;
    *variance = (real)(squares / s.B / s.P);
}

static void batchnorm_forward(Tensor *y)
{
    const BatchnormAttr *a = y->attr;
    Channels s = describe(y);
    const real *x = y->in[0]->data, *w = y->in[1]->data, *b = y->in[2]->data;
    real *mean_of = y->saved = mm_reals(y->graph, 2 * (size_t)s.C), *r_of = mean_of + s.C;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int c = 0; c < s.C; c++) {
        real m = a->running_mean[c], variance = a->running_var[c];
        if (a->training) {
            batch_statistics(x, s, c, &m, &variance);
            real count = (real)s.B * (real)s.P;
            a->running_mean[c] += a->momentum * (m - a->running_mean[c]);
            a->running_var[c] += a->momentum * (variance * count / (count - 1) - a->running_var[c]);
        }
        real r = r_of[c] = 1 / sqrt(variance + a->eps), scale = w[c] * r, floor_at = lowest(a);
        mean_of[c] = m;
        for (int i = 0; i < s.B; i++) {
            size_t at = ((size_t)i * (size_t)s.C + (size_t)c) * (size_t)s.P;
            for (size_t p = at; p < at + (size_t)s.P; p++) {
                real v = (x[p] - m) * scale + b[c];
                y->data[p] = v > floor_at ? v : floor_at;
            }
        }
    }
}

/* The sums of dy and of dy xhat over a channel; dy counts as 0 where relu cut y off. */
static void gradient_sums(const Tensor *y, Channels s, int c, real m, real r, double *sum, double *dot)
{
    const real *x = y->in[0]->data, floor_at = lowest(y->attr);
    for (int b = 0; b < s.B; b++) {
        size_t at = ((size_t)b * (size_t)s.C + (size_t)c) * (size_t)s.P;
        real part = 0, part_dot = 0;
#pragma omp simd reduction(+ : part, part_dot)
        for (size_t p = at; p < at + (size_t)s.P; p++) {
            real upstream = y->grad[p], dy = y->data[p] > floor_at ? upstream : 0;
            part += dy;
            part_dot += dy * (x[p] - m) * r;
        }
        *sum += part;
        *dot += part_dot;
    }
}

static void batchnorm_backward(Tensor *y)
{
    const BatchnormAttr *a = y->attr;
    Channels s = describe(y);
    const real *x = y->in[0]->data, *w = y->in[1]->data, *mean_of = y->saved, *r_of = mean_of + s.C;
    real *dx = mm_grad(y->in[0]), *dw = mm_grad(y->in[1]), *db = mm_grad(y->in[2]), floor_at = lowest(a);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int c = 0; c < s.C; c++) {
        double sum = 0, dot = 0, count = (double)s.B * s.P;
        real m = mean_of[c], r = r_of[c];
        gradient_sums(y, s, c, m, r, &sum, &dot);
        if (dw) {
            dw[c] += (real)dot;
        }
        if (db) {
            db[c] += (real)sum;
        }
        real mean_dy = a->training ? (real)(sum / count) : 0, mean_dot = a->training ? (real)(dot / count) : 0;
        for (int b = 0; b < s.B && dx; b++) {
            size_t at = ((size_t)b * (size_t)s.C + (size_t)c) * (size_t)s.P;
            for (size_t p = at; p < at + (size_t)s.P; p++) {
                real upstream = y->grad[p], dy = y->data[p] > floor_at ? upstream : 0;
                dx[p] += w[c] * r * (dy - mean_dy - (x[p] - m) * r * mean_dot);
            }
        }
    }
}

static Tensor *build(Graph *g, Tensor *const *x, bool relu, bool training)
{
    int C = x[1]->shape.d[0];
    Tensor *mean = mm_input(g, MM_SHAPE(C), NULL), *var = mm_input(g, MM_SHAPE(C), NULL);
    for (int c = 0; c < C; c++) {
        mean->data[c] = (real)0.1 * (real)c;
        var->data[c] = 1 + (real)0.5 * (real)c;
    }
    mm_graph_train(g, training);
    return mm_batchnorm(g, x[0], x[1], x[2], mean->data, var->data, (real)0.1, (real)1e-5, relu);
}

static Tensor *build_training(Graph *g, Tensor *const *x)
{
    return build(g, x, false, true);
}

static Tensor *build_relu(Graph *g, Tensor *const *x)
{
    return build(g, x, true, true);
}

static Tensor *build_evaluation(Graph *g, Tensor *const *x)
{
    return build(g, x, false, false);
}

const Op mm_op_batchnorm = {
    .name = "batchnorm",
    .symbol = "BN",
    .equation = "batchnorm",
    .shape = batchnorm_shape,
    .forward = batchnorm_forward,
    .backward = batchnorm_backward,
    .check = (Check[]){{"training", build_training, {MM_DIMS(3, 2, 2, 5), MM_DIMS(2), MM_DIMS(2)}, 3},
                       {"with relu", build_relu, {MM_DIMS(3, 4, 1, 3), MM_DIMS(4), MM_DIMS(4)}, 3},
                       {"evaluation", build_evaluation, {MM_DIMS(3, 2, 2, 5), MM_DIMS(2), MM_DIMS(2)}, 3},
                       {0}},
};

Tensor *(mm_batchnorm)(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, real *running_mean, real *running_var, real momentum,
                       real eps, bool relu, Site site)
{
    BatchnormAttr attr = {running_mean, running_var, momentum, eps, relu, mm_graph_training(g)};
    return mm_apply(g, &mm_op_batchnorm, &attr, sizeof attr, 3, (Tensor *[]){x, weight, bias}, site);
}
