/* Exercise 40: Deep CCA, backward. README.md beside this file says what is wanted; `./course test 40` judges it. */
#include "exercise.h"

#include "ops/mat.h"

typedef struct DccaAttr {
    real ridge;
} DccaAttr;

typedef struct Dcca {
    int N, D[2], K;
    real *rho;          /* (K) */
    real *axes[2];      /* A (D1, K), B (D2, K) */
    real *projected[2]; /* P, Q (N, K) */
} Dcca;

static size_t times(int a, int b)
{
    return (size_t)a * (size_t)b;
}

static Dcca parts(const Tensor *y)
{
    Shape h1 = y->in[0]->shape, h2 = y->in[1]->shape;
    Dcca d = {.N = h1.d[0], .D = {h1.d[1], h2.d[1]}};
    d.K = d.D[0] < d.D[1] ? d.D[0] : d.D[1];
    d.rho = y->saved;
    d.axes[0] = d.rho + d.K;
    d.axes[1] = d.axes[0] + times(d.D[0], d.K);
    d.projected[0] = d.axes[1] + times(d.D[1], d.K);
    d.projected[1] = d.projected[0] + times(d.N, d.K);
    return d;
}

void dcca_backward(Tensor *y)
{
    Dcca d = parts(y);
    size_t n = times(d.N, d.K);
    real *off = mm_scratch(y->graph, n * sizeof *off);
    NOT_STARTED;
}
