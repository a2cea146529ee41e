/* batch.h: what a training step reads: random views of pictures, each with a caption in every language. */
#ifndef CLIP_BATCH_H
#define CLIP_BATCH_H

#include "model.h"
#include "source.h"

typedef struct BatchPlan {
    const Source *source;
    int batch, size, context;
    const ClipInput *input;
    bool by_concept; /* a concept at most once in a batch, in a style drawn for it; otherwise any picture */
    Augment augment;
    CaptionMix mix;
    uint64_t seed;
    const Ranks *ranks; /* NULL: one process */
} BatchPlan;

typedef struct Batch {
    int n, texts;           /* pictures; texts: a caption of each picture, then what more the source has */
    int languages;          /* of the texts */
    BatchPart rows;         /* whose pictures are here: this rank's; texts are short, and all are */
    real *pixels;           /* (rows.n, 3, size, size), normalised */
    int *item;              /* (n): places in the source */
    int T[LANGUAGES];       /* the longest text of each language */
    int *ids[LANGUAGES];    /* (texts, T[l]) */
    int *length[LANGUAGES]; /* (texts) */
    bool *named[LANGUAGES]; /* (n, n): the columns that are the row's own caption */
    bool *fits[LANGUAGES];  /* (texts, n): what the text says is true of the picture: "cat" of every cat */
    int steps_per_round;    /* 0: the plan's batch is larger than a round */
    int *order;             /* the round's items, shuffled */
    int64_t round;          /* that order is of; -1: none */
} Batch;

Batch batch_new(const BatchPlan *plan);
void batch_free(Batch *b);
/* Fills the batch of a step. It depends on plan and step alone, so that a run can go on anywhere. */
bool batch_fill(const BatchPlan *plan, int64_t step, Batch *b, Error *err);
double batch_steps_per_epoch(const BatchPlan *plan); /* as many pairs as there are pictures */

#endif
