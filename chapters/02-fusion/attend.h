/* attend.h: one layer of a Transformer that looks at itself or at another sequence: what the encoders and the cross-modal attention
 * (model.c) are made of. */
#ifndef FUSION_ATTEND_H
#define FUSION_ATTEND_H

#include "mm/nn.h"

typedef struct Attend {
    LayerNorm norm1, norm2;
    MultiheadAttention attn;
    Linear linear1, linear2;
} Attend;

Attend attend_init(Params *ps, const char *name, int width, int heads);
/* x (B, T, width) asks, memory (B, S, width) answers -> (B, T, width). mask: (B, 1, 1, S) of memory, or NULL. memory may be x. */
Tensor *attend_forward(Graph *g, const Attend *a, Tensor *x, Tensor *memory, Tensor *mask, real dropout);

/* sqrt(width) x + sines and cosines of the place (Vaswani et al. 2017), as MulT does it: (B, T, width) -> the same. */
Tensor *attend_place(Graph *g, Tensor *x);
/* The mean over the places that there are: x (B, T, width), length (B) or NULL -> (B, width). A length of 0 gives zeros. */
Tensor *attend_mean(Graph *g, Tensor *x, const int *length);

#endif
