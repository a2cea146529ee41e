/* model.h: UNITER (Chen et al. 2019): one Transformer that reads the words of a text and the regions of a picture as one sequence, and
 * a head for each task that it learns from. Names of tensors are those of the official code. */
#ifndef UNITER_MODEL_H
#define UNITER_MODEL_H

#include "mm/nn.h"

enum { UNITER_BOX = 7 }; /* left, top, right, bottom, width, height as parts of the picture's, and width times height */

typedef struct UniterConfig {
    BertConfig bert;
    int img_dim, label_dim; /* numbers that a region is described by; classes of regions, of which 0 is background */
    /* Words are moved onto regions (WRA) before they have seen each other: embeddings of words, and of what regions look like, not where they
     * are; false: as the last layer has both. */
    bool align_looks;
    real wra_weight; /* of that loss beside ITM's; 0: 0.1, the paper's */
} UniterConfig;

typedef struct UniterHead { /* LN(gelu(W x + b)) */
    Linear dense;
    LayerNorm norm;
} UniterHead;

typedef struct Uniter {
    UniterConfig config;
    Params *params;
    Bert bert;
    Linear img_linear, pos_linear; /* (width, img_dim), (width, 7) */
    LayerNorm img_layer_norm, pos_layer_norm, img_norm;
    Tensor *mask_embedding; /* (2, img_dim): row 1 stands for a masked region */
    UniterHead words, features, classes;
    Tensor *words_bias, *features_bias; /* (vocab), (img_dim): their weights are those of the embeddings */
    Linear class_output, itm_output;    /* (label_dim, width), (2, width) */
} Uniter;

UniterConfig uniter_base(void), uniter_large(void);
Uniter uniter_init(Params *ps, UniterConfig config);

/* Texts and the regions of their pictures. Nothing is copied: it must last as long as the graph. */
typedef struct UniterBatch {
    int B, T, R;        /* examples; most words, most regions of one */
    const int *ids;     /* (B, T) */
    const int *words;   /* B: how many of T there are, [CLS] and [SEP] included */
    const int *regions; /* B: how many of R there are; 0 is allowed, where no task asks for regions */
    Tensor *feat, *box; /* (B, R, img_dim), (B, R, 7) */
    const bool *masked; /* (B, R): regions whose features are hidden; NULL: none */
    Tensor *when;       /* (B, R, width): added to the embedding of each region, for when it is seen; NULL: all at once */
} UniterBatch;

/* Of each example its words, then its regions, without a gap, then padding: (B, L, width), L the most of both together. */
typedef struct UniterStates {
    Tensor *embedded, *hidden; /* before the first layer, and behind the last */
    Tensor *aligned;           /* what config.align_looks says */
} UniterStates;

UniterStates uniter_states(Graph *g, const Uniter *u, const UniterBatch *b);
Tensor *uniter_encode(Graph *g, const Uniter *u, const UniterBatch *b); /* hidden */
/* Where among the rows of hidden, counted over the batch, a region of an example is; a word is at example L + word. */
int uniter_region_row(const UniterBatch *b, int L, int example, int region);
/* Rows row[0 .. n-1] of hidden (B, L, D), counted over the batch: (n, D) */
Tensor *uniter_rows(Graph *g, Tensor *hidden, const int *row, int n);

/* ---- heads: rows (n, width) ---- */

Tensor *uniter_word_logits(Graph *g, const Uniter *u, Tensor *rows);   /* (n, vocab) */
Tensor *uniter_feature_guess(Graph *g, const Uniter *u, Tensor *rows); /* (n, img_dim) */
Tensor *uniter_class_logits(Graph *g, const Uniter *u, Tensor *rows);  /* (n, label_dim) */
Tensor *uniter_match_logits(Graph *g, const Uniter *u,
                            Tensor *hidden); /* (B, 2): does the text belong to the picture? 1 is yes */
/* What moving the words onto the regions costs, 1 - cosine each, of states (B, L, width): (B, T, R) */
Tensor *uniter_cost(Graph *g, const UniterBatch *b, Tensor *states);

#endif
