/* dcca.c: deep canonical correlation analysis (Andrew et al. 2013). */
#include "mat.h"
#include "mm/ops.h"

#include <string.h>
#include <tgmath.h>

/* [dcca] H1 (N, D1) and H2 (N, D2) are two views of the same N examples; Hc is H less its mean over the examples.
 *     S11 = Hc1^T Hc1 / (N-1) + r I    S22 likewise    S12 = Hc1^T Hc2 / (N-1)
 *     T = S11^-1/2 S12 S22^-1/2 = U diag(rho) V^T
 *     loss = -sum of rho: the nuclear norm of T
 * rho are the canonical correlations: of all pairs of projections of the two views, those that agree best. (Widely copied code
 * takes roots of the elements of T^T T where the root of the matrix is meant: that is another function.)
 *
 * With A = S11^-1/2 U and B = S22^-1/2 V the projected views are P = Hc1 A and Q = Hc2 B (N, K), and
 *     dH1 = (P diag(rho) - Q) A^T / (N-1)    dH2 = (Q diag(rho) - P) B^T / (N-1)
 * since d(sum rho)/dS12 = A B^T and d(sum rho)/dS11 = -A diag(rho) A^T / 2: each view moves towards what the other predicts.
 * A rho of 0 has no derivative; its direction gets nothing. */
/* region dcca_parts */
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
/* end dcca_parts */

static Shape dcca_shape(const Tensor *y)
{
    Shape h1 = y->in[0]->shape, h2 = y->in[1]->shape;
    if (h1.rank != 2 || h2.rank != 2 || h1.d[0] != h2.d[0] || h1.d[0] < 2) {
        mm_op_fail(y, "the views must be (N, D1) and (N, D2), of the same N examples, at least 2");
    }
    if (!(((const DccaAttr *)y->attr)->ridge > 0)) {
        mm_op_fail(y, "ridge = %g must be positive, or a covariance may have no inverse",
                   (double)((const DccaAttr *)y->attr)->ridge);
    }
    return MM_SCALAR;
}

static void centre(real *to, const real *h, int N, int D)
{
    for (int j = 0; j < D; j++) {
        double sum = 0;
        for (int i = 0; i < N; i++) {
            sum += (double)h[times(i, D) + (size_t)j];
        }
        for (int i = 0; i < N; i++) {
            to[times(i, D) + (size_t)j] = (real)((double)h[times(i, D) + (size_t)j] - sum / N);
        }
    }
}

/* root = S^-1/2 = V diag(w^-1/2) V^T of S = V diag(w) V^T, which is hc^T hc / (N-1) + ridge I. Both are (D, D). */
static bool inverse_root(Graph *g, real *root, const real *hc, int N, int D, real ridge)
{
    real *s = mm_scratch(g, times(D, D) * sizeof *s), *w = mm_scratch(g, (size_t)D * sizeof *w);
    mm_gemm(1, D, D, N, 1 / (real)(N - 1), mm_by_columns(hc, D), mm_by_rows(hc, D), 0, mm_by_rows(s, D));
    for (int j = 0; j < D; j++) {
        s[times(j, D + 1)] += ridge;
    }
    if (!mm_eigh(D, s, w)) {
        return false;
    }
    for (size_t k = 0; k < times(D, D); k++) {
        s[k] *= pow(w[k % (size_t)D], (real)-0.25);
    }
    mm_gemm(1, D, D, D, 1, mm_by_rows(s, D), mm_by_columns(s, D), 0, mm_by_rows(root, D));
    return true;
}

/* axes (D, K) = root side, where side (rows of K at these strides) is U or V. Directions without correlation are cleared. */
static void project(const Dcca *d, int view, const real *root, Mat side, const real *hc)
{
    int D = d->D[view];
    const real least = d->rho[0] * (sizeof(real) == sizeof(double) ? (real)1e-12 : (real)1e-5);
    mm_gemm(1, D, d->K, D, 1, mm_by_rows(root, D), side, 0, mm_by_rows(d->axes[view], d->K));
    for (size_t k = 0; k < times(D, d->K); k++) {
        real *axis = &d->axes[view][k];
        *axis = d->rho[k % (size_t)d->K] > least ? *axis : 0;
    }
    mm_gemm(1, d->N, d->K, D, 1, mm_by_rows(hc, D), mm_by_rows(d->axes[view], d->K), 0, mm_by_rows(d->projected[view], d->K));
}

/* Fills saved. false: there are numbers in it that are none. */
static bool correlate(Tensor *y)
{
    Graph *g = y->graph;
    Dcca d = parts(y);
    real ridge = ((const DccaAttr *)y->attr)->ridge, *hc[2], *root[2];
    for (int i = 0; i < 2; i++) {
        hc[i] = mm_scratch(g, times(d.N, d.D[i]) * sizeof(real));
        root[i] = mm_scratch(g, times(d.D[i], d.D[i]) * sizeof(real));
        centre(hc[i], y->in[i]->data, d.N, d.D[i]);
        if (!inverse_root(g, root[i], hc[i], d.N, d.D[i], ridge)) {
            return false;
        }
    }
    real *s12 = mm_scratch(g, times(d.D[0], d.D[1]) * sizeof(real)), *half = mm_scratch(g, times(d.D[0], d.D[1]) * sizeof(real));
    real *u = mm_scratch(g, times(d.D[0], d.K) * sizeof(real)), *vt = mm_scratch(g, times(d.K, d.D[1]) * sizeof(real));
    mm_gemm(1, d.D[0], d.D[1], d.N, 1 / (real)(d.N - 1), mm_by_columns(hc[0], d.D[0]), mm_by_rows(hc[1], d.D[1]), 0,
            mm_by_rows(s12, d.D[1]));
    mm_gemm(1, d.D[0], d.D[1], d.D[0], 1, mm_by_rows(root[0], d.D[0]), mm_by_rows(s12, d.D[1]), 0, mm_by_rows(half, d.D[1]));
    mm_gemm(1, d.D[0], d.D[1], d.D[1], 1, mm_by_rows(half, d.D[1]), mm_by_rows(root[1], d.D[1]), 0,
            mm_by_rows(s12, d.D[1])); /* T */
    if (!mm_svd(d.D[0], d.D[1], s12, u, d.rho, vt)) {
        return false;
    }
    project(&d, 0, root[0], mm_by_rows(u, d.K), hc[0]);
    project(&d, 1, root[1], mm_by_columns(vt, d.D[1]), hc[1]);
    return true;
}

static void dcca_forward(Tensor *y)
{
    Dcca d = parts(y);
    size_t n = (size_t)d.K * (size_t)(1 + d.D[0] + d.D[1] + 2 * d.N);
    y->saved = mm_reals(y->graph, n);
    if (!correlate(y)) {
        for (size_t i = 0; i < n; i++) {
            y->saved[i] = (real)NAN;
        }
    }
    *y->data = 0;
    for (int k = 0; k < d.K; k++) {
        *y->data -= y->saved[k];
    }
}

static void dcca_backward(Tensor *y)
{
    Dcca d = parts(y);
    size_t n = times(d.N, d.K);
    real *off = mm_scratch(y->graph, n * sizeof *off);
    /* region dcca_backward */
    for (int i = 0; i < 2; i++) {
        real *dh = mm_grad(y->in[i]);
        const real *own = d.projected[i], *other = d.projected[1 - i];
        for (size_t k = 0; k < n; k++) {
            off[k] = own[k] * d.rho[k % (size_t)d.K] - other[k];
        }
        if (dh) {
            mm_gemm(1, d.N, d.D[i], d.K, *y->grad / (real)(d.N - 1), mm_by_rows(off, d.K), mm_by_columns(d.axes[i], d.K), 1,
                    mm_by_rows(dh, d.D[i]));
        }
    }
    /* end dcca_backward */
}

static Tensor *build_small_ridge(Graph *g, Tensor *const *x)
{
    return mm_dcca(g, x[0], x[1], (real)1e-3);
}

static Tensor *build_ridge(Graph *g, Tensor *const *x)
{
    return mm_dcca(g, x[0], x[1], (real)0.2);
}

const Op mm_op_dcca = {
    .name = "dcca",
    .symbol = "DCCA",
    .equation = "dcca",
    .shape = dcca_shape,
    .forward = dcca_forward,
    .backward = dcca_backward,
    .check = (Check[]){{"one dimension", build_small_ridge, {MM_DIMS(5, 1), MM_DIMS(5, 1)}, 2},
                       {"two views", build_small_ridge, {MM_DIMS(7, 3), MM_DIMS(7, 2)}, 2},
                       {"large ridge", build_ridge, {MM_DIMS(6, 2), MM_DIMS(6, 3)}, 2},
                       {"fewer examples than dimensions", build_ridge, {MM_DIMS(3, 4), MM_DIMS(3, 4)}, 2},
                       {0}},
};

Tensor *(mm_dcca)(Graph *g, Tensor *h1, Tensor *h2, real ridge, Site site)
{
    return mm_apply(g, &mm_op_dcca, &(DccaAttr){ridge}, sizeof(DccaAttr), 2, (Tensor *[]){h1, h2}, site);
}

const real *mm_dcca_axes(const Tensor *y, int view)
{
    return parts(y).axes[view];
}

const real *mm_dcca_correlations(const Tensor *y)
{
    return parts(y).rho;
}
