/* steps.h: training on several tasks, one a step, drawn by ratio, until the steps are done: pretraining and fine-tuning. */
#ifndef UNITER_STEPS_H
#define UNITER_STEPS_H

#include "mm/train.h"

enum { MOST_TASKS = 8 };

typedef struct Recipe {
    int ratio[MOST_TASKS]; /* how often each task is drawn */
    int first;             /* the task of the first first_steps steps */
    int64_t first_steps, steps, warmup;
    int batch;
    double lr, weight_decay, clip_norm;
} Recipe;

enum { LOG_TASK, LOG_LOSS, LOG_COLUMNS }; /* of each step */

/* How a run is kept. */
typedef struct Keeping {
    const char *state;    /* file of all that a run needs to go on */
    bool resume;          /* go on from it, to the same bits */
    int save_every;       /* steps */
    long long stop_after; /* steps of this process; 0: to the end */
} Keeping;

/* What is learned in a run. */
typedef struct Course {
    int tasks;
    const char *const *task;                                                 /* their names */
    Tensor *(*loss)(void *context, Graph *g, int task, int batch, Rng *rng); /* of so many examples, drawn from rng */
    void *context;
    const char *what; /* what beside the recipe decides the numbers: a run goes on only under the same */
} Course;

/* Trains ps. history (steps, LOG_COLUMNS) is filled. Ctrl-C (mm_catch_interrupt) saves and returns false, as stop_after does; a loss that is
 * no number ends the run too. Depends on parameters, course, recipe and seed alone. */
bool take_steps(const Course *c, Params *ps, const Recipe *r, uint64_t seed, const Keeping *keep, float *history, Error *err);
/* OUT/log.tsv, and OUT/loss.svg: the losses of each task. */
bool plot_losses(const Course *c, const char *out, float *history, int64_t steps, Error *err);

#endif
