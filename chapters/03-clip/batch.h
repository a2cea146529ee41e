/* batch.h: what a training step reads: random views of pictures, each with a caption in every language. */
#ifndef CLIP_BATCH_H
#define CLIP_BATCH_H

#include "mm/data.h"

enum { EN, ZH, LANGUAGES };
extern const char *const language_name[LANGUAGES]; /* "English", "Chinese" */

/* How a caption is put together from the name of a concept and its tags. */
typedef struct CaptionMix {
    double name_only; /* probability of the name alone; otherwise 1 .. most_tags tags are drawn */
    double tags_only; /* and then, of leaving the name out */
    int most_tags;
    double article; /* probability of "a" before it, 一个 in Chinese: people search for "a red fruit" */
} CaptionMix;

/* The token ids of every name and tag. */
typedef struct Phrase {
    int *ids, n;
} Phrase;

typedef struct Captions {
    Phrase *name; /* (concepts, LANGUAGES) */
    Phrase **tag; /* (concepts, LANGUAGES): a list each … */
    int *tags;    /* … and its length */
    Phrase article[LANGUAGES];
    int concepts, start, end;
} Captions;

/* All names and tags as texts: what the tokeniser learns from. n is set; the caller frees the array and each text. */
char **captions_texts(const Concepts *concepts, int *n);
bool captions_make(const Concepts *concepts, const Tokenizer *tok, Captions *captions, Error *err);
void captions_free(Captions *captions);

typedef struct BatchPlan {
    const EmojiSet *emoji;
    const Captions *captions;
    const int *item; /* indices into emoji->at: the training pictures */
    int items, batch, size, context;
    bool by_concept; /* a concept at most once in a batch, in a style drawn for it; otherwise any picture */
    Augment augment;
    CaptionMix mix;
    uint64_t seed;
} BatchPlan;

typedef struct Batch {
    int n, T[LANGUAGES];    /* pictures; the longest caption of each language */
    real *pixels;           /* (n, 3, size, size), normalised */
    int *concept;           /* (n): equal concepts are pairs */
    int *ids[LANGUAGES];    /* (n, T[l]) */
    int *length[LANGUAGES]; /* (n) */
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
