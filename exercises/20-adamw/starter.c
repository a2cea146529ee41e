/* Exercise 20: A step of AdamW. README.md beside this file says what is wanted; `./course test 20` judges it. */
#include "exercise.h"

/* 1 - beta^t: what a mean that began at 0 lacks after t steps. */
static real correction(real beta, int64_t t)
{
    return 1 - (real)pow((double)beta, (double)t);
}

/* [adamw] At step t, with gradient g:
 *     m = b1 m + (1-b1) g        v = b2 v + (1-b2) g^2
 *     p = p - lr wd p - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps) */
void adamw_update(const OptimizerConfig *c, const Update *u)
{
    NOT_STARTED;
}
