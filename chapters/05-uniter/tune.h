/* tune.h: fine-tuning: a pretrained UNITER gets a head for each of some skills and learns them together, one a step; or one alone. */
#ifndef UNITER_TUNE_H
#define UNITER_TUNE_H

#include "skills.h"
#include "steps.h"

typedef struct Tuning {
    Recipe recipe; /* ratio: of the skills, 0 for those that are not learned */
    Hiding hiding;
    DecoderKind decoder;
} Tuning;

extern const Tuning tuning_default; /* all skills, the harder ones more often */

/* Puts the heads on t and trains all of it. history (recipe.steps, LOG_COLUMNS) is filled. l gets the targets of t's answers. */
bool tune(Tuned *t, Lessons *l, const Tuning *how, uint64_t seed, const Keeping *keep, float *history, Error *err);
Course tune_course(void); /* the names of the skills, for plot_losses */

#endif
