/* decoder.c: the Transformer decoder (Vaswani et al. 2017): each layer looks back at what it has written (causal attention), then
 * at what it writes about (cross-attention to a memory: the regions of a picture, say). Names and form are those of PyTorch's
 * nn.TransformerDecoder with norm_first, gelu and a norm at the end. */
#include "mm/nn.h"

#include <tgmath.h>

static Init torch_default(int in)
{
    return (Init){MM_UNIFORM, 1 / sqrt((real)in)};
}

MultiheadAttention mm_multihead_init(Params *ps, const char *name, int width, int heads)
{
    if (heads < 1 || width % heads != 0) {
        mm_fail(mm_params_handler(ps), "%s: width %d is not a multiple of %d heads", name, width, heads);
    }
    Init xavier = {MM_UNIFORM, sqrt(6 / (4 * (real)width))}; /* fan in: width, fan out: 3 width */
    return (MultiheadAttention){
        .in_proj_weight = mm_param(ps, mm_name(ps, "%s.in_proj_weight", name), MM_SHAPE(3 * width, width), xavier),
        .in_proj_bias = mm_param(ps, mm_name(ps, "%s.in_proj_bias", name), MM_SHAPE(3 * width), (Init){MM_ZERO, 0}),
        .out_proj = {mm_param(ps, mm_name(ps, "%s.out_proj.weight", name), MM_SHAPE(width, width), torch_default(width)),
                     mm_param(ps, mm_name(ps, "%s.out_proj.bias", name), MM_SHAPE(width), (Init){MM_ZERO, 0})},
        .heads = heads};
}

/* part: 0 for queries, 1 for keys, 2 for values */
static Tensor *project(Graph *g, const MultiheadAttention *m, Tensor *x, int part)
{
    int width = m->in_proj_weight->shape.d[1];
    return mm_linear(g, x, mm_slice(g, m->in_proj_weight, 0, part * width, width),
                     mm_slice(g, m->in_proj_bias, 0, part * width, width));
}

Tensor *mm_multihead_forward(Graph *g, const MultiheadAttention *m, Tensor *x, Tensor *memory, Tensor *mask, bool causal,
                             real dropout)
{
    Tensor *q = project(g, m, x, 0), *k = project(g, m, memory, 1), *v = project(g, m, memory, 2);
    return mm_linear_forward(g, &m->out_proj, mm_sdpa(g, q, k, v, m->heads, mask, causal, dropout));
}

static DecoderLayer layer_init(Params *ps, const char *name, DecoderConfig c)
{
    return (DecoderLayer){
        .self_attn = mm_multihead_init(ps, mm_name(ps, "%s.self_attn", name), c.width, c.heads),
        .multihead_attn = mm_multihead_init(ps, mm_name(ps, "%s.multihead_attn", name), c.width, c.heads),
        .linear1 = mm_linear_init(ps, mm_name(ps, "%s.linear1", name), c.width, c.feedforward, true, torch_default(c.width)),
        .linear2 = mm_linear_init(ps, mm_name(ps, "%s.linear2", name), c.feedforward, c.width, true,
                                  torch_default(c.feedforward)),
        .norm1 = mm_layernorm_init(ps, mm_name(ps, "%s.norm1", name), c.width),
        .norm2 = mm_layernorm_init(ps, mm_name(ps, "%s.norm2", name), c.width),
        .norm3 = mm_layernorm_init(ps, mm_name(ps, "%s.norm3", name), c.width)};
}

Decoder mm_decoder_init(Params *ps, const char *name, DecoderConfig c)
{
    Decoder d = {.config = c, .name = mm_name(ps, "%s", name)};
    d.layer = mm_params_memory(ps, (size_t)c.layers * sizeof *d.layer);
    for (int i = 0; i < c.layers; i++) {
        d.layer[i] = layer_init(ps, mm_name(ps, "%s.layers.%d", name, i), c);
        d.layer[i].module = mm_name(ps, "layers.%d", i);
    }
    d.norm = mm_layernorm_init(ps, mm_name(ps, "%s.norm", name), c.width);
    return d;
}

/* One layer as a block of (x, memory). The mask needs no gradient, so it need not be among the block's inputs. */
typedef struct LayerCall {
    const DecoderLayer *layer;
    real dropout;
    Tensor *memory_mask;
} LayerCall;

static Tensor *layer_forward(Graph *g, const void *call, Tensor *const *in)
{
    const LayerCall *c = call;
    const DecoderLayer *l = c->layer;
    Tensor *x = in[0], *memory = in[1];
    mm_push(g, l->module);
    mm_push(g, "self_attn");
    Tensor *n = mm_layernorm_forward(g, &l->norm1, x);
    Tensor *y = mm_multihead_forward(g, &l->self_attn, n, n, NULL, true, c->dropout);
    x = mm_add(g, x, mm_dropout(g, y, c->dropout));
    mm_pop(g);
    mm_push(g, "multihead_attn");
    n = mm_layernorm_forward(g, &l->norm2, x);
    y = mm_multihead_forward(g, &l->multihead_attn, n, memory, c->memory_mask, false, c->dropout);
    x = mm_add(g, x, mm_dropout(g, y, c->dropout));
    mm_pop(g);
    y = mm_gelu(g, mm_linear_forward(g, &l->linear1, mm_layernorm_forward(g, &l->norm3, x))); /* (B, T, feedforward) */
    y = mm_linear_forward(g, &l->linear2, mm_dropout(g, y, c->dropout));
    x = mm_add(g, x, mm_dropout(g, y, c->dropout));
    mm_pop(g);
    return x;
}

Tensor *mm_decoder_forward(Graph *g, const Decoder *d, Tensor *x, Tensor *memory, Tensor *memory_mask)
{
    mm_push(g, d->name);
    for (int i = 0; i < d->config.layers; i++) {
        LayerCall call = {&d->layer[i], d->config.dropout, memory_mask};
        x = mm_block(g, layer_forward, &call, sizeof call, 2, (Tensor *[]){x, memory});
    }
    x = mm_layernorm_forward(g, &d->norm, x);
    mm_pop(g);
    return x;
}
