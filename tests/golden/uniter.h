/* uniter.h: a tiny UNITER (Chen et al. 2019) of the library's parts, with the tensor names of its official code. */
#ifndef GOLDEN_UNITER_H
#define GOLDEN_UNITER_H

#include "mm/nn.h"

enum { VOCAB = 40, WIDTH = 16, IMG_DIM = 12, LABELS = 9, BOX = 7 };

typedef struct Uniter {
    Bert bert;
    Linear img_linear, pos_linear;
    LayerNorm img_layer_norm, pos_layer_norm, img_norm;
    Tensor *mask_embedding;            /* (2, IMG_DIM) */
    Linear mlm_transform, mlm_decoder; /* the decoder's weight is that of the words */
    LayerNorm mlm_norm;
    Linear regress; /* then img_linear's weight, turned, and regress_bias */
    LayerNorm regress_norm;
    Tensor *regress_bias;
    Linear classifier, labels;
    LayerNorm classifier_norm;
    Linear itm_output;
} Uniter;

typedef struct UniterBatch {
    int B, T, R, L;         /* examples; most words, regions, and of both together */
    const int *ids;         /* (B, T) */
    const int *text_length; /* B */
    const int *regions;     /* B */
    Tensor *feat, *box;     /* (B, R, IMG_DIM), (B, R, BOX) */
    const int *masked;      /* (B, R): 1 where a region is masked; NULL: none are */
} UniterBatch;

Uniter uniter_init(Params *ps);
/* Words and regions, each example's without a gap: (B, L, WIDTH) */
Tensor *uniter_forward(Graph *g, const Uniter *u, const UniterBatch *batch);
/* Rows row[0 .. n-1] of hidden (B, L, WIDTH), counted over the batch: (n, WIDTH) */
Tensor *uniter_rows(Graph *g, Tensor *hidden, const int *row, int n);

Tensor *uniter_mlm(Graph *g, const Uniter *u, Tensor *rows);   /* logits (n, VOCAB) */
Tensor *uniter_mrfr(Graph *g, const Uniter *u, Tensor *rows);  /* features (n, IMG_DIM) */
Tensor *uniter_mrc(Graph *g, const Uniter *u, Tensor *rows);   /* logits (n, LABELS) */
Tensor *uniter_itm(Graph *g, const Uniter *u, Tensor *hidden); /* logits (B, 2) */
/* How far words and regions of each example are apart: (B) */
Tensor *uniter_transport(Graph *g, const UniterBatch *batch, Tensor *hidden);

#endif
