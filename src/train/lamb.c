/* lamb.c: Adam for very large batches (You et al. 2020): every layer moves by the same part of its own length. */
#include "mm/train.h"

#include <tgmath.h>

/* [lamb] |p| / |r|; 1 where one of the two is 0. */
static real trust_ratio(const real *p, const real *r, size_t n)
{
    /* region trust_ratio */
    double length = sqrt(mm_sum_squares(p, n)), wanted = sqrt(mm_sum_squares(r, n));
    return length > 0 && wanted > 0 ? (real)(length / wanted) : 1;
    /* end trust_ratio */
}

/* [lamb] m and v as in AdamW; then, for a whole parameter (a matrix, a bias) at once:
 *     r = (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps) + wd p        where Adam would go
 *     p = p - lr (|p| / |r|) r                                      1 in place of the trust ratio if |p| or |r| is 0
 * An exempt parameter has no decay and the ratio 1: it gets Adam's step. r takes the place of the gradient, which is used up. */
static void lamb_update(const OptimizerConfig *c, const Update *u)
{
    size_t n = u->p->n;
    real b1 = c->beta1, b2 = c->beta2, eps = c->eps, decay = u->weight_decay, ratio = 1;
    real of_m = 1 / (1 - (real)pow((double)b1, (double)u->step)), of_v = 1 / (1 - (real)pow((double)b2, (double)u->step));
    real *p = u->p->data, *r = u->p->grad, *m = u->state[0], *v = u->state[1];
#pragma omp parallel for simd if (n > MM_GRAIN)
    for (size_t i = 0; i < n; i++) {
        real g = r[i];
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        r[i] = of_m * m[i] / (sqrt(of_v * v[i]) + eps) + decay * p[i];
    }
    if (!u->exempt) {
        ratio = trust_ratio(p, r, n);
    }
#pragma omp parallel for simd if (n > MM_GRAIN)
    for (size_t i = 0; i < n; i++) {
        p[i] -= u->lr * ratio * r[i];
        r[i] = 0;
    }
}

const OptimizerKind mm_lamb = {.name = "lamb", .state = {"m", "v"}, .update = lamb_update};
