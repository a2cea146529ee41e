/* pretrain.h: UNITER's pretraining, one task a step. */
#ifndef UNITER_PRETRAIN_H
#define UNITER_PRETRAIN_H

#include "batch.h"
#include "steps.h"

/* The official ratios for COCO and Visual Genome are itm-ot 2 : mlm 2 : mrfr 1 : mrc-kl 1. Here mlm has 3, and there is itm 1, for the foils that
 * the official code does not have; and a fifth of the steps, the first, asks for nothing but where things are: among the other tasks it is
 * not learned. The optimiser is the official one; steps and learning rate are for a small model and set. */
extern const Recipe recipe_default;

/* Trains u, whose parameters alone are u->params: take_steps (steps.h). */
bool pretrain(Uniter *u, const ItemSet *set, const Tokens *tokens, const Recipe *r, uint64_t seed, const Keeping *keep,
              float *history, Error *err);
bool pretrain_plot(const char *out, float *history, int64_t steps, Error *err); /* plot_losses (steps.h) */

#endif
