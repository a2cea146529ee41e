/* task.h: what fusion learns from: examples with a part of each modality, and the batches that are made of them. */
#ifndef FUSION_TASK_H
#define FUSION_TASK_H

#include "encoder.h"
#include "mm/sentiment.h"

/* What is done to the modalities of a batch. */
typedef struct Disturb {
    bool missing[MM_MODALITIES];
    double drop; /* modality dropout: each is left out with this probability, but never all */
    bool mirror; /* turn every second picture left to right */
    /* Words are replaced by others with probability noise / (1 + noise); to numbers, whose standard deviation is 1, a normal one times
     * noise is added. */
    double noise[MM_MODALITIES];
} Disturb;

typedef struct Batch {
    int n;
    Part part[MM_MODALITIES];
    const real *target;  /* (n, CLASSES) */
    const real *present; /* (n, MM_MODALITIES) */
} Batch;

typedef struct Task Task;
struct Task {
    const char *name;     /* "sentiment", for titles */
    const char *source;   /* what the examples are, for every output */
    const char *yes, *no; /* what the two classes mean */
    EncoderConfig encoder[MM_MODALITIES];
    bool graded; /* valences are learned, not only which side of 0 they are on */
    const void *data;
    /* n triples of one side: the caller's array. The same seed gives the same. */
    bool (*draw)(const Task *t, SplitSide side, uint64_t seed, int n, Triple *triple, Error *err);
    /* The part of modality m of these triples, in memory of g. An item that is missing has zeros, and a length of 1. */
    Part (*part)(const Task *t, int m, const Triple *triple, int n, const Disturb *d, Rng *rng, Graph *g);
};

/* The batch of n triples, in memory of g. It depends on rng alone. */
Batch task_batch(const Task *t, const Triple *triple, int n, const Disturb *d, Rng rng, Graph *g);
/* [valence] What a triple is learned as: the probability of class 1, (1 + v / 3) / 2; of a task that is not graded 0 or 1. */
real task_target(const Task *t, const Triple *triple);
/* The valence that a probability stands for, -3 .. 3. */
real task_valence(real p);

/* ---- the planted task (task_xor.c) ---- */

typedef enum Planted {
    PLANTED_PARITY,  /* the label is whether an even number of the signs is negative: the product of the signs */
    PLANTED_MAJORITY /* it is which sign is more frequent: their sum */
} Planted;

typedef struct Signs Signs;
/* Each modality is a vector in which one direction carries a sign, + or -, under noise. signs: how many of the modalities matter, 2 or 3; the
 * rest has signs that say nothing. The caller frees. */
Signs *signs_new(Planted planted, int signs, uint64_t seed);
void signs_free(Signs *s);
Task signs_task(const Signs *s);

#endif
