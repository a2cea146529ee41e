/* mm/nn.h: layers and encoders. A layer is a plain struct of parameters with an init and a forward; the parameters belong to
 * the Params given to init. Names are OpenAI's for CLIP, so that its checkpoints can be read. */
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

/* ---- the Transformer of CLIP (transformer.c) ---- */

typedef struct Block {
    const char *module; /* "resblocks.0" */
    LayerNorm ln_1, ln_2;
    Tensor *in_proj_weight, *in_proj_bias; /* (3 width, width), (3 width): queries, keys, values */
    Linear out_proj, c_fc, c_proj;
    int heads;
    bool causal;
} Block;

typedef struct Transformer {
    Block *block;
    int layers;
} Transformer;

/* text: the initialisation that CLIP gives its text tower; otherwise PyTorch's defaults, which CLIP leaves its ViT. */
Transformer mm_transformer_init(Params *ps, const char *name, int width, int layers, int heads, bool causal, bool text);
Tensor *mm_transformer_forward(Graph *g, const Transformer *t, Tensor *x); /* (B, T, width) */

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
    int embed;
} ResnetConfig;

typedef struct ConvNorm {
    Tensor *weight; /* (out, in, 3, 3) or (out, in, 1, 1) */
    BatchNorm norm;
} ConvNorm;

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

#endif
