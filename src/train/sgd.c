/* sgd.c: down the gradient, with and without momentum, as torch.optim.SGD. Decay is part of the gradient here: it is what an L2
 * penalty wd p^2 / 2 adds to it. */
#include "mm/train.h"

/* [sgd] p = p - lr (g + wd p) */
static void sgd_update(const OptimizerConfig *c, const Update *u)
{
    (void)c;
    real *p = u->p->data, *grad = u->p->grad, lr = u->lr, decay = u->weight_decay;
#pragma omp parallel for simd if (u->p->n > MM_GRAIN)
    for (size_t i = 0; i < u->p->n; i++) {
        p[i] -= lr * (grad[i] + decay * p[i]);
        grad[i] = 0;
    }
}

const OptimizerKind mm_sgd = {.name = "sgd", .update = sgd_update};

/* [momentum] With d = g + wd p:
 *     m = mu m + d        p = p - lr m            (Polyak 1964)
 *     m = mu m + d        p = p - lr (d + mu m)   (Nesterov 1983, in the form of Sutskever et al. 2013) */
static void momentum_update(const OptimizerConfig *c, const Update *u)
{
    real *p = u->p->data, *grad = u->p->grad, *m = u->state[0], lr = u->lr, decay = u->weight_decay, mu = c->momentum;
    real of_d = c->nesterov ? 1 : 0, of_m = c->nesterov ? mu : 1;
#pragma omp parallel for simd if (u->p->n > MM_GRAIN)
    for (size_t i = 0; i < u->p->n; i++) {
        real d = grad[i] + decay * p[i];
        m[i] = mu * m[i] + d;
        p[i] -= lr * (of_d * d + of_m * m[i]);
        grad[i] = 0;
    }
}

const OptimizerKind mm_sgd_momentum = {.name = "momentum", .state = {"m"}, .update = momentum_update};
