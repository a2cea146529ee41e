/* mix.c: weights between two models. */
#include "mm/train.h"

/* [wise_ft] theta = (1 - alpha) theta_0 + alpha theta_1, running statistics too. */
void mm_params_mix(Params *ps, const Params *other, double alpha)
{
    for (int i = 0; i < mm_params_count(ps); i++) {
        Tensor *p = mm_params_at(ps, i);
        const Tensor *q = mm_params_find(other, p->name);
        if (!q || !mm_shape_equal(p->shape, q->shape)) {
            mm_fail(mm_params_handler(ps), "mm_params_mix: %s is not in both with the same shape", p->name);
        }
        for (size_t k = 0; k < p->n; k++) {
            p->data[k] = (real)((1 - alpha) * (double)p->data[k] + alpha * (double)q->data[k]);
        }
    }
}
