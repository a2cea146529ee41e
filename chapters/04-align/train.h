/* train.h: a training run: options (train_options.c), the loop (train.c), its figures (curves.c). */
#ifndef ALIGN_TRAIN_H
#define ALIGN_TRAIN_H

#include "batch.h"
#include "measure.h"
#include "mm/inspect.h"
#include "program.h"
#include "recipe_options.h"

typedef struct TrainOptions {
    Common common;
    SetOptions set;
    RecipeOptions with;
    bool resume, quick;
    int save_every, evaluations;
    long long stop_after; /* steps of this process; 0: to the end */
    const char *shards;   /* train on these, for so many steps; NULL: on `set` */
    int steps, pool;
    GraphStep graph;
} TrainOptions;

TrainOptions train_options(int argc, char **argv); /* ends the program with argp's usage error */

/* What is noted of every step; NaN where nothing was measured. R@10 of the first test and of the second, if there is one. */
enum { LOG_LOSS, LOG_TEMPERATURE, LOG_LR, LOG_FIRST, LOG_SECOND, LOG_COLUMNS };

/* Writes OUT/log.tsv, loss.svg, temperature.svg and, if anything was measured on the way, recall.svg. gnuplot draws; without it only the
 * table is written, and a line says so. */
bool curves_write(const TrainOptions *o, const Recipe *r, const TrainState *state, int64_t steps, const PairSet *set, Error *err);

#endif
