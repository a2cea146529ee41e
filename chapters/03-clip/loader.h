/* loader.h: batches one after the other; the next is filled by a thread of its own while the step computes with this one. */
#ifndef CLIP_LOADER_H
#define CLIP_LOADER_H

#include "batch.h"

typedef struct Loader Loader;

/* ahead: fill in advance, from step `first` to before step `end`. Either way the batches have the same bits. */
Loader *loader_new(const BatchPlan *plan, bool ahead, int64_t first, int64_t end);
void loader_free(Loader *l);
int loader_steps_per_round(const Loader *l); /* 0: the plan's batch is larger than a round */
/* The batch of the next step, which is the loader's until the next call. NULL: an error. */
const Batch *loader_next(Loader *l, Error *err);
double loader_waited(const Loader *l); /* seconds that loader_next took so far */

#endif
