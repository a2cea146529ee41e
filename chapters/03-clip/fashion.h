/* fashion.h: CLIP on painted clothes, in three parts: train, measure, search. */
#ifndef CLIP_FASHION_H
#define CLIP_FASHION_H

#include "garments.h"
#include "program.h"

/* fashion_train.c: a new model, trained on all pairs but those held out. plain: on pairs alone, without texts that name only a part and
 * without colours that have no name. The caller frees it. */
bool fashion_train(const Garments *train, uint64_t seed, int steps, bool plain, ClipModel *model, Error *err);

/* The part of right answers among a hundred, and of those that are right in the kind, in the colour. */
typedef struct Score {
    double pair, kind, colour;
} Score;

/* Of pictures of the pairs trained on, and of those held out. */
typedef struct Scores {
    Score seen, held_out;
} Scores;

typedef struct FashionResult {
    Scores pixels, parts;        /* what learns nothing: the nearest picture; kind and colour each for itself */
    Scores model[LANGUAGES];     /* which text for a picture */
    double precision[LANGUAGES]; /* which pictures for the text of a held-out pair: how many of the first ten are right */
} FashionResult;

/* fashion_measure.c: every test picture in every colour against every pair. */
bool fashion_measure(const ClipModel *model, const Garments *train, const Garments *test, FashionResult *result, Error *err);

/* fashion_shop.c: paints each test picture in one colour, as files in OUT/shop, indexes them in OUT/index.safetensors and searches
 * there for a text. */
bool fashion_shop(const ClipModel *model, const Garments *test, const char *query, const char *out, Error *err);

int command_fashion(int argc, char **argv);

#endif
