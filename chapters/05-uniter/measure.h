/* measure.h: what a pretrained model knows: matching, masked words, and alignment, which can be measured where it is known which region a
 * word names. Each with chance and with what answers without looking. */
#ifndef UNITER_MEASURE_H
#define UNITER_MEASURE_H

#include "scenes.h"

typedef struct Accuracy {
    int asked;
    double model, chance, baseline; /* 0 .. 1; NaN where nothing was asked */
} Accuracy;

typedef struct Measures {
    /* Each text with its own picture and with another's. Baseline: always the same answer. */
    Accuracy itm;
    /* Each text and one that is false in this respect, with its own picture. Baseline: always the same answer. */
    Accuracy foil[MM_SCENE_RESPECTS];
    /* Each word that names a region, masked alone. Baseline: the same model without the picture. Chance: a word at random. */
    Accuracy mlm;
    Accuracy where; /* the same of each word that says where things are */
    /* Each such word: is the region that most of it is moved to of the kind that it names? Baseline: the largest region. Chance: a region at random. */
    Accuracy alignment;
} Measures;

Measures measure(const Uniter *u, const ItemSet *set, const Tokens *tokens, uint64_t seed);

#endif
