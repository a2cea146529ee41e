/* mm/nn.h: layers and encoders. A layer is a plain struct of parameters with an init and a forward; the parameters belong to
 * the Params given to init. Names are those of the official code, so that its checkpoints can be read. */
#ifndef MM_NN_H
#define MM_NN_H

#include "mm/ops.h"

/* ---- small layers (layers.c) ---- */

typedef struct Linear {
    Tensor *weight, *bias; /* (out, in); (out) or NULL */
} Linear;

Linear mm_linear_init(Params *ps, const char *name, int in, int out, bool bias, Init weight);
Tensor *mm_linear_forward(Graph *g, const Linear *l, Tensor *x); /* (..., in) -> (..., out) */

typedef struct LayerNorm {
    Tensor *weight, *bias; /* (width) */
} LayerNorm;

LayerNorm mm_layernorm_init(Params *ps, const char *name, int width);
Tensor *mm_layernorm_forward(Graph *g, const LayerNorm *l, Tensor *x);

typedef struct BatchNorm {
    Tensor *weight, *bias, *running_mean, *running_var; /* (channels); the running ones are buffers */
    BatchnormOptions options;
} BatchNorm;

BatchNorm mm_batchnorm_init(Params *ps, const char *name, int channels, BatchnormOptions options);
Tensor *mm_batchnorm_forward(Graph *g, const BatchNorm *l, Tensor *x, Activation activation); /* (B, C, H, W) */

typedef struct ConvNorm { /* a convolution without bias, since a BatchNorm follows */
    Tensor *weight;       /* (out, in / groups, k, k) */
    BatchNorm norm;
} ConvNorm;

ConvNorm mm_convnorm_init(Params *ps, const char *conv, const char *norm, Shape weight, Init init, BatchnormOptions options);
Tensor *mm_convnorm_forward(Graph *g, const ConvNorm *c, Tensor *x, Conv2d options, Activation activation);

/* ---- the Transformer of CLIP (transformer.c) ---- */

typedef struct Block {
    const char *module; /* "resblocks.0" */
    LayerNorm ln_1, ln_2;
    Tensor *in_proj_weight, *in_proj_bias; /* (3 width, width), (3 width): queries, keys, values */
    Linear out_proj, c_fc, c_proj;
    int heads;
    bool causal, gelu; /* gelu: x Phi(x) in the MLP, as in open_clip's own models; init says false: QuickGELU, as in CLIP */
} Block;

typedef struct Transformer {
    Block *block;
    int layers;
} Transformer;

/* text: the initialisation that CLIP gives its text tower; otherwise PyTorch's defaults, which CLIP leaves its ViT. */
Transformer mm_transformer_init(Params *ps, const char *name, int width, int layers, int heads, bool causal, bool text);
Tensor *mm_transformer_forward(Graph *g, const Transformer *t, Tensor *x); /* (B, T, width) */

/* ---- recurrent networks (rnn.c) ---- with the names of PyTorch's nn.LSTM and nn.GRU: weight_ih_l0, … */

typedef enum RnnKind { MM_LSTM, MM_GRU } RnnKind;

typedef struct RnnLayer {
    Tensor *weight_ih, *weight_hh, *bias_ih, *bias_hh; /* (G, input), (G, hidden), (G), (G); G = 4 hidden, or 3 for the GRU */
} RnnLayer;

typedef struct Rnn {
    RnnKind kind;
    const char *name;
    RnnLayer *layer;
    int layers;
} Rnn;

Rnn mm_rnn_init(Params *ps, const char *name, RnnKind kind, int input, int hidden, int layers);
/* x (B, T, input) -> the last layer's states (B, T, hidden). length: B lengths, or NULL: all are T */
Tensor *mm_rnn_forward(Graph *g, const Rnn *r, Tensor *x, const int *length);
Tensor *mm_rnn_last(Graph *g, Tensor *states, const int *length); /* each sequence's last state (B, hidden) */

/* ---- BERT (bert.c) ---- with the names of Hugging Face's BertModel and of UNITER */

typedef struct BertConfig {
    int vocab, width, layers, heads, intermediate, positions, types;
    real dropout;
    real
        init; /* standard deviation of new weights; 0: 0.02, BERT's. That suits 768 numbers: W x shrinks with the root of the width */
} BertConfig;

typedef struct BertLayer {
    const char *module; /* "layer.0" */
    Linear query, key, value, attention_output, intermediate, output;
    LayerNorm attention_norm, output_norm;
} BertLayer;

typedef struct Bert {
    BertConfig config;
    const char *name;
    Tensor *word_embeddings, *position_embeddings,
        *token_type_embeddings; /* (vocab, width), (positions, width), (types, width) */
    LayerNorm embeddings_norm;
    BertLayer *layer;
    Linear pooler;
} Bert;

/* What all of BERT is made of, for what else a model puts on it: weights N(0, config.init), biases 0; a LayerNorm whose eps is 1e-12. */
Linear mm_bert_linear_init(Params *ps, const char *name, const BertConfig *c, int in, int out);
Tensor *mm_bert_norm(Graph *g, const LayerNorm *l, Tensor *x);

Bert mm_bert_init(Params *ps, const char *name, BertConfig config);
/* ids (B, T), types (B, T) or NULL, then all are 0 -> (B, T, width) */
Tensor *mm_bert_embed(Graph *g, const Bert *b, const int *ids, const int *types, int B, int T);
/* x (B, T, width), mask as in mm_sdpa or NULL -> (B, T, width) */
Tensor *mm_bert_encode(Graph *g, const Bert *b, Tensor *x, Tensor *mask);
Tensor *mm_bert_pool(Graph *g, const Bert *b, Tensor *x); /* tanh(W x[:, 0] + b): (B, width) */

/* ---- the Transformer decoder (decoder.c) ---- with the names of PyTorch's nn.TransformerDecoder */

typedef struct MultiheadAttention {
    Tensor *in_proj_weight, *in_proj_bias; /* (3 width, width), (3 width): queries, keys, values */
    Linear out_proj;
    int heads;
} MultiheadAttention;

MultiheadAttention mm_multihead_init(Params *ps, const char *name, int width, int heads);
/* x (B, T, width) asks, memory (B, S, width) answers -> (B, T, width). The last three as in mm_sdpa. */
Tensor *mm_multihead_forward(Graph *g, const MultiheadAttention *m, Tensor *x, Tensor *memory, Tensor *mask, bool causal,
                             real dropout);

typedef struct DecoderConfig {
    int width, layers, heads, feedforward;
    real dropout;
} DecoderConfig;

typedef struct DecoderLayer {
    const char *module; /* "layers.0" */
    MultiheadAttention self_attn, multihead_attn;
    Linear linear1, linear2;
    LayerNorm norm1, norm2, norm3;
} DecoderLayer;

typedef struct Decoder {
    DecoderConfig config;
    const char *name;
    DecoderLayer *layer;
    LayerNorm norm;
} Decoder;

Decoder mm_decoder_init(Params *ps, const char *name, DecoderConfig config);
/* x (B, T, width): what is written, with positions; memory (B, S, width), memory_mask as in mm_sdpa or NULL -> (B, T, width) */
Tensor *mm_decoder_forward(Graph *g, const Decoder *d, Tensor *x, Tensor *memory, Tensor *memory_mask);

/* ---- fusion of modalities (fusion.c) ---- */

Tensor *mm_outer(Graph *g, Tensor *a, Tensor *b); /* (B, M), (B, N) -> (B, M N): all products a_i b_j */
/* h[m] (B, d_m) -> the outer product of all [1 ; h_m], flattened: (B, (1 + d_0) (1 + d_1) …) */
Tensor *mm_tensor_fusion(Graph *g, int n, Tensor *const *h);

enum { MM_MAX_MODALITIES = 4 };

/* A linear layer on that tensor whose weight has low rank: y = sum_r w_r prod_m [1 ; h_m] W_m[r] + b. The tensor is never made. */
typedef struct LowRankFusion {
    int n;
    Tensor *factor[MM_MAX_MODALITIES];    /* (rank, 1 + d_m, out) */
    Tensor *fusion_weights, *fusion_bias; /* (1, rank), (1, out) */
} LowRankFusion;

LowRankFusion mm_low_rank_init(Params *ps, const char *name, int n, const int *dim, int rank, int out);
Tensor *mm_low_rank_forward(Graph *g, const LowRankFusion *f, Tensor *const *h); /* (B, out) */
/* Modality dropout of one example: present (n) holds 1 for a modality that is there, else 0. Each that is there is left out with probability p, but never
 * all of them; n draws of rng, and one more if all would have gone. */
void mm_modality_dropout(real *present, int n, double p, Rng *rng);

/* ---- optimal transport (transport.c) ---- */

Tensor *mm_cosine_cost(Graph *g, Tensor *x, Tensor *y); /* (B, M, D), (B, N, D) -> 1 - cos: (B, M, N) */
/* IPOT: cost (B, M, N), of which m[b] x n[b] count -> how much goes from where to where, (B, M, N). UNITER: beta 0.5, 50 iterations.
 * A constant: no gradient flows through it. */
Tensor *mm_transport_plan(Graph *g, const Tensor *cost, const int *m, const int *n, real beta, int iterations);
/* (B): sum of cost times plan. Its gradient is the plan: near the best plan, moving the plan changes the sum in second order only. */
Tensor *mm_transport_distance(Graph *g, Tensor *cost, const int *m, const int *n, real beta, int iterations);

/* ---- losses and similarities of a few ops each (losses.c) ---- constants are copied
 * scores or logits (N, N): one row an image, one column a text, pairs on the diagonal */
Tensor *mm_bce_with_logits(Graph *g, Tensor *logits, const real *targets); /* mean over all; a target in [0, 1] for each logit */
Tensor *mm_kl_divergence(Graph *g, Tensor *log_p, const real *q);          /* (..., K) -> sum_k q ln(q / p) (...) */
Tensor *mm_siglip_loss(Graph *g, Tensor *logits, const bool *pairs);       /* (N, M): true for a pair; NULL: the diagonal */
Tensor *mm_devise_loss(Graph *g, Tensor *scores, const int *labels, real margin); /* (N, M): mean over rows, sum over columns */
Tensor *mm_ranking_loss(Graph *g, Tensor *scores, real margin, bool hardest);     /* VSE++: both ways, summed over the batch */
Tensor *mm_cosine(Graph *g, Tensor *a, Tensor *b, real eps);                  /* a . b / max(|a| |b|, eps): (..., D) -> (...) */
Tensor *mm_order_scores(Graph *g, Tensor *image, Tensor *text, bool squared); /* (N, D), (M, D) -> (N, M) */

typedef struct ScanConfig { /* scan.c */
    bool text_to_image;     /* words look for their regions; false: regions for their words */
    real softmax_scale, lse_scale;
} ScanConfig;

/* images (N, regions, D), texts (M, most words, D) with words[M] true lengths -> (N, M): the log-sum-exp, or with lse_scale 0
 * the mean, of the cosines of all words (or regions) with what they find. */
Tensor *mm_scan_scores(Graph *g, Tensor *images, Tensor *texts, const int *words, ScanConfig config);

/* ---- the Lorentz model of hyperbolic space (lorentz.c) ---- a point is its space part (B, D); c > 0, a scalar, is the
 * curvature's size */
Tensor *mm_lorentz_exp0(Graph *g, Tensor *v, Tensor *c);                           /* the point that v reaches from the origin */
Tensor *mm_lorentz_inner(Graph *g, Tensor *x, Tensor *y, Tensor *c);               /* (N, D), (M, D) -> (N, M) */
Tensor *mm_lorentz_distance(Graph *g, Tensor *x, Tensor *y, Tensor *c);            /* (N, D), (M, D) -> (N, M) */
Tensor *mm_lorentz_half_aperture(Graph *g, Tensor *x, Tensor *c, real min_radius); /* (B, D) -> (B) */
Tensor *mm_lorentz_exterior_angle(Graph *g, Tensor *x, Tensor *y, Tensor *c);      /* (B, D), (B, D) -> (B) */
/* The mean over pairs of how far specific lies outside the cone of general. MERU: text and image, min_radius 0.1. */
Tensor *mm_entailment_loss(Graph *g, Tensor *general, Tensor *specific, Tensor *c, real min_radius);

/* ---- image encoders: pixels (B, 3, size, size) -> (B, embed) ---- */

typedef struct VitConfig {
    int size, patch, width, layers, heads, embed;
} VitConfig;

typedef struct Vit { /* vit.c */
    VitConfig config;
    const char *name;
    Tensor *patch_embed, *class_embedding, *positional_embedding, *proj; /* (width,3,p,p) (width) (tokens,width) (width,embed) */
    LayerNorm ln_pre, ln_post;
    Transformer transformer;
} Vit;

Vit mm_vit_init(Params *ps, const char *name, VitConfig config);
Tensor *mm_vit_forward(Graph *g, const Vit *v, Tensor *pixels);

enum { MM_MAX_STAGES = 6 };

typedef struct ResnetConfig {
    int size, stages, width[MM_MAX_STAGES], blocks[MM_MAX_STAGES]; /* channels and residual blocks of each stage */
    int embed;                                                     /* 0: only for mm_resnet_features */
} ResnetConfig;

typedef struct ResBlock {
    const char *module; /* "0" */
    ConvNorm first, second;
} ResBlock;

typedef struct ResStage {
    const char *module;      /* "layer1" */
    ConvNorm down, shortcut; /* 3x3 of stride 2; 1x1 after an average, none in the first stage */
    ResBlock *block;
} ResStage;

typedef struct Resnet { /* resnet.c */
    ResnetConfig config;
    const char *name;
    ResStage stage[MM_MAX_STAGES];
    Linear proj; /* from all channels at all places */
} Resnet;

Resnet mm_resnet_init(Params *ps, const char *name, ResnetConfig config);
Tensor *mm_resnet_forward(Graph *g, const Resnet *r, Tensor *pixels);
Tensor *mm_resnet_features(Graph *g, const Resnet *r, Tensor *pixels); /* the last stage's (B, width, H, W), before proj */

/* ---- the ResNet of CLIP (modified_resnet.c), with OpenAI's names ---- */

typedef struct AttentionPool {
    Tensor *positional_embedding; /* (1 + side side, width) */
    Linear q_proj, k_proj, v_proj, c_proj;
    int heads;
} AttentionPool;

/* side: of the picture of `width` channels that is pooled into `embed` numbers. */
AttentionPool mm_attnpool_init(Params *ps, const char *name, int side, int width, int heads, int embed);
Tensor *mm_attnpool_forward(Graph *g, const AttentionPool *p, Tensor *x); /* (B, width, side, side) -> (B, embed) */

typedef struct ModifiedResnetConfig {
    int layers[4], width, size; /* blocks of each stage; channels after the stem; pixels of a side, a multiple of 32 */
    int heads, embed;           /* of the attention that pools: CLIP takes width / 2 heads */
} ModifiedResnetConfig;

typedef struct Bottleneck {
    const char *module; /* "layer1.0" */
    ConvNorm conv1, conv2, conv3, downsample;
    int stride;
} Bottleneck;

typedef struct ModifiedResnet {
    ModifiedResnetConfig config;
    const char *name;
    ConvNorm stem[3];
    Bottleneck *layer[4];
    AttentionPool attnpool;
} ModifiedResnet;

/* RN50 is {.layers = {3, 4, 6, 3}, .width = 64, .size = 224, .heads = 32, .embed = 1024}. */
ModifiedResnet mm_modified_resnet_init(Params *ps, const char *name, ModifiedResnetConfig config);
Tensor *mm_modified_resnet_forward(Graph *g, const ModifiedResnet *r, Tensor *pixels);

/* ---- EfficientNet (efficientnet.c), with the names of Hugging Face's ALIGN ---- */

typedef struct MbconvConfig {
    int in, out, kernel, stride, expand; /* expand: how many times as many channels between */
    bool residual;                       /* x is added; in = out and stride 1 */
    bool symmetric;                      /* with stride 2: padded alike on both sides, as Keras pads pictures of odd size */
    real drop_connect;                   /* how often a sample skips the block in training, if it is residual */
    BatchnormOptions batchnorm;          /* eps 0: MM_KERAS_BATCHNORM */
} MbconvConfig;

typedef struct Excite { /* a 1x1 convolution of one pixel: (out, in, 1, 1), (out) */
    Tensor *weight, *bias;
} Excite;

typedef struct Mbconv {
    MbconvConfig config;
    const char *module;                  /* "blocks.0" */
    ConvNorm expand, depthwise, project; /* no expand if that is 1 */
    Excite squeeze, excite;
} Mbconv;

Mbconv mm_mbconv_init(Params *ps, const char *name, MbconvConfig config);
Tensor *mm_mbconv_forward(Graph *g, const Mbconv *m, Tensor *x); /* (B, in, H, W) -> (B, out, H / stride, W / stride) */

enum { MM_MOST_STAGES = 16, MM_MOST_MBCONV = 1000 };

typedef struct EfficientnetStage { /* before width and depth are scaled */
    int repeats, kernel, stride, expand, out;
    bool symmetric; /* see MbconvConfig */
} EfficientnetStage;

typedef struct EfficientnetConfig {
    double width, depth; /* how many times the channels and the blocks of the stages */
    int size;            /* pixels of a side */
    real drop_connect;   /* of the last block; it grows from 0 with the block's number */
    int stages;          /* 0: those of B0 */
    EfficientnetStage stage[MM_MOST_STAGES];
    BatchnormOptions batchnorm; /* eps 0: MM_KERAS_BATCHNORM */
} EfficientnetConfig;

typedef struct Efficientnet {
    EfficientnetConfig config;
    const char *name;
    ConvNorm stem;
    Mbconv *block;
    int blocks, features; /* channels of the last block */
} Efficientnet;

EfficientnetConfig mm_efficientnet_config(int b);                /* B0 … B7 */
EfficientnetConfig mm_efficientnet_stages(EfficientnetConfig c); /* with the stages filled in, if they were those of B0 */
/* Channels of the last block; blocks in all. */
int mm_efficientnet_features(const EfficientnetConfig *c);
int mm_efficientnet_blocks(const EfficientnetConfig *c);
int mm_efficientnet_channels(int base, double width); /* base scaled by width: a multiple of 8 */
Efficientnet mm_efficientnet_init(Params *ps, const char *name, EfficientnetConfig config);
Tensor *mm_efficientnet_forward(Graph *g, const Efficientnet *e, Tensor *pixels); /* (B, features): the mean over all places */

#endif
