/* Exercise 46: Low-rank fusion. README.md beside this file says what is wanted; `./course test 46` judges it. */
#include "exercise.h"

/* [1 ; h] (B, 1 + d) */
static Tensor *with_one(Graph *g, Tensor *h)
{
    Tensor *one = mm_input(g, MM_SHAPE(h->shape.d[0], 1), NULL);
    for (size_t i = 0; i < one->n; i++) {
        one->data[i] = 1;
    }
    return mm_concat(g, 2, ((Tensor *[]){mm_named(one, "one"), h}), 1);
}

/* [low_rank_fusion] y = sum_r w_r prod_m [1 ; h_m] W_m[r] + b: a product of sums is the sum of all products, so these are never made */
Tensor *mm_low_rank_forward(Graph *g, const LowRankFusion *f, Tensor *const *h)
{
    int rank = f->factor[0]->shape.d[0], out = f->factor[0]->shape.d[2], B = h[0]->shape.d[0];
    NOT_STARTED;
}
