/* regions.h: what the readers of region features share. Private to src/data. */
#ifndef MM_REGIONS_H
#define MM_REGIONS_H

#include "mm/annotations.h"

/* Fills r->box from corners (n, stride) as parts of the picture; checks all numbers. where: "x.npz" or "x.tsv:12", for messages. */
bool mm_regions_finish(const char *where, Regions *r, const real *corner, int stride, Error *err);

#endif
