/* model.h: ALIGN (Jia et al. 2021): EfficientNet for pictures, BERT for texts, and the loss that pulls pairs together. */
#ifndef ALIGN_MODEL_H
#define ALIGN_MODEL_H

#include "mm/nn.h"

/* How a picture becomes the square that the encoder reads; each model must get what it was trained on. */
typedef struct AlignInput {
    int squashed; /* pixels of the square that a picture is resized to, and of whose middle the encoder's size is cut; paper: 346, 289 */
    bool antialias; /* see mm_picture_squash */
    bool on_white;  /* a transparent picture is laid on white; otherwise alpha is dropped, as Hugging Face does */
} AlignInput;

typedef struct AlignConfig {
    EfficientnetConfig image;
    BertConfig text;
    int context;      /* most tokens of a text; ALIGN: 64 */
    real temperature; /* at the start; ALIGN: 1 */
    AlignInput input;
} AlignConfig;

typedef struct Align {
    AlignConfig config;
    Params *params;
    Efficientnet vision_model;
    Bert text_model;
    Linear text_projection; /* (embed, width) */
    Tensor *temperature;    /* scalar */
} Align;

int align_embed(const AlignConfig *c); /* width of the shared space: that of the picture's features, which have no projection */
Align align_init(Params *ps, AlignConfig config);
/* EfficientNet ends with a mean over all places, so that any size will do. The margin grows with it. */
void align_resize(AlignConfig *c, int size);

/* pixels (B, 3, H, W), of any size -> (B, embed), not normalised. */
Tensor *align_encode_image(Graph *g, const Align *m, Tensor *pixels);
/* ids (B, T), of which the first length[b] count -> (B, embed), not normalised. */
Tensor *align_encode_text(Graph *g, const Align *m, const int *ids, const int *length, int B, int T);
/* Normalises both and compares each with each: image (N, embed), text (M, embed) -> logits (N, M). */
Tensor *align_logits(Graph *g, const Align *m, Tensor *image, Tensor *text);
/* logits (N, N), pairs on the diagonal. smoothing: the part of each target that is spread over all candidates; ALIGN: 0.1. */
Tensor *align_loss(Graph *g, Tensor *logits, real smoothing);
/* CLIP's forms of the two, on the same encoders: the logits are multiplied by e^s, and the loss is the mean of both ways. */
Tensor *align_clip_logits(Graph *g, Tensor *logit_scale, Tensor *image, Tensor *text);
Tensor *align_clip_loss(Graph *g, Tensor *logits, real smoothing);
/* Keeps the temperature above 0. After each step of the optimiser. */
void align_clamp(Align *m);

#endif
