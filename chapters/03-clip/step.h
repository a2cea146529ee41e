/* step.h: from a batch to the gradients of all parameters. */
#ifndef CLIP_STEP_H
#define CLIP_STEP_H

#include "batch.h"
#include "model.h"

/* What the two encoders make of a batch, not normalised. */
typedef struct Features {
    Tensor *image;           /* (n, embed) */
    Tensor *text[LANGUAGES]; /* (texts, embed) */
} Features;

Features step_features(Graph *g, const Clip *clip, const Batch *b);
/* The loss of a batch from its features: the mean over the languages. */
Tensor *step_loss(Graph *g, const Clip *clip, const Batch *b, const Features *f, real smoothing);
/* Forward and backward: adds to the gradients of the parameters and returns the loss, which lives in g. */
Tensor *step_gradients(Graph *g, const Clip *clip, const Batch *b, real smoothing);

#endif
