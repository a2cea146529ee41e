/* sample.h: two small pictures of two things each, made of emoji, and their texts: what the worked example and the drawings are of. */
#ifndef UNITER_SAMPLE_H
#define UNITER_SAMPLE_H

#include "batch.h"

enum { SAMPLES = 2, SAMPLE_REGIONS = 2, SAMPLE_COLOURS = 3, SAMPLE_CLASSES = 4, SAMPLE_WORDS = 16 };

typedef struct Sample {
    Wordpiece *vocabulary;
    Tokens tokens;
    const char *text[SAMPLES];
    Item item[SAMPLES];
    ItemSet set;
    int ids[SAMPLES][SAMPLE_WORDS], named[SAMPLES][SAMPLE_WORDS], kind[SAMPLES][SAMPLE_REGIONS];
    /* A region looks like its mean red, green and blue, 0 .. 1, on white. */
    real feat[SAMPLES][SAMPLE_REGIONS * SAMPLE_COLOURS], box[SAMPLES][SAMPLE_REGIONS * UNITER_BOX];
    real soft[SAMPLES][SAMPLE_REGIONS * SAMPLE_CLASSES]; /* of background, cat, dog, apple */
} Sample;

extern const char *const sample_thing[SAMPLES][SAMPLE_REGIONS]; /* "cat", … */

/* Made in place: its items point into it. data: the folder of the data sets. */
bool sample_make(Sample *s, const char *data, Error *err);
void sample_free(Sample *s);

#endif
