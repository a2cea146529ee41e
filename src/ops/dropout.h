/* dropout.h: which elements are dropped. Private to src/ops.
 *
 * Whether element i stays is draw i of a stream that the node keeps: any thread can ask, and the way back asks again
 * instead of storing a mask. */
#ifndef MM_DROPOUT_H
#define MM_DROPOUT_H

#include "mm/core.h"

typedef struct Dropout {
    real p;
    Rng rng;
} Dropout;

/* 0 with probability p, else 1 / (1-p) */
static inline real mm_dropout_factor(const Dropout *d, size_t i)
{
    double uniform = (double)(mm_rng_at(d->rng, i) >> 11) * 0x1p-53; /* [0, 1) */
    return (real)(uniform >= (double)d->p) / (1 - d->p);
}

/* For an op's shape check. */
static inline void mm_dropout_check(const Tensor *y, real p)
{
    if (!(p >= 0 && p < 1)) {
        mm_op_fail(y, "p = %g is the share of elements to drop: at least 0, and less than 1, or nothing would be left",
                   (double)p);
    }
}

#endif
