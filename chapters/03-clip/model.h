/* model.h: CLIP (Radford et al. 2021): two encoders into one space, and the loss that pulls pairs together. */
#ifndef CLIP_MODEL_H
#define CLIP_MODEL_H

#include "mm/nn.h"

typedef enum ImageEncoder { CLIP_RESNET, CLIP_VIT } ImageEncoder;

typedef struct ClipConfig {
    ImageEncoder image;
    ResnetConfig resnet; /* the one that `image` names counts */
    VitConfig vit;
    int size, embed; /* pixels of a side; width of the shared space */
    int context, vocab, text_width, text_layers, text_heads;
} ClipConfig;

typedef struct Clip {
    ClipConfig config;
    Params *params;
    Resnet resnet;
    Vit vit;
    Tensor *token_embedding, *positional_embedding; /* (vocab, text_width), (context, text_width) */
    Transformer transformer;
    LayerNorm ln_final;
    Tensor *text_projection, *logit_scale; /* (text_width, embed), scalar */
} Clip;

Clip clip_init(Params *ps, ClipConfig config);

/* pixels (B, 3, size, size) -> (B, embed), not normalised. */
Tensor *clip_encode_image(Graph *g, const Clip *clip, Tensor *pixels);
/* ids (B, T) row-major, T <= context, length[b]: ids up to and with the end token -> (B, embed), not normalised. */
Tensor *clip_encode_text(Graph *g, const Clip *clip, const int *ids, const int *length, int B, int T);

/* Normalises both and compares each with each: image (N, embed), text (M, embed) -> logits (N, M). */
Tensor *clip_logits(Graph *g, const Clip *clip, Tensor *image, Tensor *text);
/* logits (N, N), picture i and text i a pair: the mean of both directions.
 * smoothing: the part of each target that is spread over all candidates; 0 is CLIP's loss, ALIGN uses 0.1. */
Tensor *clip_loss(Graph *g, Tensor *logits, real smoothing);
/* One direction, with more than one right answer: logits (N, M), rows look for columns, fits (N, M) says which are right, in equal
 * parts. Every row has one at least. */
Tensor *clip_loss_one_way(Graph *g, Tensor *logits, const bool *fits, real smoothing);

/* Keeps the temperature from running away: logit_scale <= ln 100. After each step of the optimiser. */
void clip_clamp(Clip *clip);

#endif
