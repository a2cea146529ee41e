/* transformer.c: the pre-norm Transformer of both CLIP towers (openai/CLIP model.py, ResidualAttentionBlock). */
#include "mm/nn.h"

#include <stdlib.h>
#include <tgmath.h>

/* PyTorch's default for a layer of `in` inputs: kaiming_uniform with a = sqrt 5 comes to U(-1/sqrt(in), 1/sqrt(in)). */
static Init torch_default(int in)
{
    return (Init){MM_UNIFORM, 1 / sqrt((real)in)};
}

static Block block_init(Params *ps, const char *name, int width, int layers, int heads, bool causal, bool text)
{
    real w = (real)width, attn = 1 / sqrt(w), residual = attn / sqrt(2 * (real)layers), fc = 1 / sqrt(2 * w);
    Init in_proj = text ? (Init){MM_NORMAL, attn} : (Init){MM_UNIFORM, sqrt(6 / (4 * w))}; /* xavier: fan in w, fan out 3w */
    Init out = text ? (Init){MM_NORMAL, residual} : torch_default(width);
    Init up = text ? (Init){MM_NORMAL, fc} : torch_default(width);
    Init down = text ? (Init){MM_NORMAL, residual} : torch_default(4 * width);
    Block b = {.heads = heads, .causal = causal};
    b.ln_1 = mm_layernorm_init(ps, mm_name(ps, "%s.ln_1", name), width);
    b.in_proj_weight = mm_param(ps, mm_name(ps, "%s.attn.in_proj_weight", name), MM_SHAPE(3 * width, width), in_proj);
    b.in_proj_bias = mm_param(ps, mm_name(ps, "%s.attn.in_proj_bias", name), MM_SHAPE(3 * width), (Init){MM_ZERO, 0});
    b.out_proj = mm_linear_init(ps, mm_name(ps, "%s.attn.out_proj", name), width, width, true, out);
    b.ln_2 = mm_layernorm_init(ps, mm_name(ps, "%s.ln_2", name), width);
    b.c_fc = mm_linear_init(ps, mm_name(ps, "%s.mlp.c_fc", name), width, 4 * width, true, up);
    b.c_proj = mm_linear_init(ps, mm_name(ps, "%s.mlp.c_proj", name), 4 * width, width, true, down);
    for (size_t i = 0; i < b.out_proj.bias->n; i++) {
        b.out_proj.bias->data[i] = 0; /* as nn.MultiheadAttention */
    }
    return b;
}

Transformer mm_transformer_init(Params *ps, const char *name, int width, int layers, int heads, bool causal, bool text)
{
    if (heads < 1 || width % heads != 0) {
        mm_fail(mm_params_handler(ps), "%s: width %d is not a multiple of %d heads", name, width, heads);
    }
    Transformer t = {.layers = layers};
    t.block = mm_params_memory(ps, (size_t)layers * sizeof *t.block);
    for (int i = 0; i < layers; i++) {
        t.block[i] = block_init(ps, mm_name(ps, "%s.resblocks.%d", name, i), width, layers, heads, causal, text);
        t.block[i].module = mm_name(ps, "resblocks.%d", i);
    }
    return t;
}

static Tensor *attn(Graph *g, const Block *b, Tensor *x)
{
    mm_push(g, "attn");
    Tensor *qkv = mm_linear(g, x, b->in_proj_weight, b->in_proj_bias); /* (B, T, 3 width) */
    Tensor *y = mm_attention(g, qkv, b->heads, b->causal);             /* (B, T, width) */
    y = mm_linear_forward(g, &b->out_proj, y);
    mm_pop(g);
    return y;
}

static Tensor *mlp(Graph *g, const Block *b, Tensor *x)
{
    mm_push(g, "mlp");
    Tensor *y = mm_linear_forward(g, &b->c_fc, x); /* (B, T, 4 width) */
    y = mm_linear_forward(g, &b->c_proj, b->gelu ? mm_gelu(g, y) : mm_quick_gelu(g, y));
    mm_pop(g);
    return y;
}

static Tensor *block_forward(Graph *g, const void *block, Tensor *const *in)
{
    const Block *b = block;
    mm_push(g, b->module);
    Tensor *x = mm_add(g, in[0], attn(g, b, mm_layernorm_forward(g, &b->ln_1, in[0])));
    x = mm_add(g, x, mlp(g, b, mm_layernorm_forward(g, &b->ln_2, x)));
    mm_pop(g);
    return x;
}

Tensor *mm_transformer_forward(Graph *g, const Transformer *t, Tensor *x)
{
    mm_push(g, "transformer");
    x = mm_blocks(g, block_forward, t->block, sizeof *t->block, t->layers, x);
    mm_pop(g);
    return x;
}
