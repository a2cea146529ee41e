/* pairs.h: a tiny CLIP with dropout on PAIRS pairs of noise, trained in double by a step that the test chooses; and how far two such
 * runs are apart. */
#ifndef PAIRS_H
#define PAIRS_H

#include "../../chapters/03-clip/model.h"
#include "mm/train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { PAIRS = 16, PAIR_STEPS = 20 };

typedef struct Pairs {
    Clip clip;
    Params *params;
    Optimizer *opt;
    Graph *graph;
    FeatureCache *cache;
    Contrast contrast;  /* its context is this struct */
    const Ranks *ranks; /* NULL: alone, all rows are here */
    bool local;         /* the loss of this rank's rows, not of all */
    GradientMean *mean;
    real *pixels;
    int *ids, *length;
    uint64_t calls;              /* of encode, for a test that counts them */
    real loss[PAIR_STEPS];       /* of each step */
    real *gradient, *parameters; /* of the first step; after the last */
} Pairs;

/* Forward and backward of the batch that is in p; returns the loss, leaves the gradients with the parameters. */
typedef real PairStep(Pairs *p, int micro, FeatureCache *cache);

Pairs *pairs_new(ImageEncoder image, const Ranks *ranks, bool local);
void pairs_free(Pairs *p);
Tensor *pairs_encode(Graph *g, void *context, int tower, BatchPart part);
Tensor *pairs_loss(Graph *g, void *context, Tensor *const *features); /* of the rows of contrast.rows */
void pairs_train(Pairs *p, int micro, PairStep *step);                /* PAIR_STEPS steps */
PairStep pairs_step;                                                  /* the right one; micro 0: all at once */

/* Relative to the largest of its kind: the worst loss of a step, gradient of the first step, parameter after the last. */
typedef struct Distance {
    double loss, gradient, parameters;
} Distance;

Distance pairs_distance(const Pairs *a, const Pairs *b);

/* What all else is compared with: one process with the whole batch, trained. Set up and taken down by a group of tests. */
extern Pairs *pairs_whole;
int pairs_train_whole(void **state);
int pairs_free_whole(void **state);

#endif
