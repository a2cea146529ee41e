/* loss.c: how far a predicted distribution is from the wanted one. */
#include "mm/ops.h"

#include <string.h>
#include <tgmath.h>

/* [cross_entropy] loss = -1/N sum_i sum_k t_ik log p_ik with p_i = softmax(z_i) and log p_ik = z_ik - log sum_j e^(z_ij).
 * The largest z is subtracted first, so that no exponential overflows. d loss/dz_ik = (p_ik sum_j t_ij - t_ik) / N: what is
 * predicted less what is wanted. Smoothing e moves a share of the target to all K classes: t = (1-e) t + e/K. */
/* region cross_entropy_attr */
typedef struct CrossEntropyAttr {
    const int *labels; /* N class numbers, or NULL and then */
    const real *soft;  /* (N, K) */
    real smoothing;
} CrossEntropyAttr;
/* end cross_entropy_attr */

static real target(const CrossEntropyAttr *a, size_t i, size_t k, size_t K)
{
    /* region smoothed_target */
    real t = a->labels ? (real)(a->labels[i] == (int)k) : a->soft[i * K + k];
    return (1 - a->smoothing) * t + a->smoothing / (real)K;
    /* end smoothed_target */
}

static Shape cross_entropy_shape(const Tensor *y)
{
    const CrossEntropyAttr *a = y->attr;
    Shape z = y->in[0]->shape;
    if (z.rank != 2) {
        mm_op_fail(y, "logits must be (N, K): a row of K class scores for each of N examples; mm_reshape can bring them there");
    }
    if (!a->labels == !a->soft) {
        mm_op_fail(y, "give labels or soft targets, and NULL for the other");
    }
    if (!(a->smoothing >= 0 && a->smoothing <= 1)) {
        mm_op_fail(y, "smoothing = %g is a share of the target: 0 .. 1", (double)a->smoothing);
    }
    for (int i = 0; a->labels && i < z.d[0]; i++) {
        if (a->labels[i] < 0 || a->labels[i] >= z.d[1]) {
            mm_op_fail(y, "labels[%d] = %d, but the logits have classes 0 .. %d", i, a->labels[i], z.d[1] - 1);
        }
    }
    return MM_SCALAR;
}

/* p = softmax(z); returns -sum_k t_k log p_k. */
static double row_loss(const CrossEntropyAttr *a, size_t i, const real *z, real *p, size_t K)
{
    real max = z[0];
    for (size_t k = 1; k < K; k++) {
        max = z[k] > max ? z[k] : max;
    }
    double sum = 0, loss = 0;
    for (size_t k = 0; k < K; k++) {
        p[k] = exp(z[k] - max);
        sum += (double)p[k];
    }
    double log_sum = (double)max + log(sum);
    for (size_t k = 0; k < K; k++) {
        p[k] = (real)((double)p[k] / sum);
        real t = target(a, i, k, K);
        loss += t != 0 ? (double)t * (log_sum - (double)z[k]) : 0; /* 0 log 0 = 0, also where z = -infinity */
    }
    return loss;
}

static void cross_entropy_forward(Tensor *y)
{
    const Tensor *z = y->in[0];
    size_t N = (size_t)z->shape.d[0], K = (size_t)z->shape.d[1];
    y->saved = mm_reals(y->graph, z->n); /* p */
    double *loss = mm_arena(y->graph, N * sizeof *loss), sum = 0;
#pragma omp parallel for if (z->n > MM_GRAIN)
    for (size_t i = 0; i < N; i++) {
        loss[i] = row_loss(y->attr, i, z->data + i * K, y->saved + i * K, K);
    }
    for (size_t i = 0; i < N; i++) {
        sum += loss[i];
    }
    *y->data = (real)(sum / (double)N);
}

static void cross_entropy_backward(Tensor *y)
{
    const Tensor *z = y->in[0];
    size_t N = (size_t)z->shape.d[0], K = (size_t)z->shape.d[1];
    real *dz = mm_grad(y->in[0]), scale = *y->grad / (real)N;
#pragma omp parallel for if (z->n > MM_GRAIN)
    for (size_t i = 0; i < N; i++) {
        /* region cross_entropy_backward */
        real total = 0; /* 1 for a distribution */
        for (size_t k = 0; k < K; k++) {
            total += target(y->attr, i, k, K);
        }
        for (size_t k = 0; k < K; k++) {
            dz[i * K + k] += scale * (y->saved[i * K + k] * total - target(y->attr, i, k, K));
        }
        /* end cross_entropy_backward */
    }
}

static const int some_labels[] = {4, 0, 2};
static const real some_soft[] = {(real)0.1, (real)0.4, 0,         (real)0.3, (real)0.2, 0, 0, 1,
                                 0,         0,         (real)0.5, (real)0.3, (real)0.9, 0, 1};

static Tensor *build_labels(Graph *g, Tensor *const *x)
{
    return mm_cross_entropy(g, x[0], some_labels, NULL, 0);
}

static Tensor *build_smoothed(Graph *g, Tensor *const *x)
{
    return mm_cross_entropy(g, x[0], some_labels, NULL, (real)0.1);
}

static Tensor *build_soft(Graph *g, Tensor *const *x)
{
    return mm_cross_entropy(g, x[0], NULL, some_soft, 0);
}

static Tensor *build_soft_smoothed(Graph *g, Tensor *const *x)
{
    return mm_cross_entropy(g, x[0], NULL, some_soft, (real)0.3);
}

const Op mm_op_cross_entropy = {
    .name = "cross_entropy",
    .symbol = "CE",
    .equation = "cross_entropy",
    .shape = cross_entropy_shape,
    .forward = cross_entropy_forward,
    .backward = cross_entropy_backward,
    .check = (Check[]){{"labels", build_labels, {MM_DIMS(3, 5)}, 1},
                       {"smoothed labels", build_smoothed, {MM_DIMS(3, 5)}, 1},
                       {"soft targets, one row not summing to 1", build_soft, {MM_DIMS(3, 5)}, 1},
                       {"smoothed soft targets", build_soft_smoothed, {MM_DIMS(3, 5)}, 1},
                       {"large logits", build_labels, {MM_DIMS(3, 5)}, 1, .low = 798, .high = 801},
                       {0}},
};

/* Of a row: 1 - e + e/K for its class, e/K for each of the others. */
double mm_smoothed_entropy(int K, double smoothing)
{
    /* region smoothed_entropy */
    double other = smoothing / K, own = 1 - smoothing + other, entropy = 0;
    if (own > 0) {
        entropy -= own * log(own);
    }
    if (other > 0) {
        entropy -= (K - 1) * other * log(other);
    }
    return entropy;
    /* end smoothed_entropy */
}

Tensor *(mm_cross_entropy)(Graph *g, Tensor *logits, const int *labels, const real *soft, real smoothing, Site site)
{
    CrossEntropyAttr attr = {.smoothing = smoothing};
    if (logits && logits->shape.rank == 2) { /* else the shape check reports it */
        attr.labels = labels ? mm_keep_ints(g, labels, (size_t)logits->shape.d[0]) : NULL;
        attr.soft = soft ? memcpy(mm_reals(g, logits->n), soft, logits->n * sizeof *soft) : NULL;
    }
    return mm_apply(g, &mm_op_cross_entropy, &attr, sizeof attr, 1, &logits, site);
}
