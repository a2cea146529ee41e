/* batch.h: what an encoder reads: pictures as numbers, texts as tokens; and the batch of a training step. */
#ifndef REPRESENTATIONS_BATCH_H
#define REPRESENTATIONS_BATCH_H

#include "set.h"

typedef struct TextBatch {
    int n, T; /* texts; the longest */
    int *ids; /* (n, T), zeros after the end */
    int *length;
} TextBatch;

TextBatch texts_new(const Text *const *text, int n); /* a copy */
void texts_free(TextBatch *t);
/* Names of concepts; texts of all classes of a level. */
TextBatch texts_of_names(const Set *s, const int *concept, int n, int language);
TextBatch texts_of_classes(const Set *s, int level, int language);

/* A picture without changes, on white, in 0..1 less the middle: (3, PIXELS, PIXELS) */
void read_picture(const Picture *p, int size, real *pixels);

typedef struct BatchPlan {
    const Set *set;
    int batch;
    uint64_t seed;
    int64_t steps; /* of the whole run */
} BatchPlan;

/* Concepts that differ, each in a style that chance has picked, with a text in each language: its name, of which a third have tags
 * after it. */
typedef struct Batch {
    const Set *set;
    int n, *concept;
    real *pixels; /* (n, 3, PIXELS, PIXELS) */
    TextBatch text[LANGUAGES];
    TextBatch classes[LEVELS][LANGUAGES]; /* the texts of all classes, the same in every batch */
    int *class[LEVELS];                   /* (n): which of them the concept belongs to */
    uint64_t seed;                        /* of further draws of this step */
    double done;                          /* the part of the run that lies behind it */
    int *order, per_round;                /* the round's pictures, shuffled; steps of a round */
    int64_t round;
} Batch;

Batch batch_new(const BatchPlan *plan);
void batch_free(Batch *b);
void batch_fill(const BatchPlan *plan, int64_t step, Batch *b); /* depends on plan and step alone */

#endif
