/* batch.h: training pairs, a step at a time. */
#ifndef ALIGN_BATCH_H
#define ALIGN_BATCH_H

#include "recipe.h"
#include "set.h"

/* Depends on the seed and the step alone, so that a run can go on anywhere. */
typedef struct Batches {
    const PairSet *set;
    const Recipe *recipe;
    unsigned long long seed;
    int *ids, *length; /* (pairs, 2, context), (pairs, 2): every text as it is, and as a sentence */
    int *order;        /* of the epoch */
    int64_t epoch;     /* that order is of; -1: none */
} Batches;

typedef struct Batch {
    int n, T; /* T: as long as the longest text */
    real *pixels;
    int *ids, *length; /* (n, T), (n) */
} Batch;

bool batches_new(const PairSet *set, const Recipe *recipe, const Wordpiece *tok, unsigned long long seed, Batches *b, Error *err);
void batches_free(Batches *b);
int64_t
batches_per_epoch(const Batches *b); /* what does not fill a batch at the end of an epoch is left out: N decides the loss */
/* A random view of a picture, as numbers from -1 to 1. place: of the pair in the run, counted from 0; it decides the view. */
void batch_view(const Picture *p, const Recipe *r, unsigned long long seed, int64_t place, real *pixels);
/* The batch of step s, in memory of the graph. */
Batch batch_of(Graph *g, Batches *b, int64_t s);

#endif
