/* step.h: from a batch to the gradients of all parameters: in one process or many, at once or in parts. */
#ifndef CLIP_STEP_H
#define CLIP_STEP_H

#include "batch.h"
#include "mm/train.h"
#include "model.h"

typedef enum LossKind { LOSS_SOFTMAX, LOSS_SIGLIP } LossKind;

/* What of a tower is learned. */
typedef enum Freeze {
    FREEZE_NOTHING,
    FREEZE_BODY, /* all but its projection into the shared space: a linear head on fixed features */
    FREEZE_TOWER /* nothing is learned: locked, as the image tower in LiT (Zhai et al. 2022) */
} Freeze;

typedef struct Objective {
    LossKind loss;
    real smoothing; /* of the targets of the softmax */
    Freeze image, text;
} Objective;

typedef struct Step {
    const Clip *clip;
    Objective objective;
    const Ranks *ranks;  /* NULL: one process. Else the batch has the pictures of this rank's rows (BatchPlan.ranks) */
    bool local;          /* a rank computes the loss of its rows; otherwise each that of all rows */
    GradientMean *mean;  /* with ranks */
    int micro;           /* rows of a part; 0: all at once */
    FeatureCache *cache; /* with micro */
} Step;

/* Parameters that are not to be learned get no gradient from here on; before the optimiser is made. Returns how many these are. */
int step_freeze(Params *ps, const Objective *o);

/* Forward and backward: adds to the gradients of the parameters; *loss: of the whole batch. Returns the tensor that backward began from,
 * in g; or NULL where the batch was cut into parts, of which g keeps none. */
Tensor *step_gradients(Graph *g, const Step *s, const Batch *b, real *loss);

#endif
