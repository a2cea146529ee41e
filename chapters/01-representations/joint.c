/* joint.c: one code for both modalities (Ngiam et al. 2011): an autoencoder that must give back the picture and the text, from whichever
 * of the two it is shown. Without that rule, a part of the code could know of the picture alone and another of the text alone. */
#include "joint.h"
#include "io/memory.h"

#include <tgmath.h>

static const real text_weight = 1; /* of nats, of which a text costs up to ln 4096, beside squares of about 1 */

static void joint_init(Model *m, const Set *s)
{
    Params *ps = m->params;
    const Init narrow = {MM_NORMAL, 1 / sqrt((real)WIDTH)}, wide = {MM_NORMAL, 1 / sqrt((real)(2 * WIDTH))};
    encoders_init(m, s);
    m->code_image = mm_linear_init(ps, "code.image", WIDTH, WIDTH, true, narrow);
    m->code_text = mm_linear_init(ps, "code.text", WIDTH, WIDTH, false, narrow);
    m->picture[0] = mm_linear_init(ps, "picture.hidden", WIDTH, 2 * WIDTH, true, narrow);
    m->picture[1] = mm_linear_init(ps, "picture.out", 2 * WIDTH, 3 * PIXELS * PIXELS, true, wide);
    m->tokens = mm_linear_init(ps, "tokens", WIDTH, mm_vocab_size(s->tokenizer), true, narrow);
}

/* [joint_code] z = tanh(W_i x + W_t t + b) of the features x of a picture and t of a text; what is not shown is 0. */
Tensor *joint_code(Graph *g, const Model *m, Tensor *image, Tensor *text)
{
    mm_push(g, "code");
    Tensor *from_text = text ? mm_linear_forward(g, &m->code_text, text) : NULL;
    Tensor *sum = image ? mm_linear_forward(g, &m->code_image, image) : mm_add(g, from_text, m->code_image.bias);
    Tensor *z = mm_named(mm_tanh(g, image && text ? mm_add(g, sum, from_text) : sum), "z"); /* (n, WIDTH) */
    mm_pop(g);
    return z;
}

Tensor *joint_picture(Graph *g, const Model *m, Tensor *code)
{
    return mm_linear_forward(g, &m->picture[1], mm_relu(g, mm_linear_forward(g, &m->picture[0], code)));
}

Tensor *joint_tokens(Graph *g, const Model *m, Tensor *code)
{
    return mm_linear_forward(g, &m->tokens, code);
}

/* Both, only the picture, only the text, a third each; all: always both. */
void joint_shown(int n, bool all, uint64_t seed, real *shown)
{
    Rng rng = mm_rng(seed, "shown");
    for (int i = 0; i < n; i++) {
        int kind = mm_below(&rng, 3), language = mm_below(&rng, LANGUAGES);
        bool image = all || kind != 0, text = all || kind != 1;
        shown[SHOW_IMAGE * n + i] = image;
        shown[SHOW_EN * n + i] = text && language == EN;
        shown[SHOW_ZH * n + i] = text && language == ZH;
    }
}

static Tensor *show(Graph *g, Tensor *x, const real *shown)
{
    int n = x->shape.d[0];
    return mm_mul(g, x, mm_named(mm_input(g, MM_SHAPE(n, 1), shown), "shown"));
}

/* (n, vocabulary): each token of a picture's texts, in both languages, in equal parts */
static real *token_targets(Graph *g, const Batch *b, int vocab)
{
    real *target = mm_reals(g, (size_t)b->n * (size_t)vocab);
    memset(target, 0, (size_t)b->n * (size_t)vocab * sizeof *target);
    for (int i = 0; i < b->n; i++) {
        for (int l = 0; l < LANGUAGES; l++) {
            const TextBatch *t = &b->text[l];
            for (int k = 0; k < t->length[i]; k++) {
                target[(size_t)i * (size_t)vocab + (size_t)t->ids[i * t->T + k]] += (real)0.5 / (real)t->length[i];
            }
        }
    }
    return target;
}

static Tensor *reconstruction_loss(Graph *g, const Model *m, const Batch *b, bool all)
{
    size_t n = (size_t)b->n;
    real *shown = mm_reals(g, SHOWN * n);
    joint_shown(b->n, all, b->seed, shown);
    Tensor *pixels = batch_pixels(g, b), *text[LANGUAGES];
    Tensor *image = show(g, encode_image(g, m, pixels), shown + SHOW_IMAGE * n);
    for (int l = 0; l < LANGUAGES; l++) {
        text[l] = show(g, encode_text(g, m, &b->text[l]), shown + (size_t)l * n);
    }
    Tensor *code = joint_code(g, m, image, mm_add(g, text[EN], text[ZH]));
    Tensor *wrong = mm_sub(g, joint_picture(g, m, code), mm_reshape(g, pixels, MM_SHAPE(b->n, 3 * PIXELS * PIXELS)));
    Tensor *squares = mm_named(mm_mean(g, mm_mul(g, wrong, wrong), MM_ALL), "picture");
    Tensor *logits = joint_tokens(g, m, code);
    Tensor *nats = mm_named(mm_cross_entropy(g, logits, NULL, token_targets(g, b, mm_last(logits->shape)), 0), "text");
    return mm_add(g, squares, mm_affine(g, nats, text_weight, 0));
}

static Tensor *joint_loss(Graph *g, const Model *m, const Batch *b)
{
    return reconstruction_loss(g, m, b, false);
}

static Tensor *joint_plain_loss(Graph *g, const Model *m, const Batch *b)
{
    return reconstruction_loss(g, m, b, true);
}

static Tensor *code_of_image(Graph *g, const Model *m, Tensor *pixels)
{
    return joint_code(g, m, encode_image(g, m, pixels), NULL);
}

static Tensor *code_of_text(Graph *g, const Model *m, const TextBatch *t)
{
    return joint_code(g, m, NULL, encode_text(g, m, t));
}

/* Which words would each code give back? The cosine of their probabilities. Two codes themselves differ in all that the one knows of a
 * picture's looks and the other does not. */
static Tensor *code_scores(Graph *g, const Model *m, Tensor *a, Tensor *b)
{
    return cosines(g, mm_softmax(g, joint_tokens(g, m, a), NULL), mm_softmax(g, joint_tokens(g, m, b), NULL));
}

const Method method_joint = {.name = "joint",
                             .kind = "joint",
                             .does = "a bimodal autoencoder with modality dropout",
                             .joint = true,
                             .recipe = {256, 20, 2e-3},
                             .init = joint_init,
                             .loss = joint_loss,
                             .image = code_of_image,
                             .text = code_of_text,
                             .directions = true,
                             .scores = code_scores};

const Method method_joint_plain = {.name = "joint-plain",
                                   .kind = "joint",
                                   .does = "the same autoencoder, always shown both",
                                   .joint = true,
                                   .recipe = {256, 20, 2e-3},
                                   .init = joint_init,
                                   .loss = joint_plain_loss,
                                   .image = code_of_image,
                                   .text = code_of_text,
                                   .directions = true,
                                   .scores = code_scores};
