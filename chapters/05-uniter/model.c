/* model.c: UNITER's equations. With w words, p their places, f what a region looks like and b where it is,
 *
 *     text  = LN(word[w] + position[p] + type[0])                                   (B, T, width)
 *     image = LN(LN(W_f f + c_f) + LN(W_b b + c_b) + type[1])                       (B, R, width)
 *     h     = BERT's layers of [text ; image]                                       (B, L, width)
 *
 * Every word sees every region and the other way round in every layer, which is why this is called one stream. After the paper and its
 * official code, model/model.py and model/pretrain.py. */
#include "model.h"

UniterConfig uniter_base(void)
{
    return (UniterConfig){.bert = {.vocab = 28996,
                                   .width = 768,
                                   .layers = 12,
                                   .heads = 12,
                                   .intermediate = 3072,
                                   .positions = 512,
                                   .types = 2,
                                   .dropout = (real)0.1},
                          .img_dim = 2048,
                          .label_dim = 1601};
}

UniterConfig uniter_large(void)
{
    UniterConfig c = uniter_base();
    c.bert.width = 1024;
    c.bert.layers = 24;
    c.bert.heads = 16;
    c.bert.intermediate = 4096;
    return c;
}

static UniterHead head_init(Params *ps, const char *dense, const char *norm, const BertConfig *c)
{
    return (UniterHead){mm_bert_linear_init(ps, dense, c, c->width, c->width), mm_layernorm_init(ps, norm, c->width)};
}

Uniter uniter_init(Params *ps, UniterConfig c)
{
    int width = c.bert.width;
    Uniter u = {.config = c, .params = ps, .bert = mm_bert_init(ps, "uniter", c.bert)};
    u.img_linear = mm_bert_linear_init(ps, "uniter.img_embeddings.img_linear", &c.bert, c.img_dim, width);
    u.img_layer_norm = mm_layernorm_init(ps, "uniter.img_embeddings.img_layer_norm", width);
    u.pos_linear = mm_bert_linear_init(ps, "uniter.img_embeddings.pos_linear", &c.bert, UNITER_BOX, width);
    u.pos_layer_norm = mm_layernorm_init(ps, "uniter.img_embeddings.pos_layer_norm", width);
    u.mask_embedding = mm_param(ps, "uniter.img_embeddings.mask_embedding.weight", MM_SHAPE(2, c.img_dim),
                                (Init){MM_NORMAL, c.bert.init > 0 ? c.bert.init : (real)0.02});
    u.img_norm = mm_layernorm_init(ps, "uniter.img_embeddings.LayerNorm", width);
    u.words = head_init(ps, "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", &c.bert);
    u.words_bias = mm_param(ps, "cls.predictions.bias", MM_SHAPE(c.bert.vocab), (Init){MM_ZERO, 0});
    u.features = head_init(ps, "feat_regress.net.0", "feat_regress.net.2", &c.bert);
    u.features_bias = mm_param(ps, "feat_regress.bias", MM_SHAPE(c.img_dim), (Init){MM_ZERO, 0});
    u.classes = head_init(ps, "region_classifier.net.0", "region_classifier.net.2", &c.bert);
    u.class_output = mm_bert_linear_init(ps, "region_classifier.net.3", &c.bert, width, c.label_dim);
    u.itm_output = mm_bert_linear_init(ps, "itm_output", &c.bert, width, 2);
    return u;
}

/* ---- the encoder ---- */

static void check_batch(Graph *g, const Uniter *u, const UniterBatch *b)
{
    const Shape feat = MM_SHAPE(b->B, b->R, u->config.img_dim), box = MM_SHAPE(b->B, b->R, UNITER_BOX);
    char have[MM_SHAPE_TEXT], want[MM_SHAPE_TEXT];
    if (!mm_shape_equal(b->feat->shape, feat) || !mm_shape_equal(b->box->shape, box)) {
        bool wrong_feat = !mm_shape_equal(b->feat->shape, feat);
        mm_fail(mm_graph_handler(g), "uniter_encode: the %s of regions are %s, not %s", wrong_feat ? "features" : "boxes",
                mm_shape_text(wrong_feat ? b->feat->shape : b->box->shape, have), mm_shape_text(wrong_feat ? feat : box, want));
    }
    for (int i = 0; i < b->B; i++) {
        if (b->words[i] < 1 || b->words[i] > b->T || b->regions[i] < 0 || b->regions[i] > b->R) {
            mm_fail(mm_graph_handler(g), "uniter_encode: example %d has %d words of %d and %d regions of %d", i, b->words[i],
                    b->T, b->regions[i], b->R);
        }
    }
}

/* A masked region looks like 0 and the second row of mask_embedding; where and how large it is stays known. */
static Tensor *hide(Graph *g, const Uniter *u, const UniterBatch *b)
{
    if (!b->masked) {
        return b->feat;
    }
    Tensor *keep = mm_input(g, MM_SHAPE(b->B, b->R, 1), NULL), *hidden = mm_input(g, keep->shape, NULL);
    for (int i = 0; i < b->B * b->R; i++) {
        hidden->data[i] = b->masked[i];
        keep->data[i] = 1 - hidden->data[i];
    }
    Tensor *mask = mm_mul(g, hidden, mm_slice(g, u->mask_embedding, 0, 1, 1)); /* (B, R, img_dim) */
    return mm_add(g, mm_mul(g, b->feat, keep), mask);
}

/* looks: before it is known where they are. */
static Tensor *embed_regions(Graph *g, const Uniter *u, const UniterBatch *b, Tensor **looks)
{
    mm_push(g, "img_embeddings");
    Tensor *feat = mm_bert_norm(g, &u->img_layer_norm, mm_linear_forward(g, &u->img_linear, hide(g, u, b)));
    Tensor *pos = mm_bert_norm(g, &u->pos_layer_norm, mm_linear_forward(g, &u->pos_linear, b->box));
    Tensor *type = mm_slice(g, u->bert.token_type_embeddings, 0, 1, 1); /* (1, width) */
    Tensor *sum = mm_add(g, mm_add(g, feat, pos), type);                /* (B, R, width) */
    sum = b->when ? mm_add(g, sum, b->when) : sum;
    Tensor *image = mm_dropout(g, mm_bert_norm(g, &u->img_norm, sum), u->config.bert.dropout);
    mm_pop(g);
    *looks = feat;
    return image;
}

Tensor *uniter_rows(Graph *g, Tensor *hidden, const int *row, int n)
{
    Shape s = hidden->shape;
    return mm_embedding(g, mm_reshape(g, hidden, MM_SHAPE(s.d[0] * s.d[1], s.d[2])), row, MM_SHAPE(n));
}

int uniter_region_row(const UniterBatch *b, int L, int example, int region)
{
    return example * L + b->words[example] + region;
}

/* [text ; image] with every example's padding behind both: which row of the two stands where (the official gather_index). */
static Tensor *gather(Graph *g, const UniterBatch *b, Tensor *both, int L)
{
    /* region gather */
    int *from = mm_arena(g, (size_t)(b->B * L) * sizeof *from);
    for (int i = 0; i < b->B * L; i++) {
        int example = i / L, at = i % L, words = b->words[example];
        bool region = at >= words && at < words + b->regions[example];
        from[i] = example * (b->T + b->R) + (region ? b->T + at - words : at);
    }
    return mm_reshape(g, uniter_rows(g, both, from, b->B * L), MM_SHAPE(b->B, L, mm_last(both->shape)));
    /* end gather */
}

UniterStates uniter_states(Graph *g, const Uniter *u, const UniterBatch *b)
{
    check_batch(g, u, b);
    Tensor *text = mm_bert_embed(g, &u->bert, b->ids, NULL, b->B, b->T); /* (B, T, width) */
    mm_push(g, u->bert.name);
    Tensor *looks, *regions = embed_regions(g, u, b, &looks);
    Tensor *both = mm_concat(g, 2, ((Tensor *[]){text, regions}), 1); /* (B, T + R, width) */
    int L = 0, *length = mm_arena(g, (size_t)b->B * sizeof *length);
    for (int i = 0; i < b->B; i++) {
        length[i] = b->words[i] + b->regions[i];
        L = length[i] > L ? length[i] : L;
    }
    Tensor *x = gather(g, b, both, L); /* (B, L, width) */
    Tensor *aligned = u->config.align_looks ? gather(g, b, mm_concat(g, 2, ((Tensor *[]){text, looks}), 1), L) : NULL;
    mm_pop(g);
    Tensor *hidden = mm_bert_encode(g, &u->bert, x, mm_padding_mask(g, length, b->B, L, -10000));
    return (UniterStates){x, hidden, aligned ? aligned : hidden};
}

Tensor *uniter_encode(Graph *g, const Uniter *u, const UniterBatch *b)
{
    return uniter_states(g, u, b).hidden;
}

/* ---- heads ---- */

static Tensor *transform(Graph *g, const UniterHead *h, Tensor *x)
{
    return mm_bert_norm(g, &h->norm, mm_gelu(g, mm_linear_forward(g, &h->dense, x)));
}

Tensor *uniter_word_logits(Graph *g, const Uniter *u, Tensor *rows)
{
    mm_push(g, "cls");
    Tensor *y = mm_linear(g, transform(g, &u->words, rows), u->bert.word_embeddings, u->words_bias);
    mm_pop(g);
    return y;
}

/* Back through the matrix by which features came in. */
Tensor *uniter_feature_guess(Graph *g, const Uniter *u, Tensor *rows)
{
    mm_push(g, "feat_regress");
    Tensor *y = mm_matmul(g, transform(g, &u->features, rows), u->img_linear.weight, MM_NN); /* (n, img_dim) */
    y = mm_add(g, y, u->features_bias);
    mm_pop(g);
    return y;
}

Tensor *uniter_class_logits(Graph *g, const Uniter *u, Tensor *rows)
{
    mm_push(g, "region_classifier");
    Tensor *y = mm_linear_forward(g, &u->class_output, transform(g, &u->classes, rows));
    mm_pop(g);
    return y;
}

Tensor *uniter_match_logits(Graph *g, const Uniter *u, Tensor *hidden)
{
    Tensor *pooled = mm_bert_pool(g, &u->bert, hidden); /* (B, width) */
    mm_push(g, "itm_output");
    Tensor *y = mm_linear_forward(g, &u->itm_output, pooled);
    mm_pop(g);
    return y;
}

Tensor *uniter_cost(Graph *g, const UniterBatch *b, Tensor *states)
{
    int L = states->shape.d[1], D = states->shape.d[2];
    int *word = mm_arena(g, (size_t)(b->B * b->T) * sizeof *word), *region = mm_arena(g, (size_t)(b->B * b->R) * sizeof *region);
    for (int i = 0; i < b->B * b->T; i++) { /* padding points at the example's first row; the plan leaves it out */
        int example = i / b->T, at = i % b->T;
        word[i] = example * L + (at < b->words[example] ? at : 0);
    }
    for (int i = 0; i < b->B * b->R; i++) {
        int example = i / b->R, at = i % b->R;
        region[i] = at < b->regions[example] ? uniter_region_row(b, L, example, at) : example * L;
    }
    Tensor *x = mm_reshape(g, uniter_rows(g, states, word, b->B * b->T), MM_SHAPE(b->B, b->T, D));
    Tensor *y = mm_reshape(g, uniter_rows(g, states, region, b->B * b->R), MM_SHAPE(b->B, b->R, D));
    return mm_cosine_cost(g, x, y); /* (B, T, R) */
}
