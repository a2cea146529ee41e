/* variants.h: the rows of a table that compares ways to fuse. */
#ifndef FUSION_VARIANTS_H
#define FUSION_VARIANTS_H

#include "learn.h"

typedef struct Variant {
    FusionKind fusion;
    LateRule rule;
    int alone; /* 0 ..: late fusion with this modality and no other, so what one knows by itself; -1: all of them */
} Variant;

enum { VARIANTS = MM_MODALITIES + LATE_RULES + FUSIONS - 1 };
extern const Variant variant[VARIANTS];

/* "voice alone", "late, by vote", "hybrid"; text has room for VARIANT_TEXT characters */
const char *variant_name(int v, const Task *t, char *text);
enum { VARIANT_TEXT = 40 };
Disturb variant_disturb(int v, Disturb d); /* d, and what is alone has the others missing */

#endif
