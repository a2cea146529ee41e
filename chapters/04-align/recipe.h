/* recipe.h: the model that is trained and how, with defaults that learn the clip art in some minutes on two cores. */
#ifndef ALIGN_RECIPE_H
#define ALIGN_RECIPE_H

#include "mm/data.h"
#include "mm/train.h"
#include "model.h"

typedef struct Recipe {
    AlignConfig model; /* text.vocab: the most that is asked of the tokeniser */
    double epochs;
    int batch;
    const OptimizerKind *optimizer; /* LAMB, AdamW or Muon */
    double lr, weight_decay, clip_norm;
    double warmup;          /* part of all steps; the paper: 10,000 of 1,200,000 */
    double smoothing;       /* of the targets; ALIGN: 0.1 */
    bool fixed_temperature; /* it is not learned */
    bool clip_loss;         /* CLIP's loss instead of ALIGN's, on the same encoders */
    Augment augment;
    double sentences; /* how often a text is read as "a red apple.": captions come in both forms, names only in one */
} Recipe;

Recipe recipe_default(void);
void recipe_quick(Recipe *r);                                 /* a short form of the same, for tests and a first look */
void recipe_use(Recipe *r, const OptimizerKind *kind);        /* with the learning rate and the weight decay that suit it */
Optimizer *recipe_optimizer(const Recipe *r, Params *params); /* lives as long as the parameters */
/* Everything that decides the numbers of a run but the data, as text: a resumed run must agree in all of it. The caller frees. */
char *recipe_text(const Recipe *r, uint64_t seed, int pairs, int64_t steps);

#endif
