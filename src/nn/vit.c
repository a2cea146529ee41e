/* vit.c: the Vision Transformer of CLIP (openai/CLIP model.py, VisionTransformer; Dosovitskiy et al. 2020). */
#include "mm/nn.h"

#include <tgmath.h>

Vit mm_vit_init(Params *ps, const char *name, VitConfig c)
{
    if (c.patch < 1 || c.size % c.patch != 0) {
        mm_fail(mm_params_handler(ps), "%s: pictures of %d pixels cannot be cut into patches of %d", name, c.size, c.patch);
    }
    int side = c.size / c.patch, tokens = side * side + 1;
    real std = 1 / sqrt((real)c.width);
    Init patches = {MM_UNIFORM, 1 / sqrt((real)(3 * c.patch * c.patch))}, normal = {MM_NORMAL, std};
    Vit v = {.config = c, .name = mm_name(ps, "%s", name)};
    v.patch_embed = mm_param(ps, mm_name(ps, "%s.conv1.weight", name), MM_SHAPE(c.width, 3, c.patch, c.patch), patches);
    v.class_embedding = mm_param(ps, mm_name(ps, "%s.class_embedding", name), MM_SHAPE(c.width), normal);
    v.positional_embedding = mm_param(ps, mm_name(ps, "%s.positional_embedding", name), MM_SHAPE(tokens, c.width), normal);
    v.ln_pre = mm_layernorm_init(ps, mm_name(ps, "%s.ln_pre", name), c.width);
    v.transformer = mm_transformer_init(ps, mm_name(ps, "%s.transformer", name), c.width, c.layers, c.heads, false, false);
    v.ln_post = mm_layernorm_init(ps, mm_name(ps, "%s.ln_post", name), c.width);
    v.proj = mm_param(ps, mm_name(ps, "%s.proj", name), MM_SHAPE(c.width, c.embed), normal);
    return v;
}

Tensor *mm_vit_forward(Graph *g, const Vit *v, Tensor *pixels)
{
    int B = pixels->shape.d[0], width = v->config.width, side = v->config.size / v->config.patch;
    mm_push(g, v->name);
    Tensor *x = mm_conv2d(g, pixels, v->patch_embed, NULL, (Conv2d){.stride = v->config.patch}); /* (B, width, side, side) */
    x = mm_reshape(g, x, MM_SHAPE(B, width, side * side));                                       /* (B, width, patches) */
    x = mm_permute(g, x, (int[]){0, 2, 1});                                                      /* (B, patches, width) */
    Tensor *none = mm_named(mm_input(g, MM_SHAPE(B, 1, width), NULL), "zeros"); /* gives the class token a batch */
    Tensor *cls = mm_add(g, none, v->class_embedding);                          /* (B, 1, width) */
    x = mm_concat(g, 2, (Tensor *[]){cls, x}, 1);                               /* (B, 1 + patches, width) */
    x = mm_layernorm_forward(g, &v->ln_pre, mm_add(g, x, v->positional_embedding));
    x = mm_transformer_forward(g, &v->transformer, x);
    x = mm_reshape(g, mm_slice(g, x, 1, 0, 1), MM_SHAPE(B, width));            /* the class token: (B, width) */
    x = mm_matmul(g, mm_layernorm_forward(g, &v->ln_post, x), v->proj, MM_NN); /* (B, embed) */
    mm_pop(g);
    return x;
}
