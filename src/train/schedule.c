/* schedule.c: how the learning rate moves over a run. */
#include "mm/train.h"

#include <math.h>

real mm_warmup_cosine(int64_t step, int64_t warmup, int64_t total)
{
    if (step < warmup) {
        return (real)(step + 1) / (real)warmup;
    }
    double along = (double)(step - warmup) / (double)(total > warmup ? total - warmup : 1);
    return (real)(0.5 * (1 + cos(3.141592653589793 * (along < 1 ? along : 1))));
}
