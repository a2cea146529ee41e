/* resnet.c: a small residual network for small pictures (He et al. 2016), in the plan of Darknet-53: each stage halves the
 * picture with a convolution of stride 2, then refines it with residual blocks, whose shortcut is thus always x itself. */
#include "mm/nn.h"

#include <tgmath.h>

/* A 3x3 convolution without bias, since a BatchNorm follows. He et al. 2015: this variance survives a ReLU. */
static ConvNorm conv_init(Params *ps, const char *conv, const char *norm, int in, int out)
{
    Init he = {MM_NORMAL, sqrt(2 / (real)(in * 9))};
    return (ConvNorm){mm_param(ps, mm_name(ps, "%s.weight", conv), MM_SHAPE(out, in, 3, 3), he),
                      mm_batchnorm_init(ps, norm, out)};
}

static Tensor *conv_forward(Graph *g, const ConvNorm *c, Tensor *x, int stride, bool relu)
{
    return mm_batchnorm_forward(g, &c->norm, mm_conv2d(g, x, c->weight, NULL, stride, 1), relu);
}

static ResBlock block_init(Params *ps, const char *name, int width)
{
    return (ResBlock){.first = conv_init(ps, mm_name(ps, "%s.conv1", name), mm_name(ps, "%s.bn1", name), width, width),
                      .second = conv_init(ps, mm_name(ps, "%s.conv2", name), mm_name(ps, "%s.bn2", name), width, width)};
}

Resnet mm_resnet_init(Params *ps, const char *name, ResnetConfig c)
{
    Resnet r = {.config = c, .name = mm_name(ps, "%s", name)};
    int in = 3, side = c.size;
    for (int s = 0; s < c.stages; s++) {
        const char *stage = mm_name(ps, "%s.layer%d", name, s + 1);
        r.stage[s].module = mm_name(ps, "layer%d", s + 1);
        r.stage[s].down = conv_init(ps, mm_name(ps, "%s.conv", stage), mm_name(ps, "%s.bn", stage), in, c.width[s]);
        r.stage[s].block = mm_params_memory(ps, (size_t)c.blocks[s] * sizeof(ResBlock));
        for (int i = 0; i < c.blocks[s]; i++) {
            r.stage[s].block[i] = block_init(ps, mm_name(ps, "%s.%d", stage, i), c.width[s]);
            r.stage[s].block[i].module = mm_name(ps, "%d", i);
        }
        in = c.width[s];
        side = (side + 1) / 2;
    }
    int features = in * side * side;
    r.proj = mm_linear_init(ps, mm_name(ps, "%s.proj", name), features, c.embed, false,
                            (Init){MM_NORMAL, 1 / sqrt((real)features)});
    return r;
}

/* y = ReLU(BN(conv(ReLU(BN(conv x)))) + x) */
static Tensor *block_forward(Graph *g, const ResBlock *b, Tensor *x)
{
    mm_push(g, b->module);
    Tensor *y = conv_forward(g, &b->second, conv_forward(g, &b->first, x, 1, true), 1, false);
    y = mm_relu(g, mm_add(g, y, x));
    mm_pop(g);
    return y;
}

Tensor *mm_resnet_forward(Graph *g, const Resnet *r, Tensor *pixels)
{
    Tensor *x = pixels;
    mm_push(g, r->name);
    for (int s = 0; s < r->config.stages; s++) {
        mm_push(g, r->stage[s].module);
        x = conv_forward(g, &r->stage[s].down, x, 2, true); /* (B, width, half, half) */
        for (int i = 0; i < r->config.blocks[s]; i++) {
            x = block_forward(g, &r->stage[s].block[i], x);
        }
        mm_pop(g);
    }
    int B = x->shape.d[0];
    x = mm_reshape(g, x, MM_SHAPE(B, (int)(x->n / (size_t)B))); /* where a thing is still counts: no average over places */
    x = mm_linear_forward(g, &r->proj, x);                      /* (B, embed) */
    mm_pop(g);
    return x;
}
