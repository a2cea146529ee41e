/* schedule.c: how the learning rate moves over a run. The first steps are small, since the optimiser's means know little yet. */
#include "mm/train.h"

#include <math.h>

real mm_warmup_constant(int64_t step, int64_t warmup)
{
    return step < warmup ? (real)(step + 1) / (real)warmup : 1;
}

/* [warmup_cosine] Up in a line, down in half a cosine. */
real mm_warmup_cosine(int64_t step, int64_t warmup, int64_t total)
{
    /* region warmup_cosine */
    if (step < warmup) {
        return mm_warmup_constant(step, warmup);
    }
    double along = (double)(step - warmup) / (double)(total > warmup ? total - warmup : 1);
    return (real)(0.5 * (1 + cos(3.141592653589793 * (along < 1 ? along : 1))));
    /* end warmup_cosine */
}

real mm_warmup_linear(int64_t step, int64_t warmup, int64_t total)
{
    if (step < warmup) {
        return (real)step / (real)warmup;
    }
    return step < total ? (real)(total - step) / (real)(total - warmup) : 0;
}
