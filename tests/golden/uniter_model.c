/* uniter_model.c: see uniter.h. */
#include "uniter.h"

static Linear dense(Params *ps, const char *name, int in, int out)
{
    return mm_linear_init(ps, name, in, out, true, (Init){MM_NORMAL, (real)0.02});
}

Uniter uniter_init(Params *ps)
{
    Uniter u = {
        .bert = mm_bert_init(
            ps, "uniter",
            (BertConfig){
                .vocab = VOCAB, .width = WIDTH, .layers = 2, .heads = 2, .intermediate = 32, .positions = 12, .types = 2})};
    u.img_linear = dense(ps, "uniter.img_embeddings.img_linear", IMG_DIM, WIDTH);
    u.img_layer_norm = mm_layernorm_init(ps, "uniter.img_embeddings.img_layer_norm", WIDTH);
    u.pos_linear = dense(ps, "uniter.img_embeddings.pos_linear", BOX, WIDTH);
    u.pos_layer_norm = mm_layernorm_init(ps, "uniter.img_embeddings.pos_layer_norm", WIDTH);
    u.img_norm = mm_layernorm_init(ps, "uniter.img_embeddings.LayerNorm", WIDTH);
    u.mask_embedding = mm_param(ps, "uniter.img_embeddings.mask_embedding.weight", MM_SHAPE(2, IMG_DIM), (Init){MM_ZERO, 0});
    u.mlm_transform = dense(ps, "cls.predictions.transform.dense", WIDTH, WIDTH);
    u.mlm_norm = mm_layernorm_init(ps, "cls.predictions.transform.LayerNorm", WIDTH);
    u.mlm_decoder.weight = u.bert.word_embeddings;
    u.mlm_decoder.bias = mm_param(ps, "cls.predictions.bias", MM_SHAPE(VOCAB), (Init){MM_ZERO, 0});
    u.regress = dense(ps, "feat_regress.net.0", WIDTH, WIDTH);
    u.regress_norm = mm_layernorm_init(ps, "feat_regress.net.2", WIDTH);
    u.regress_bias = mm_param(ps, "feat_regress.bias", MM_SHAPE(IMG_DIM), (Init){MM_ZERO, 0});
    u.classifier = dense(ps, "region_classifier.net.0", WIDTH, WIDTH);
    u.classifier_norm = mm_layernorm_init(ps, "region_classifier.net.2", WIDTH);
    u.labels = dense(ps, "region_classifier.net.3", WIDTH, LABELS);
    u.itm_output = dense(ps, "itm_output", WIDTH, 2);
    return u;
}

static Tensor *norm(Graph *g, const LayerNorm *l, Tensor *x)
{
    return mm_layernorm(g, x, l->weight, l->bias, 1e-12);
}

/* A masked region's features are 0 and the second row of mask_embedding; its place and size stay known. */
static Tensor *masked_features(Graph *g, const Uniter *u, const UniterBatch *b)
{
    if (!b->masked) {
        return b->feat;
    }
    Tensor *keep = mm_input(g, MM_SHAPE(b->B, b->R, 1), NULL), *hide = mm_input(g, MM_SHAPE(b->B, b->R, 1), NULL);
    for (int i = 0; i < b->B * b->R; i++) {
        hide->data[i] = (real)b->masked[i];
        keep->data[i] = 1 - hide->data[i];
    }
    Tensor *mask = mm_mul(g, hide, mm_slice(g, u->mask_embedding, 0, 1, 1)); /* (B, R, IMG_DIM) */
    return mm_add(g, mm_mul(g, b->feat, keep), mask);
}

static Tensor *embed_regions(Graph *g, const Uniter *u, const UniterBatch *b)
{
    Tensor *feat = norm(g, &u->img_layer_norm, mm_linear_forward(g, &u->img_linear, masked_features(g, u, b)));
    Tensor *pos = norm(g, &u->pos_layer_norm, mm_linear_forward(g, &u->pos_linear, b->box));
    Tensor *type = mm_slice(g, u->bert.token_type_embeddings, 0, 1, 1);
    return norm(g, &u->img_norm, mm_add(g, mm_add(g, feat, pos), type)); /* (B, R, WIDTH) */
}

Tensor *uniter_rows(Graph *g, Tensor *hidden, const int *row, int n)
{
    Shape s = hidden->shape;
    return mm_embedding(g, mm_reshape(g, hidden, MM_SHAPE(s.d[0] * s.d[1], s.d[2])), row, MM_SHAPE(n));
}

Tensor *uniter_forward(Graph *g, const Uniter *u, const UniterBatch *b)
{
    Tensor *text = mm_bert_embed(g, &u->bert, b->ids, NULL, b->B, b->T);
    Tensor *both = mm_concat(g, 2, ((Tensor *[]){text, embed_regions(g, u, b)}), 1); /* (B, T + R, WIDTH) */
    int *from = mm_arena(g, (size_t)(b->B * b->L) * sizeof *from), *length = mm_arena(g, (size_t)b->B * sizeof *length);
    for (int i = 0; i < b->B * b->L; i++) { /* gather_index: the words, then the regions, then whatever is there */
        int example = i / b->L, at = i % b->L, words = b->text_length[example];
        length[example] = words + b->regions[example];
        from[i] = example * (b->T + b->R) + (at >= words && at < length[example] ? b->T + at - words : at);
    }
    Tensor *x = mm_reshape(g, uniter_rows(g, both, from, b->B * b->L), MM_SHAPE(b->B, b->L, WIDTH));
    return mm_bert_encode(g, &u->bert, x, mm_padding_mask(g, length, b->B, b->L, -10000));
}

static Tensor *transform(Graph *g, const Linear *dense_layer, const LayerNorm *l, Tensor *x)
{
    return norm(g, l, mm_gelu(g, mm_linear_forward(g, dense_layer, x)));
}

Tensor *uniter_mlm(Graph *g, const Uniter *u, Tensor *rows)
{
    return mm_linear_forward(g, &u->mlm_decoder, transform(g, &u->mlm_transform, &u->mlm_norm, rows));
}

Tensor *uniter_mrfr(Graph *g, const Uniter *u, Tensor *rows)
{
    Tensor *h = transform(g, &u->regress, &u->regress_norm, rows);
    return mm_add(g, mm_matmul(g, h, u->img_linear.weight, MM_NN), u->regress_bias);
}

Tensor *uniter_mrc(Graph *g, const Uniter *u, Tensor *rows)
{
    return mm_linear_forward(g, &u->labels, transform(g, &u->classifier, &u->classifier_norm, rows));
}

Tensor *uniter_itm(Graph *g, const Uniter *u, Tensor *hidden)
{
    return mm_linear_forward(g, &u->itm_output, mm_bert_pool(g, &u->bert, hidden));
}

Tensor *uniter_transport(Graph *g, const UniterBatch *b, Tensor *hidden)
{
    int *word = mm_arena(g, (size_t)(b->B * b->T) * sizeof *word), *region = mm_arena(g, (size_t)(b->B * b->R) * sizeof *region);
    for (int i = 0; i < b->B * b->T; i++) {
        word[i] = i / b->T * b->L + i % b->T;
    }
    for (int i = 0; i < b->B * b->R; i++) { /* padding points at any row */
        int example = i / b->R, at = b->text_length[example] + i % b->R;
        region[i] = example * b->L + (at < b->L ? at : 0);
    }
    Tensor *x = mm_reshape(g, uniter_rows(g, hidden, word, b->B * b->T), MM_SHAPE(b->B, b->T, WIDTH));
    Tensor *y = mm_reshape(g, uniter_rows(g, hidden, region, b->B * b->R), MM_SHAPE(b->B, b->R, WIDTH));
    return mm_transport_distance(g, mm_cosine_cost(g, x, y), b->text_length, b->regions, 0.5, 50);
}
