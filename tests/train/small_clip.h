/* small_clip.h: a CLIP that trains in milliseconds a step, large enough that threads share its work. */
#ifndef SMALL_CLIP_H
#define SMALL_CLIP_H

#include "../../chapters/03-clip/model.h"
#include "mm/train.h"

typedef struct SmallClip {
    Clip clip;
    Graph *graph;
    TrainState state;
} SmallClip;

SmallClip small_clip_new(ImageEncoder image, const OptimizerKind *kind, int64_t most_steps);
void small_clip_free(SmallClip *s);
/* One step, of a batch that depends on its number alone. */
void small_clip_step(SmallClip *s);

#endif
