/* encoded.h: what trained encoders make of every item, worked out once: from it each fusion learns in a moment. */
#ifndef FUSION_ENCODED_H
#define FUSION_ENCODED_H

#include "learn.h"

typedef struct EncodedList {
    int n, T;     /* items; places of the longest */
    real *states; /* (n, T, width) */
    real *vector; /* (n, width) */
    int *length;  /* (n) */
} EncodedList;

typedef struct EncodedItems {
    const Task *task; /* whose examples they are */
    int width;
    EncodedList list[MM_MODALITIES];
} EncodedItems;

/* Runs all items of task through net's encoders; items: how many there are of each modality. The caller frees. */
EncodedItems encoded_new(const Net *net, const Task *task, const int *items);
void encoded_free(EncodedItems *e);
/* The same task, of which each part is what the encoders made of it; noise is added to the vectors. e must outlive it. */
Task encoded_task(const EncodedItems *e);

#endif
