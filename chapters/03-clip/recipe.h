/* recipe.h: the model that is trained and how, with defaults that learn the emoji in three minutes on two cores. */
#ifndef CLIP_RECIPE_H
#define CLIP_RECIPE_H

#include "batch.h"
#include "mm/train.h"
#include "model.h"

typedef struct Recipe {
    ClipConfig model; /* vocab: the most that is asked of the tokeniser */
    double epochs;
    int batch;
    bool by_concept;                /* see BatchPlan */
    const OptimizerKind *optimizer; /* mm_adamw or mm_muon */
    double lr, weight_decay, beta1, beta2, eps;
    double momentum, rms; /* of Muon, for the matrices */
    double clip_norm;
    double warmup;    /* part of all steps */
    double smoothing; /* of the targets, see clip_loss */
    Augment augment;
    CaptionMix mix;
} Recipe;

Recipe recipe_default(ImageEncoder image);
/* A short form of the same, for tests and a first look. */
void recipe_quick(Recipe *r);
Optimizer *recipe_optimizer(const Recipe *r, Params *params); /* lives as long as the parameters */
/* Everything that decides the numbers of a run, as text: a resumed run must agree in all of it. The caller frees. */
char *recipe_text(const Recipe *r, uint64_t seed, int pictures, int64_t steps);

#endif
