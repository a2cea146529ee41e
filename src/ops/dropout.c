/* dropout.c: elements are dropped at random in training. Srivastava and others 2014. */
#include "dropout.h"
#include "mm/ops.h"

/* [dropout] y_i = x_i / (1-p) with probability 1-p, else 0, so dx_i = dy_i / (1-p) or 0. The division keeps the mean of y
 * that of x, so that evaluation needs no change. */
static Shape dropout_shape(const Tensor *y)
{
    mm_dropout_check(y, ((const Dropout *)y->attr)->p);
    return y->in[0]->shape;
}

static void dropout_forward(Tensor *y)
{
    const Dropout *d = y->attr;
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = mm_dropout_factor(d, i) * x[i];
    }
}

static void dropout_backward(Tensor *y)
{
    const Dropout *d = y->attr;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        dx[i] += mm_dropout_factor(d, i) * y->grad[i];
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
    Dropout attr = {p, *mm_graph_rng(g)};
    Tensor *y = mm_apply(g, &mm_op_dropout, &attr, sizeof attr, 1, &x, site);
    mm_graph_rng(g)->count += y->n; /* these draws are spent */
    return y;
}
