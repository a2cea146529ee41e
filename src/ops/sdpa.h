/* sdpa.h: the options of attention in its general form. Private to src/ops. */
#ifndef MM_SDPA_H
#define MM_SDPA_H

#include "dropout.h"

typedef struct SdpaAttr {
    int heads;
    bool causal; /* as a mask with -infinity for keys later than the query */
    Dropout dropout;
} SdpaAttr;

#endif
