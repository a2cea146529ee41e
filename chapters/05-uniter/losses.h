/* losses.h: what UNITER is trained on: one of these tasks a step. */
#ifndef UNITER_LOSSES_H
#define UNITER_LOSSES_H

#include "model.h"

typedef enum Task {
    TASK_MLM,       /* which word was masked? */
    TASK_MLM_WHERE, /* the same, where the words that say where things are were masked, and no others; not UNITER's */
    TASK_MRFR,      /* what did the masked region look like? its features */
    TASK_MRC,       /* its most likely class but background */
    TASK_MRC_KL,    /* how likely each class is */
    TASK_ITM,       /* does the text belong to the picture? */
    TASK_ITM_OT,    /* the same, and words are to be near the regions that they name: word-region alignment (WRA) */
    TASKS
} Task;

extern const char *const task_name[TASKS + 1]; /* ends with NULL */

/* What is asked of a batch. A task reads what it needs; all for masked regions is in the order of the batch's B and R. */
typedef struct Asked {
    int n;              /* MLM: masked words */
    const int *at;      /* n: where they are among the batch's ids (B, T) */
    const int *word;    /* n: what they were */
    const real *soft;   /* (B, R, label_dim): the detector's opinion of each region */
    const int *matched; /* B: 1 where text and picture belong together */
} Asked;

/* As in the official code, the mean over everything: masked words; masked regions and their numbers, or classes; examples. The paper has
 * sums over a region's numbers, which are img_dim or label_dim times as large. */
Tensor *uniter_loss(Graph *g, const Uniter *u, Task task, const UniterBatch *b, const Asked *asked);

/* What uniter_loss is made of. hidden: of uniter_encode. */
Tensor *uniter_mlm_loss(Graph *g, const Uniter *u, Tensor *hidden, const UniterBatch *b, const Asked *asked);
Tensor *uniter_mrfr_loss(Graph *g, const Uniter *u, Tensor *hidden, const UniterBatch *b);
Tensor *uniter_mrc_loss(Graph *g, const Uniter *u, Tensor *hidden, const UniterBatch *b, const Asked *asked, bool kl);
Tensor *uniter_itm_loss(Graph *g, const Uniter *u, Tensor *hidden, const Asked *asked);
/* How much of each word goes to each region, (B, T, R): which word is which region, by the cheapest transport. states: `aligned` of
 * uniter_states. */
Tensor *uniter_plan(Graph *g, const UniterBatch *b, Tensor *states);
/* config.wra_weight (sum over pairs of the transport distance - sum over those that are none) / B: the latter are pushed apart. */
Tensor *uniter_wra_loss(Graph *g, const Uniter *u, const UniterBatch *b, Tensor *states, const Asked *asked);

#endif
