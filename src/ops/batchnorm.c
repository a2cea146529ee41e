/* batchnorm.c: every channel brought to zero mean and unit variance over the batch. */
#include "fast.h"
#include "mm/ops.h"

#include <omp.h>
#include <tgmath.h>

/* [batchnorm] Over the N = B H W numbers of a channel, with m their mean and r = 1 / sqrt(variance + eps):
 *     xhat = (x - m) r        z = w xhat + b        y = z, or max(0, z), or z sigmoid(z): the activation
 * In training m and the variance depend on x. With e = dz, which is dy, or dy where z > 0, or dy sigmoid'(…) as for silu,
 *     dx = w r (e - mean(e) - xhat mean(e xhat))        dw = sum e xhat        db = sum e
 * In evaluation they are constants and dx = w r e. Ioffe and Szegedy 2015.
 *
 * What evaluation will use moves a little with each batch in training: running += momentum (batch - running). PyTorch's momentum
 * is this part of the new (0.1); TensorFlow's is the part of the old that is kept (0.99), so it is 1 - momentum here. The batch's
 * variance is divided by N - 1 for that in PyTorch and in TensorFlow's fused kernel, but by N in Keras' own formula. */
typedef struct BatchnormAttr {
    real *running_mean, *running_var; /* the caller's, moved in training */
    BatchnormOptions o;
    bool training;
} BatchnormAttr;

typedef struct Channels {
    int B, C, P;
} Channels;

static Channels describe(const Tensor *y)
{
    return (Channels){y->shape.d[0], y->shape.d[1], y->shape.d[2] * y->shape.d[3]};
}

/* What y is cut off at. */
static real lowest(Activation activation)
{
    return activation == MM_RELU ? 0 : -(real)INFINITY;
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

/* Moves the running statistics; returns the batch's own, which training normalises with. */
static void move_running(const BatchnormAttr *a, const real *x, Channels s, int c, real *mean, real *variance)
{
    real count = (real)s.B * (real)s.P;
    batch_statistics(x, s, c, mean, variance);
    a->running_mean[c] += a->o.momentum * (*mean - a->running_mean[c]);
    a->running_var[c] += a->o.momentum * (*variance * (a->o.biased ? 1 : count / (count - 1)) - a->running_var[c]);
}

/* One line through a channel: z = (x - m) scale + b */
typedef struct Line {
    real m, scale, b;
} Line;

static void normalise(real *restrict y, const real *restrict x, int n, Line l, Activation activation)
{
    if (activation == MM_SILU) {
        for (int i = 0; i < n; i++) {
            real z = (x[i] - l.m) * l.scale + l.b;
            y[i] = z / (1 + mm_exp_fast(-z));
        }
        return;
    }
    real floor_at = lowest(activation);
    for (int i = 0; i < n; i++) {
        real z = (x[i] - l.m) * l.scale + l.b;
        y[i] = z > floor_at ? z : floor_at;
    }
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
            move_running(a, x, s, c, &m, &variance);
        }
        real r = r_of[c] = 1 / sqrt(variance + a->o.eps);
        mean_of[c] = m;
        for (int i = 0; i < s.B; i++) {
            size_t at = ((size_t)i * (size_t)s.C + (size_t)c) * (size_t)s.P;
            normalise(y->data + at, x + at, s.P, (Line){m, w[c] * r, b[c]}, a->o.activation);
        }
    }
}

/* e = dz of one plane */
static void through_activation(real *restrict e, const Tensor *y, size_t at, int n, Line l, Activation activation)
{
    const real *dy = y->grad + at, *x = y->in[0]->data + at, *out = y->data + at;
    if (activation == MM_SILU) {
        for (int i = 0; i < n; i++) {
            real z = (x[i] - l.m) * l.scale + l.b, sigmoid = 1 / (1 + mm_exp_fast(-z));
            e[i] = dy[i] * sigmoid * (1 + z * (1 - sigmoid));
        }
        return;
    }
    real floor_at = lowest(activation);
    for (int i = 0; i < n; i++) {
        real upstream = dy[i];
        e[i] = out[i] > floor_at ? upstream : 0;
    }
}

/* Adds e and e xhat of one plane. Planes of a few numbers are added in order: vectors would be all overhead. */
enum { SMALL_PLANE = 8 };

static inline void plane_sums(const real *e, const real *x, int n, real m, real r, double *sum, double *dot)
{
    real part = 0, part_dot = 0;
    for (int i = 0; i < n; i++) {
        part += e[i];
        part_dot += e[i] * (x[i] - m) * r;
    }
    *sum += part;
    *dot += part_dot;
}

static void add_sums(const real *e, const real *x, int n, real m, real r, double *sum, double *dot)
{
    real part = 0, part_dot = 0;
    if (n < SMALL_PLANE) {
        n == 4 ? plane_sums(e, x, 4, m, r, sum, dot) : plane_sums(e, x, n, m, r, sum, dot);
        return;
    }
#pragma omp simd reduction(+ : part, part_dot)
    for (int i = 0; i < n; i++) {
        part += e[i];
        part_dot += e[i] * (x[i] - m) * r;
    }
    *sum += part;
    *dot += part_dot;
}

/* Where the gradients go, NULL if nowhere; beta: of dx, see mm_grad_beta. */
typedef struct Gradients {
    real *dx, *dw, *db, beta;
} Gradients;

/* One channel; e (B, P): room for dz. */
static void backward_channel(const Tensor *y, Channels s, int c, Gradients d, real *e)
{
    const BatchnormAttr *a = y->attr;
    const real *x = y->in[0]->data;
    real m = y->saved[c], r = y->saved[s.C + c], w = y->in[1]->data[c];
    double sum = 0, dot = 0, count = (double)s.B * s.P;
    size_t P = (size_t)s.P, picture = (size_t)s.C * P, first = (size_t)c * P;
    for (size_t b = 0; b < (size_t)s.B; b++) {
        through_activation(e + b * P, y, first + b * picture, s.P, (Line){m, w * r, y->in[2]->data[c]}, a->o.activation);
        add_sums(e + b * P, x + first + b * picture, s.P, m, r, &sum, &dot);
    }
    if (d.dw) {
        d.dw[c] += (real)dot;
    }
    if (d.db) {
        d.db[c] += (real)sum;
    }
    real mean_e = a->training ? (real)(sum / count) : 0, mean_dot = a->training ? (real)(dot / count) : 0;
    for (size_t b = 0; b < (size_t)s.B && d.dx; b++) {
        const real *e_b = e + b * P, *x_b = x + first + b * picture;
        real *dx_b = d.dx + first + b * picture;
        for (size_t p = 0; p < P; p++) {
            real part = w * r * (e_b[p] - mean_e - (x_b[p] - m) * r * mean_dot);
            dx_b[p] = d.beta != 0 ? dx_b[p] + part : part;
        }
    }
}

static void batchnorm_backward(Tensor *y)
{
    Channels s = describe(y);
    size_t room = (size_t)s.B * (size_t)s.P;
    real *e = mm_scratch(y->graph, (size_t)mm_threads() * room * sizeof *e);
    Gradients d = {.dw = mm_grad(y->in[1]), .db = mm_grad(y->in[2])};
    d.dx = mm_grad_beta(y->in[0], &d.beta);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int c = 0; c < s.C; c++) {
        backward_channel(y, s, c, d, e + (size_t)omp_get_thread_num() * room);
    }
}

static Tensor *build(Graph *g, Tensor *const *x, Activation activation, bool training)
{
    int C = x[1]->shape.d[0];
    Tensor *mean = mm_input(g, MM_SHAPE(C), NULL), *var = mm_input(g, MM_SHAPE(C), NULL);
    for (int c = 0; c < C; c++) {
        mean->data[c] = (real)0.1 * (real)c;
        var->data[c] = 1 + (real)0.5 * (real)c;
    }
    mm_graph_train(g, training);
    BatchnormOptions o = {(real)0.1, (real)1e-5, .activation = activation};
    return mm_batchnorm(g, x[0], x[1], x[2], mean->data, var->data, o);
}

static Tensor *build_training(Graph *g, Tensor *const *x)
{
    return build(g, x, MM_LINEAR, true);
}

static Tensor *build_relu(Graph *g, Tensor *const *x)
{
    return build(g, x, MM_RELU, true);
}

static Tensor *build_silu(Graph *g, Tensor *const *x)
{
    return build(g, x, MM_SILU, true);
}

static Tensor *build_evaluation(Graph *g, Tensor *const *x)
{
    return build(g, x, MM_LINEAR, false);
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
                       {"with silu", build_silu, {MM_DIMS(3, 2, 2, 5), MM_DIMS(2), MM_DIMS(2)}, 3},
                       {"four numbers a plane", build_silu, {MM_DIMS(2, 3, 2, 2), MM_DIMS(3), MM_DIMS(3)}, 3},
                       {"evaluation", build_evaluation, {MM_DIMS(3, 2, 2, 5), MM_DIMS(2), MM_DIMS(2)}, 3},
                       {0}},
};

Tensor *(mm_batchnorm)(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, real *running_mean, real *running_var,
                       BatchnormOptions options, Site site)
{
    BatchnormAttr attr = {running_mean, running_var, options, mm_graph_training(g)};
    if (mm_graph_replaying(g)) {
        attr.o.momentum = 0; /* this batch has moved the running statistics already */
    }
    return mm_apply(g, &mm_op_batchnorm, &attr, sizeof attr, 3, (Tensor *[]){x, weight, bias}, site);
}
