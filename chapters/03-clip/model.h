/* model.h: CLIP (Radford et al. 2021): two encoders into one space, and the loss that pulls pairs together. */
#ifndef CLIP_MODEL_H
#define CLIP_MODEL_H

#include "mm/nn.h"

/* This chapter's own small ResNet, and the two that CLIP was published with. */
typedef enum ImageEncoder { CLIP_RESNET, CLIP_VIT, CLIP_MODIFIED_RESNET } ImageEncoder;

/* How a picture file becomes the square of RGB that the encoder reads; each model must get what it was trained on. */
typedef enum ClipOrder {
    CLIP_ON_WHITE,  /* this chapter: laid on white, resized; and a picture counts as the mean of itself and its mirror image */
    CLIP_RGB_LAST,  /* openai/CLIP and open_clip: resized and cropped as the file has it, then alpha is dropped */
    CLIP_RGB_FIRST, /* Hugging Face: alpha is dropped, then resized; the middle is rounded down */
} ClipOrder;

typedef struct ClipInput {
    ClipOrder order;
    double mean[3], std[3]; /* of R, G, B in 0..1: what is subtracted and divided by. All 0: CLIP's */
} ClipInput;

typedef struct ClipConfig {
    ImageEncoder image;
    ResnetConfig resnet; /* the one that `image` names counts */
    VitConfig vit;
    ModifiedResnetConfig modified_resnet;
    int size, embed; /* pixels of a side; width of the shared space */
    int context, vocab, text_width, text_layers, text_heads;
    bool gelu; /* in both Transformers x Phi(x), as later open_clip models; CLIP itself has QuickGELU */
    bool bias; /* the logits have one: SigLIP */
    ClipInput input;
} ClipConfig;

typedef struct Clip {
    ClipConfig config;
    Params *params;
    Resnet resnet;
    Vit vit;
    ModifiedResnet modified_resnet;
    Tensor *token_embedding, *positional_embedding; /* (vocab, text_width), (context, text_width) */
    Transformer transformer;
    LayerNorm ln_final;
    Tensor *text_projection, *logit_scale; /* (text_width, embed), scalar */
    Tensor *logit_bias;                    /* scalar, or NULL */
} Clip;

Clip clip_init(Params *ps, ClipConfig config);
/* From now on it reads pictures of `size` pixels: the learned position embeddings, a square of them, are resized like a picture
 * (bicubic, antialiased: open_clip's resize_pos_embed). Before an optimiser is made for the parameters; false: no such size. */
bool clip_resize(Clip *clip, int size);
const char *clip_encoder_name(ImageEncoder image); /* "ViT" */

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

/* Gives a model the bias of SigLIP (Zhai et al. 2023): most pairs do not belong together, and at the start all are told so. */
void clip_add_bias(Clip *clip);
/* Keeps the temperature from running away: logit_scale <= ln 100. After each step of the optimiser. */
void clip_clamp(Clip *clip);

#endif
