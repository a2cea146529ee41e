/* heads.h: what is put on a pretrained UNITER for one task each: answers to questions, whether a statement holds, ranking pictures and
 * texts, the region that is meant. (Captions: caption.h.) */
#ifndef UNITER_HEADS_H
#define UNITER_HEADS_H

#include "model.h"

typedef struct VqaHead { /* LN(gelu(W x + b)), twice as wide, then a score for each answer */
    const char *name;
    Linear dense, output;
    LayerNorm norm;
} VqaHead;

/* name: "vqa_output"; the official code answers with the same head whether a statement follows from a picture. */
VqaHead vqa_init(Params *ps, const char *name, const UniterConfig *c, int answers);
Tensor *vqa_logits(Graph *g, const Uniter *u, const VqaHead *head, Tensor *hidden); /* (B, L, width) -> (B, answers) */
/* targets (B, answers): how right each answer is, 0 .. 1; several may be. Binary cross-entropy, summed over the answers, mean over B. */
Tensor *vqa_loss(Graph *g, Tensor *logits, const real *targets);

typedef struct RankHead {
    Linear output; /* (1, width) */
} RankHead;

RankHead rank_init(Params *ps, const Uniter *u);                                      /* begins as what ITM answers yes with */
Tensor *rank_scores(Graph *g, const Uniter *u, const RankHead *head, Tensor *hidden); /* (B, L, width) -> (B) */
/* scores (groups k): in groups of k, of which the first is the pair and the others are not. Mean of max(0, margin + s(other) - s(pair)) with
 * s the sigmoid; the paper's margin is 0.2. */
Tensor *rank_loss(Graph *g, Tensor *scores, int k, real margin);
/* The `keep` candidates of n with the highest scores, the highest first; of equals the first: the hard negatives. */
void hardest(const real *score, int n, int keep, int *which);

typedef struct ReferHead {
    Linear output; /* (1, width) */
} ReferHead;

ReferHead refer_init(Params *ps, const UniterConfig *c);
/* hidden (B, L, width) -> how well each region of an example fits what its text says, (B, R); where there is none, -10000 */
Tensor *refer_scores(Graph *g, const ReferHead *head, const UniterBatch *b, Tensor *hidden);

#endif
