/* pretrain.h: one task a step, drawn by ratio, until the steps are done. */
#ifndef UNITER_PRETRAIN_H
#define UNITER_PRETRAIN_H

#include "batch.h"
#include "mm/train.h"

typedef struct Recipe {
    int ratio[TASKS]; /* how often each task is drawn */
    int64_t steps, warmup;
    int batch;
    double lr, weight_decay, clip_norm;
} Recipe;

/* The official ratios for COCO and Visual Genome, itm-ot 2 : mlm 2 : mrfr 1 : mrc-kl 1, and its optimiser; steps and learning rate are for
 * a small model and set. */
extern const Recipe recipe_default;

enum { LOG_TASK, LOG_LOSS, LOG_COLUMNS }; /* of each step */

/* How a run is kept. */
typedef struct Keeping {
    const char *state;    /* file of all that a run needs to go on */
    bool resume;          /* go on from it, to the same bits */
    int save_every;       /* steps */
    long long stop_after; /* steps of this process; 0: to the end */
} Keeping;

/* Trains u, whose parameters alone are u->params. history (steps, LOG_COLUMNS) is filled. Ctrl-C (mm_catch_interrupt) saves and returns
 * false, as stop_after does; a loss that is no number ends the run too. Depends on u, set, recipe and seed alone. */
bool pretrain(Uniter *u, const ItemSet *set, const Tokens *tokens, const Recipe *r, uint64_t seed, const Keeping *keep,
              float *history, Error *err);
/* OUT/log.tsv, and OUT/loss.svg: the losses of each task. */
bool pretrain_plot(const char *out, float *history, int64_t steps, Error *err);

#endif
