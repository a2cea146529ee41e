/* recipe_options.h: the options of all commands that train. */
#ifndef ALIGN_RECIPE_OPTIONS_H
#define ALIGN_RECIPE_OPTIONS_H

#include "recipe.h"

#include <argp.h>

typedef struct RecipeOptions {
    Recipe recipe;                  /* when all options are read: the one that they ask for */
    const OptimizerKind *optimizer; /* NULL: the recipe's */
    double lr, weight_decay;        /* negative: what suits the optimiser */
} RecipeOptions;

extern const struct argp recipe_argp; /* a child, whose input is a RecipeOptions with anything in it */

#endif
