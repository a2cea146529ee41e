/* pairs.h: pairs to be filtered: the clip art that ships, or own pictures with captions. */
#ifndef ALIGN_PAIRS_H
#define ALIGN_PAIRS_H

#include "mm/web.h"

typedef struct FoundPairs {
    char name[256]; /* what they are, for a headline */
    NoiseSet noise; /* counted */
    ClipArt art;
    CaptionSet captions;
    int *picture; /* (noise.n), of own captions: the picture in the set */
} FoundPairs;

/* captions.path NULL: the clip art in the folder data. */
bool pairs_load(const char *data, const CaptionFile *captions, FoundPairs *pairs, Error *err);
void pairs_free(FoundPairs *pairs);
const char *pairs_path(const FoundPairs *pairs, int i); /* of the picture */

/* A table of the pairs that by (n) leaves, -1, in the form that their reader takes: of the clip art its columns and the number of
 * the cell, of own captions filepath and title. */
bool pairs_write_kept(const FoundPairs *pairs, const int *by, const char *path, Error *err);

#endif
