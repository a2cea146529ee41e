/* batch.h: what a training step reads: random views of pictures, each with a caption in every language. */
#ifndef CLIP_BATCH_H
#define CLIP_BATCH_H

#include "captions.h"
#include "model.h"

/* The captions of a batch: the name of each picture's concept, and some texts of tags: "red", "fruit red". */
typedef struct CaptionMix {
    int tag_texts;  /* how many a batch has: at most one a picture */
    int most_tags;  /* in one of them */
    double article; /* probability of "a" before a caption, 一个 in Chinese: people search for "a red fruit" */
} CaptionMix;

typedef struct BatchPlan {
    const EmojiSet *emoji;
    const Captions *captions;
    const int *item; /* indices into emoji->at: the training pictures */
    int items, batch, size, context;
    const ClipInput *input;
    bool by_concept; /* a concept at most once in a batch, in a style drawn for it; otherwise any picture */
    Augment augment;
    CaptionMix mix;
    uint64_t seed;
} BatchPlan;

typedef struct Batch {
    int n, texts;           /* pictures; captions: the name of each picture, then the texts of tags */
    real *pixels;           /* (n, 3, size, size), normalised */
    int *concept;           /* (n): equal concepts are pairs */
    int T[LANGUAGES];       /* the longest caption of each language */
    int *ids[LANGUAGES];    /* (texts, T[l]) */
    int *length[LANGUAGES]; /* (texts) */
    bool *named;            /* (n, n): this name is the picture's own */
    bool *fits[LANGUAGES];  /* (texts, n): what the text says is true of the picture: "cat" of every cat */
    int steps_per_round;    /* 0: the plan's batch is larger than a round */
    int *order;             /* the round's items, shuffled */
    int64_t round;          /* that order is of; -1: none */
} Batch;

Batch batch_new(const BatchPlan *plan);
void batch_free(Batch *b);
/* Fills the batch of a step. It depends on plan and step alone, so that a run can go on anywhere. */
void batch_fill(const BatchPlan *plan, int64_t step, Batch *b);
double batch_steps_per_epoch(const BatchPlan *plan); /* as many pairs as there are pictures */

#endif
