/* model.c: CLIP's equations. With I and T the rows of the two encoders brought to length 1,
 *
 * [clip_logits]  Z = e^s I T^T                              (N, N): each picture against each text; s is logit_scale
 * [clip_loss]    L = (CE(Z, pairs) + CE(Z^T, pairs)) / 2
 * [first_loss]   L = ln N                                   as long as nothing is learned
 *
 * after openai/CLIP model.py and the pseudocode of the paper's figure 3. */
#include "model.h"

#include <string.h>
#include <tgmath.h>

/* What CLIP subtracts from and divides pixels by (openai/CLIP clip.py). */
static const ClipInput clip_pixels = {.mean = {0.48145466, 0.4578275, 0.40821073}, .std = {0.26862954, 0.26130258, 0.27577711}};

const char *clip_encoder_name(ImageEncoder image)
{
    static const char *const names[] = {[CLIP_RESNET] = "ResNet", [CLIP_VIT] = "ViT", [CLIP_MODIFIED_RESNET] = "ModifiedResNet"};
    return names[image];
}

Clip clip_init(Params *ps, ClipConfig c)
{
    Clip m = {.params = ps};
    Init width = {MM_NORMAL, 1 / sqrt((real)c.text_width)};
    switch (c.image) {
    case CLIP_RESNET: m.resnet = mm_resnet_init(ps, "visual", c.resnet); break;
    case CLIP_VIT: m.vit = mm_vit_init(ps, "visual", c.vit); break;
    case CLIP_MODIFIED_RESNET: m.modified_resnet = mm_modified_resnet_init(ps, "visual", c.modified_resnet); break;
    }
    if (c.input.std[0] == 0) {
        memcpy(c.input.mean, clip_pixels.mean, sizeof c.input.mean);
        memcpy(c.input.std, clip_pixels.std, sizeof c.input.std);
    }
    for (int i = 0; i < m.transformer.layers; i++) {
        m.transformer.block[i].gelu = c.gelu;
    }
    for (int i = 0; i < m.vit.transformer.layers; i++) {
        m.vit.transformer.block[i].gelu = c.gelu;
    }
    m.config = c;
    m.token_embedding = mm_param(ps, "token_embedding.weight", MM_SHAPE(c.vocab, c.text_width), (Init){MM_NORMAL, (real)0.02});
    m.positional_embedding = mm_param(ps, "positional_embedding", MM_SHAPE(c.context, c.text_width),
                                      (Init){MM_NORMAL, (real)0.01});
    m.transformer = mm_transformer_init(ps, "transformer", c.text_width, c.text_layers, c.text_heads, true, true);
    m.ln_final = mm_layernorm_init(ps, "ln_final", c.text_width);
    m.text_projection = mm_param(ps, "text_projection", MM_SHAPE(c.text_width, c.embed), width);
    m.logit_scale = mm_param(ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, log(c.bias ? 10 : 1 / (real)0.07)});
    if (c.bias) {
        clip_add_bias(&m);
    }
    return m;
}

Tensor *clip_encode_image(Graph *g, const Clip *m, Tensor *pixels)
{
    switch (m->config.image) {
    case CLIP_VIT: return mm_vit_forward(g, &m->vit, pixels);
    case CLIP_MODIFIED_RESNET: return mm_modified_resnet_forward(g, &m->modified_resnet, pixels);
    default: return mm_resnet_forward(g, &m->resnet, pixels);
    }
}

/* The end token has seen the whole text and stands for it. What follows it is padding that, the mask being causal, it never
 * sees; so no padding mask is needed, and T need only reach the longest text of the batch. */
Tensor *clip_encode_text(Graph *g, const Clip *m, const int *ids, const int *length, int B, int T)
{
    int *end = mm_arena(g, (size_t)B * sizeof *end);
    for (int b = 0; b < B; b++) {
        end[b] = length[b] - 1;
    }
    mm_push(g, "text");
    Tensor *x = mm_embedding(g, m->token_embedding, ids, MM_SHAPE(B, T)); /* (B, T, text_width) */
    x = mm_add(g, x, mm_slice(g, m->positional_embedding, 0, 0, T));      /* (B, T, text_width) */
    x = mm_transformer_forward(g, &m->transformer, x);                    /* (B, T, text_width) */
    x = mm_layernorm_forward(g, &m->ln_final, mm_gather_rows(g, x, end)); /* (B, text_width) */
    x = mm_matmul(g, x, m->text_projection, MM_NN);                       /* (B, embed) */
    mm_pop(g);
    return x;
}

Tensor *clip_logits(Graph *g, const Clip *m, Tensor *image, Tensor *text)
{
    mm_push(g, "loss");
    /* region clip_logits */
    Tensor *i = mm_named(mm_l2norm(g, image, 0), "I"), *t = mm_named(mm_l2norm(g, text, 0), "T");
    Tensor *similarity = mm_named(mm_matmul(g, i, t, MM_NT), "I T\u1d40"); /* (N, M), each in [-1, 1] */
    Tensor *logits = mm_mul(g, similarity, mm_exp(g, m->logit_scale));     /* (N, M) */
    /* end clip_logits */
    logits = m->logit_bias ? mm_add(g, logits, m->logit_bias) : logits;
    mm_pop(g);
    return mm_named(logits, "Z");
}

Tensor *clip_loss(Graph *g, Tensor *logits, real smoothing)
{
    int N = logits->shape.d[0];
    int *own = mm_arena(g, (size_t)N * sizeof *own);
    for (int i = 0; i < N; i++) {
        own[i] = i;
    }
    mm_push(g, "loss");
    /* region clip_loss */
    Tensor *image_to_text = mm_named(mm_cross_entropy(g, logits, own, NULL, smoothing), "image to text");
    Tensor *transposed = mm_permute(g, logits, (int[]){1, 0}); /* (N, N) */
    Tensor *text_to_image = mm_named(mm_cross_entropy(g, transposed, own, NULL, smoothing), "text to image");
    Tensor *loss = mm_affine(g, mm_add(g, image_to_text, text_to_image), (real)0.5, 0);
    /* end clip_loss */
    mm_pop(g);
    return mm_named(loss, "L");
}

/* [clip_targets] A row's target: every column that fits, in equal parts. */
static real *targets(Graph *g, const bool *fits, int rows, int columns)
{
    /* region clip_targets */
    real *target = mm_reals(g, (size_t)rows * (size_t)columns);
    for (int r = 0; r < rows; r++) {
        int right = 0;
        for (int c = 0; c < columns; c++) {
            right += fits[r * columns + c];
        }
        for (int c = 0; c < columns; c++) {
            target[r * columns + c] = fits[r * columns + c] ? 1 / (real)right : 0;
        }
    }
    return target;
    /* end clip_targets */
}

Tensor *clip_loss_one_way(Graph *g, Tensor *logits, const bool *fits, real smoothing)
{
    return mm_cross_entropy(g, logits, NULL, targets(g, fits, logits->shape.d[0], logits->shape.d[1]), smoothing);
}

void clip_add_bias(Clip *m)
{
    m->config.bias = true;
    m->logit_bias = mm_param(m->params, "logit_bias", MM_SCALAR, (Init){MM_CONSTANT, -10});
}

/* [clip_clamp] s = min(s, ln 100) */
void clip_clamp(Clip *m)
{
    /* region clip_clamp */
    real most = log((real)100);
    m->logit_scale->data[0] = fmin(m->logit_scale->data[0], most);
    /* end clip_clamp */
}
