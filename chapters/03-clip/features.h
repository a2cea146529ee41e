/* features.h: what an encoder knows of pictures before the last projection. */
#ifndef CLIP_FEATURES_H
#define CLIP_FEATURES_H

#include "tasks.h"

/* Numbers of a picture. */
typedef struct Features {
    int D;
    real *at; /* (n, D), as they are: not brought to length 1 */
} Features;

/* The input of the projection that ends the encoder, or, if `projected`, its result. The caller frees `at`. */
Features features_of(const Clip *clip, const Picture *picture, int n, bool projected);
/* The same model before training: numbers drawn from the seed. The caller frees the Params. */
Clip features_untrained(const Clip *clip, uint64_t seed, Params **ps);

#endif
