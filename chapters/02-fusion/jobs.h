/* jobs.h: many models that have nothing to do with each other, trained side by side, one on each processor. */
#ifndef FUSION_JOBS_H
#define FUSION_JOBS_H

#include "learn.h"

typedef struct Learning {
    const Task *task;
    Recipe recipe;
    uint64_t seed;
    Onlooker *onlook; /* may be NULL */
    void *context;
    Net net; /* the result; the caller frees it */
} Learning;

/* Trains them all, with a progress bar; false: the first error, and no net is left. */
bool jobs_run(Learning *job, int n, Error *err);
void jobs_free(Learning *job, int n);

#endif
