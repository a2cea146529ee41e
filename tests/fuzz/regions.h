/* regions.h: what must hold of region features from any file. */
#ifndef FUZZ_REGIONS_H
#define FUZZ_REGIONS_H

#include "fuzz.h"
#include "mm/annotations.h"

#include <math.h>

static inline void check_regions(const Regions *r)
{
    MUST(r->n >= 0 && r->width >= 0 && (r->soft_label != NULL || r->classes == 0));
    for (size_t i = 0; i < (size_t)r->n * (size_t)r->width; i++) {
        MUST(isfinite(r->feature[i]));
    }
    for (int i = 0; i < r->n * MM_BOX_NUMBERS; i++) {
        MUST(r->box[i] >= 0 && r->box[i] <= 1);
    }
}

#endif
