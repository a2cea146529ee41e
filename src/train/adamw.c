/* adamw.c: a step of about lr in every coordinate, whatever the size of its gradient (Kingma and Ba 2015), with weight decay beside
 * it and not inside the gradient (Loshchilov and Hutter 2019). Two forms are in use, and weights trained by one need it. */
#include "mm/train.h"

#include <tgmath.h>

/* 1 - beta^t: what a mean that began at 0 lacks after t steps. */
static real correction(real beta, int64_t t)
{
    /* region correction */
    return 1 - (real)pow((double)beta, (double)t);
    /* end correction */
}

/* [adamw] At step t, with gradient g:
 *     m = b1 m + (1-b1) g        v = b2 v + (1-b2) g^2
 *     p = p - lr wd p - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps) */
static void adamw_update(const OptimizerConfig *c, const Update *u)
{
    /* region adamw_update */
    real b1 = c->beta1, b2 = c->beta2, eps = c->eps, keep = 1 - u->lr * u->weight_decay;
    real step = u->lr / correction(b1, u->step), root = 1 / sqrt(correction(b2, u->step));
    real *p = u->p->data, *grad = u->p->grad, *m = u->state[0], *v = u->state[1];
#pragma omp parallel for simd if (u->p->n > MM_GRAIN)
    for (size_t i = 0; i < u->p->n; i++) {
        real g = grad[i];
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        p[i] = keep * p[i] - step * m[i] / (sqrt(v[i]) * root + eps);
        grad[i] = 0;
    }
    /* end adamw_update */
}

const OptimizerKind mm_adamw = {.name = "adamw", .state = {"m", "v"}, .update = adamw_update};

/* [adamw_hf] m and v as above; eps is added before the correction, and the parameter decays after it has moved:
 *     p = p - lr (sqrt(1-b2^t) / (1-b1^t)) m / (sqrt(v) + eps)        p = p - lr wd p */
static void adamw_hf_update(const OptimizerConfig *c, const Update *u)
{
    real b1 = c->beta1, b2 = c->beta2, eps = c->eps, keep = 1 - u->lr * u->weight_decay;
    real step = u->lr * sqrt(correction(b2, u->step)) / correction(b1, u->step);
    real *p = u->p->data, *grad = u->p->grad, *m = u->state[0], *v = u->state[1];
#pragma omp parallel for simd if (u->p->n > MM_GRAIN)
    for (size_t i = 0; i < u->p->n; i++) {
        real g = grad[i];
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        p[i] = keep * (p[i] - step * m[i] / (sqrt(v[i]) + eps));
        grad[i] = 0;
    }
}

const OptimizerKind mm_adamw_hf = {.name = "adamw_hf", .state = {"m", "v"}, .update = adamw_hf_update};
