/* optimizers.h: optimisers with planted mistakes, see optimizer_mutants.c. */
#ifndef OPTIMIZERS_H
#define OPTIMIZERS_H

#include "mm/train.h"

/* What an optimiser is compared with: the golden of this name. */
typedef enum Problem {
    SGD,
    MOMENTUM,
    NESTEROV,
    ADAMW,
    ADAMW_EXEMPT,
    ADAMW_HF,
    LAMB,
    LAMB_EXEMPT,
    LAMB_FROM_ZERO,
    MUON,
    MUON_TALL,
    MUON_EXEMPT,
    PROBLEMS
} Problem;

typedef struct OptimizerMutant {
    const char *mistake; /* NULL: none; written as the mutants are, it must be accepted */
    Problem problem;
    void (*update)(const OptimizerConfig *c, const Update *u);
} OptimizerMutant;

extern const OptimizerMutant optimizer_mutants[]; /* ends with an entry without update */

#endif
