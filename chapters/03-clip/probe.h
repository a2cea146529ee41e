/* probe.h: what an encoder knows of pictures before the last projection. */
#ifndef CLIP_PROBE_H
#define CLIP_PROBE_H

#include "tasks.h"

/* Numbers of a picture. */
typedef struct Features {
    int D;
    real *at; /* (n, D), as they are: not brought to length 1 */
} Features;

/* The input of the projection that ends the encoder, or, if `projected`, its result. The caller frees `at`. */
Features features_of(const Clip *clip, const Picture *picture, int n, bool projected);
/* Without a model: mm_pixel_features, so long that the mean square of a number is 1, which lets the same C mean the same. */
Features features_pixels(const Picture *picture, int n);
/* The same model before training: numbers drawn from the seed. The caller frees the Params. */
Clip features_untrained(const Clip *clip, uint64_t seed, Params **ps);

#endif
