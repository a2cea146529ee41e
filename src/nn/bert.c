/* bert.c: BERT's encoder (Devlin et al. 2018), the text tower of ALIGN and the whole of UNITER, with the tensor names of Hugging
 * Face. Unlike CLIP's Transformer it normalises after each sum, sees the whole text, and so needs to know where it ends. */
#include "mm/nn.h"

static const real norm_eps = (real)1e-12;

static Init weights(const BertConfig *c)
{
    return (Init){MM_NORMAL, c->init > 0 ? c->init : (real)0.02};
}

Linear mm_bert_linear_init(Params *ps, const char *name, const BertConfig *c, int in, int out)
{
    return (Linear){mm_param(ps, mm_name(ps, "%s.weight", name), MM_SHAPE(out, in), weights(c)),
                    mm_param(ps, mm_name(ps, "%s.bias", name), MM_SHAPE(out), (Init){MM_ZERO, 0})};
}

static BertLayer layer_init(Params *ps, const char *name, BertConfig c)
{
    const char *self = mm_name(ps, "%s.attention.self", name), *output = mm_name(ps, "%s.attention.output", name);
    return (BertLayer){
        .query = mm_bert_linear_init(ps, mm_name(ps, "%s.query", self), &c, c.width, c.width),
        .key = mm_bert_linear_init(ps, mm_name(ps, "%s.key", self), &c, c.width, c.width),
        .value = mm_bert_linear_init(ps, mm_name(ps, "%s.value", self), &c, c.width, c.width),
        .attention_output = mm_bert_linear_init(ps, mm_name(ps, "%s.dense", output), &c, c.width, c.width),
        .attention_norm = mm_layernorm_init(ps, mm_name(ps, "%s.LayerNorm", output), c.width),
        .intermediate = mm_bert_linear_init(ps, mm_name(ps, "%s.intermediate.dense", name), &c, c.width, c.intermediate),
        .output = mm_bert_linear_init(ps, mm_name(ps, "%s.output.dense", name), &c, c.intermediate, c.width),
        .output_norm = mm_layernorm_init(ps, mm_name(ps, "%s.output.LayerNorm", name), c.width),
    };
}

Bert mm_bert_init(Params *ps, const char *name, BertConfig c)
{
    if (c.heads < 1 || c.width % c.heads != 0) {
        mm_fail(mm_params_handler(ps), "%s: width %d is not a multiple of %d heads", name, c.width, c.heads);
    }
    const char *in = mm_name(ps, "%s.embeddings", name);
    Bert b = {.config = c, .name = mm_name(ps, "%s", name)};
    b.word_embeddings = mm_param(ps, mm_name(ps, "%s.word_embeddings.weight", in), MM_SHAPE(c.vocab, c.width), weights(&c));
    b.position_embeddings = mm_param(ps, mm_name(ps, "%s.position_embeddings.weight", in), MM_SHAPE(c.positions, c.width),
                                     weights(&c));
    b.token_type_embeddings = mm_param(ps, mm_name(ps, "%s.token_type_embeddings.weight", in), MM_SHAPE(c.types, c.width),
                                       weights(&c));
    b.embeddings_norm = mm_layernorm_init(ps, mm_name(ps, "%s.LayerNorm", in), c.width);
    b.layer = mm_params_memory(ps, (size_t)c.layers * sizeof *b.layer);
    for (int i = 0; i < c.layers; i++) {
        b.layer[i] = layer_init(ps, mm_name(ps, "%s.encoder.layer.%d", name, i), c);
        b.layer[i].module = mm_name(ps, "layer.%d", i);
    }
    b.pooler = mm_bert_linear_init(ps, mm_name(ps, "%s.pooler.dense", name), &c, c.width, c.width);
    return b;
}

Tensor *mm_bert_norm(Graph *g, const LayerNorm *l, Tensor *x)
{
    return mm_layernorm(g, x, l->weight, l->bias, norm_eps);
}

Tensor *mm_bert_embed(Graph *g, const Bert *b, const int *ids, const int *types, int B, int T)
{
    if (T > b->config.positions) {
        mm_fail(mm_graph_handler(g), "%s: %d tokens, but there are embeddings for %d positions", b->name, T, b->config.positions);
    }
    mm_push(g, b->name);
    mm_push(g, "embeddings");
    Tensor *x = mm_embedding(g, b->word_embeddings, ids, MM_SHAPE(B, T));                   /* (B, T, width) */
    x = mm_add(g, x, mm_slice(g, b->position_embeddings, 0, 0, T));                         /* + (T, width) */
    Tensor *type = types ? mm_embedding(g, b->token_type_embeddings, types, MM_SHAPE(B, T)) /* (B, T, width) */
                         : mm_slice(g, b->token_type_embeddings, 0, 0, 1);                  /* (1, width) */
    x = mm_dropout(g, mm_bert_norm(g, &b->embeddings_norm, mm_add(g, x, type)), b->config.dropout);
    mm_pop(g);
    mm_pop(g);
    return x;
}

/* One layer as a block. The mask needs no gradient, so it need not be among the block's inputs. */
typedef struct LayerCall {
    const BertLayer *layer;
    int heads;
    real dropout;
    Tensor *mask;
} LayerCall;

/* y = LN(x + dense(attention(x))) */
static Tensor *attention(Graph *g, const LayerCall *c, Tensor *x)
{
    const BertLayer *l = c->layer;
    mm_push(g, "attention");
    Tensor *q = mm_linear_forward(g, &l->query, x), *k = mm_linear_forward(g, &l->key, x),
           *v = mm_linear_forward(g, &l->value, x);
    Tensor *y = mm_sdpa(g, q, k, v, c->heads, c->mask, false, c->dropout); /* (B, T, width) */
    y = mm_dropout(g, mm_linear_forward(g, &l->attention_output, y), c->dropout);
    y = mm_bert_norm(g, &l->attention_norm, mm_add(g, x, y));
    mm_pop(g);
    return y;
}

/* y = LN(x + dense(gelu(dense(x)))) */
static Tensor *feed_forward(Graph *g, const LayerCall *c, Tensor *x)
{
    Tensor *y = mm_gelu(g, mm_linear_forward(g, &c->layer->intermediate, x)); /* (B, T, intermediate) */
    y = mm_dropout(g, mm_linear_forward(g, &c->layer->output, y), c->dropout);
    return mm_bert_norm(g, &c->layer->output_norm, mm_add(g, x, y));
}

static Tensor *layer_forward(Graph *g, const void *call, Tensor *const *in)
{
    const LayerCall *c = call;
    mm_push(g, c->layer->module);
    Tensor *y = feed_forward(g, c, attention(g, c, in[0]));
    mm_pop(g);
    return y;
}

Tensor *mm_bert_encode(Graph *g, const Bert *b, Tensor *x, Tensor *mask)
{
    mm_push(g, b->name);
    mm_push(g, "encoder");
    for (int i = 0; i < b->config.layers; i++) {
        LayerCall call = {&b->layer[i], b->config.heads, b->config.dropout, mask};
        x = mm_block(g, layer_forward, &call, sizeof call, 1, &x);
    }
    mm_pop(g);
    mm_pop(g);
    return x;
}

Tensor *mm_bert_pool(Graph *g, const Bert *b, Tensor *x)
{
    mm_push(g, b->name);
    mm_push(g, "pooler");
    Tensor *cls = mm_reshape(g, mm_slice(g, x, 1, 0, 1), MM_SHAPE(x->shape.d[0], x->shape.d[2]));
    Tensor *y = mm_tanh(g, mm_linear_forward(g, &b->pooler, cls)); /* (B, width) */
    mm_pop(g);
    mm_pop(g);
    return y;
}
