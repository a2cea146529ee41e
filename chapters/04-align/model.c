/* model.c: ALIGN's equations. With x and y the two encoders' rows brought to length 1, and t the temperature,
 *
 *     Z = x y^T / t                              (N, N): each picture against each text
 *     L = CE(Z, pairs) + CE(Z^T, pairs)          the two are added; CLIP and Hugging Face's ALIGN take their mean
 *
 * where the target of each row is 0.9 for its own and 0.1 spread over all N (label smoothing). After the paper, kakaobrain/coyo-align
 * align.py, and Hugging Face's modeling_align.py, whose names the tensors have. */
#include "model.h"

#include <tgmath.h>

int align_embed(const AlignConfig *c)
{
    return mm_efficientnet_features(&c->image);
}

/* The weights of a fresh model are coyo-align's: the projection has Keras' default, Glorot's uniform, and no bias. */
void align_resize(AlignConfig *c, int size)
{
    c->input.squashed = (int)((int64_t)c->input.squashed * size / c->image.size);
    c->image.size = size;
}

Align align_init(Params *ps, AlignConfig c)
{
    int embed = align_embed(&c), width = c.text.width;
    Align m = {.config = c, .params = ps};
    m.vision_model = mm_efficientnet_init(ps, "vision_model", c.image);
    m.text_model = mm_bert_init(ps, "text_model", c.text);
    m.text_projection.weight = mm_param(ps, "text_projection.weight", MM_SHAPE(embed, width),
                                        (Init){MM_UNIFORM, sqrt((real)6 / (real)(embed + width))});
    m.text_projection.bias = mm_param(ps, "text_projection.bias", MM_SHAPE(embed), (Init){MM_ZERO, 0});
    m.temperature = mm_param(ps, "temperature", MM_SCALAR, (Init){MM_CONSTANT, c.temperature});
    return m;
}

Tensor *align_encode_image(Graph *g, const Align *m, Tensor *pixels)
{
    return mm_efficientnet_forward(g, &m->vision_model, pixels);
}

/* BERT reads a text in both directions, so it must be told where the text ends: padding is masked. [CLS], which has seen all of it,
 * stands for the text. (Of BERT's own pooler, which official files hold, ALIGN makes no use.) */
Tensor *align_encode_text(Graph *g, const Align *m, const int *ids, const int *length, int B, int T)
{
    Tensor *mask = mm_padding_mask(g, length, B, T, -INFINITY);
    Tensor *x = mm_bert_encode(g, &m->text_model, mm_bert_embed(g, &m->text_model, ids, NULL, B, T), mask); /* (B, T, width) */
    mm_push(g, "text_projection");
    Tensor *cls = mm_reshape(g, mm_slice(g, x, 1, 0, 1), MM_SHAPE(B, m->config.text.width)); /* (B, width) */
    Tensor *y = mm_linear_forward(g, &m->text_projection, cls);                              /* (B, embed) */
    mm_pop(g);
    return y;
}

/* Each picture against each text: (N, M) cosines, in [-1, 1]. */
static Tensor *cosines(Graph *g, Tensor *image, Tensor *text)
{
    Tensor *x = mm_named(mm_l2norm(g, image, 0), "x"), *y = mm_named(mm_l2norm(g, text, 0), "y");
    return mm_named(mm_matmul(g, x, y, MM_NT), "x y\u1d40");
}

Tensor *align_logits(Graph *g, const Align *m, Tensor *image, Tensor *text)
{
    mm_push(g, "loss");
    Tensor *logits = mm_named(mm_div(g, cosines(g, image, text), m->temperature), "Z"); /* (N, M) */
    mm_pop(g);
    return logits;
}

Tensor *align_loss(Graph *g, Tensor *logits, real smoothing)
{
    int N = logits->shape.d[0];
    int *own = mm_arena(g, (size_t)N * sizeof *own);
    for (int i = 0; i < N; i++) {
        own[i] = i;
    }
    mm_push(g, "loss");
    Tensor *image_to_text = mm_named(mm_cross_entropy(g, logits, own, NULL, smoothing), "image to text");
    Tensor *transposed = mm_permute(g, logits, (int[]){1, 0}); /* (N, N) */
    Tensor *text_to_image = mm_named(mm_cross_entropy(g, transposed, own, NULL, smoothing), "text to image");
    Tensor *loss = mm_named(mm_add(g, image_to_text, text_to_image), "L");
    mm_pop(g);
    return loss;
}

Tensor *align_clip_logits(Graph *g, Tensor *logit_scale, Tensor *image, Tensor *text)
{
    mm_push(g, "loss");
    Tensor *logits = mm_named(mm_mul(g, cosines(g, image, text), mm_exp(g, logit_scale)), "Z"); /* (N, M) */
    mm_pop(g);
    return logits;
}

Tensor *align_clip_loss(Graph *g, Tensor *logits, real smoothing)
{
    return mm_affine(g, align_loss(g, logits, smoothing), (real)0.5, 0);
}

/* t = max(t, 1/100). The original has no such line and needs none: it trains with LAMB, whose step is lr times as long as the parameter
 * itself. For a single number this is t (1 +- lr), which shrinks t but never carries it through 0. AdamW's step is lr, whatever t is; it
 * would, and a negative temperature pushes pairs apart. 1/100 is CLIP's bound: logits of at most 100. */
void align_clamp(Align *m)
{
    real *t = m->temperature->data, least = (real)0.01;
    t[0] = t[0] < least ? least : t[0];
}
