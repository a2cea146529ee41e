/* dropout.c: elements, or whole samples, are dropped at random in training. */
#include "dropout.h"
#include "mm/ops.h"

/* [dropout] y_i = x_i / (1-p) with probability 1-p, else 0, so dx_i = dy_i / (1-p) or 0. The division keeps the mean of y
 * that of x, so that evaluation needs no change. Srivastava and others 2014. */
static Shape dropout_shape(const Tensor *y)
{
    mm_dropout_check(y, ((const Dropout *)y->attr)->p);
    return y->in[0]->shape;
}

static void dropout_forward(Tensor *y)
{
    const Dropout d = *(const Dropout *)y->attr; /* a copy, which no store to y can change */
    const real *x = y->in[0]->data;
#pragma omp parallel for simd if (parallel : y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = mm_dropout_factor(&d, i) * x[i];
    }
}

static void dropout_backward(Tensor *y)
{
    const Dropout d = *(const Dropout *)y->attr;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for simd if (parallel : y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += mm_dropout_factor(&d, i) * y->grad[i];
    }
}

static Tensor *build_dropout(Graph *g, Tensor *const *x)
{
    return mm_dropout(g, x[0], (real)0.4);
}

static Tensor *build_two_dropouts(Graph *g, Tensor *const *x)
{
    return mm_dropout(g, mm_dropout(g, x[0], (real)0.3), (real)0.2);
}

const Op mm_op_dropout = {
    .name = "dropout",
    .symbol = "dropout",
    .equation = "dropout",
    .shape = dropout_shape,
    .forward = dropout_forward,
    .backward = dropout_backward,
    .check = (Check[]){{"some dropped", build_dropout, {MM_DIMS(5, 7)}, 1},
                       {"twice, with different draws", build_two_dropouts, {MM_DIMS(5, 7)}, 1},
                       {0}},
};

Tensor *(mm_dropout)(Graph *g, Tensor *x, real p, Site site)
{
    if (p == 0 || !mm_graph_training(g)) {
        return x;
    }
    Dropout attr = {p, mm_graph_draws(g, x->n)};
    return mm_apply(g, &mm_op_dropout, &attr, sizeof attr, 1, &x, site);
}

/* [drop_connect] y[b] = x[b] / (1-p) with probability 1-p, else 0, for a whole sample b at once: so dx[b] = dy[b] / (1-p) or 0. Put
 * before a residual sum, it skips the block for that sample: stochastic depth, Huang and others 2016. */
static Shape drop_connect_shape(const Tensor *y)
{
    if (y->in[0]->shape.rank < 1) {
        mm_op_fail(y, "x must be (B, ...): whole samples are dropped");
    }
    return dropout_shape(y);
}

static void drop_connect_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
    size_t B = (size_t)y->shape.d[0], sample = y->n / B;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t b = 0; b < B; b++) {
        real keep = mm_dropout_factor(y->attr, b);
        for (size_t i = b * sample; i < (b + 1) * sample; i++) {
            y->data[i] = keep * x[i];
        }
    }
}

static void drop_connect_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
    size_t B = (size_t)y->shape.d[0], sample = y->n / B;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t b = 0; b < B; b++) {
        real keep = mm_dropout_factor(y->attr, b);
        for (size_t i = b * sample; i < (b + 1) * sample; i++) {
            dx[i] += keep * y->grad[i];
        }
    }
}

static Tensor *build_drop_connect(Graph *g, Tensor *const *x)
{
    return mm_drop_connect(g, x[0], (real)0.4);
}

const Op mm_op_drop_connect = {
    .name = "drop_connect",
    .symbol = "drop connect",
    .equation = "drop_connect",
    .shape = drop_connect_shape,
    .forward = drop_connect_forward,
    .backward = drop_connect_backward,
    .check = (Check[]){{"rows", build_drop_connect, {MM_DIMS(9, 4)}, 1},
                       {"pictures", build_drop_connect, {MM_DIMS(5, 2, 3, 2)}, 1},
                       {0}},
};

Tensor *(mm_drop_connect)(Graph *g, Tensor *x, real p, Site site)
{
    if (p == 0 || !mm_graph_training(g)) {
        return x;
    }
    Dropout attr = {p, mm_graph_draws(g, x->shape.rank ? (size_t)x->shape.d[0] : 0)};
    return mm_apply(g, &mm_op_drop_connect, &attr, sizeof attr, 1, &x, site);
}
