/* opinions.h: how positive each item is to models that have not seen it: what fusions learn from in a moment. */
#ifndef FUSION_OPINIONS_H
#define FUSION_OPINIONS_H

#include "learn.h"

typedef struct Opinions {
    const Task *task;          /* whose examples they are */
    int n[MM_MODALITIES];      /* items */
    int *asked[MM_MODALITIES]; /* (n): how many models have been */
    real *sum[MM_MODALITIES];  /* (n): of their log odds: above 0 where they find class 1 likelier */
} Opinions;

Opinions opinions_new(const Task *task, const int *items); /* the caller frees */
void opinions_free(Opinions *o);
/* Asks net, late fusion that learned `taught`, about each of n items of modality m, by that modality alone. */
void opinions_ask(Opinions *o, const Net *net, const Task *taught, int m, const int *item, int n);
/* The same task, of which each part is one number: the mean of the log odds. Noise is added to none. o must outlive it. */
Task opinions_task(const Opinions *o);

#endif
