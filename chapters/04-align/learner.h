/* learner.h: a model in training: batches go in, one a step. What `align train` and `align compare` have in common. */
#ifndef ALIGN_LEARNER_H
#define ALIGN_LEARNER_H

#include "batch.h"

typedef struct Learner {
    const Recipe *recipe;
    unsigned long long seed;
    int64_t steps; /* of the whole run, which the learning rate follows */
    Params *params;
    Align align;
    Tensor *logit_scale; /* with CLIP's loss: log 1/t, in place of the temperature; else NULL */
    Optimizer *opt;
    Graph *graph;
} Learner;

/* The recipe, which must outlive it, says how many tokens the vocabulary has. */
Learner learner_new(const Recipe *recipe, unsigned long long seed, int64_t steps);
void learner_free(Learner *l);
Tensor *learner_loss(Learner *l, int64_t s, const Batch *b); /* of step s; the batch is in memory of the graph */
real learner_lr(const Learner *l, int64_t s);
/* After mm_backward: moves the parameters, unless the loss or the length of the gradient, which it returns, is not finite. */
real learner_move(Learner *l, int64_t s, const Tensor *loss);

#endif
