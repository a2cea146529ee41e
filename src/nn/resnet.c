/* resnet.c: a small residual network for small pictures (He et al. 2016). The first stage halves the picture with a convolution
 * of stride 2, each later one with that beside a shortcut, which averages 2 x 2 places and projects (the ResNet-D shortcut, He et
 * al. 2018); further residual blocks of a stage have x itself as their shortcut. */
#include "mm/nn.h"

#include <tgmath.h>

/* He et al. 2015: this variance survives a ReLU. */
static ConvNorm conv_init(Params *ps, const char *conv, const char *norm, int in, int out, int side)
{
    Init he = {MM_NORMAL, sqrt(2 / (real)(in * side * side))};
    return mm_convnorm_init(ps, conv, norm, MM_SHAPE(out, in, side, side), he, MM_TORCH_BATCHNORM);
}

static Tensor *conv_forward(Graph *g, const ConvNorm *c, Tensor *x, int stride, Activation activation)
{
    return mm_convnorm_forward(g, c, x, (Conv2d){.stride = stride, .pad = c->weight->shape.d[3] / 2}, activation);
}

static ResBlock block_init(Params *ps, const char *name, int width)
{
    return (ResBlock){.first = conv_init(ps, mm_name(ps, "%s.conv1", name), mm_name(ps, "%s.bn1", name), width, width, 3),
                      .second = conv_init(ps, mm_name(ps, "%s.conv2", name), mm_name(ps, "%s.bn2", name), width, width, 3)};
}

static ResStage stage_init(Params *ps, const char *name, int in, int out, int blocks, bool shortcut)
{
    ResStage s = {.down = conv_init(ps, mm_name(ps, "%s.conv", name), mm_name(ps, "%s.bn", name), in, out, 3)};
    if (shortcut) {
        s.shortcut = conv_init(ps, mm_name(ps, "%s.downsample.0", name), mm_name(ps, "%s.downsample.1", name), in, out, 1);
    }
    s.block = mm_params_memory(ps, (size_t)blocks * sizeof *s.block);
    for (int i = 0; i < blocks; i++) {
        s.block[i] = block_init(ps, mm_name(ps, "%s.%d", name, i), out);
        s.block[i].module = mm_name(ps, "%d", i);
    }
    return s;
}

Resnet mm_resnet_init(Params *ps, const char *name, ResnetConfig c)
{
    if (c.size % (1 << c.stages) != 0) {
        mm_fail(mm_params_handler(ps), "%s: pictures of %d pixels cannot be halved %d times", name, c.size, c.stages);
    }
    Resnet r = {.config = c, .name = mm_name(ps, "%s", name)};
    int in = 3, side = c.size >> c.stages;
    for (int s = 0; s < c.stages; s++) {
        r.stage[s] = stage_init(ps, mm_name(ps, "%s.layer%d", name, s + 1), in, c.width[s], c.blocks[s], s > 0);
        r.stage[s].module = mm_name(ps, "layer%d", s + 1);
        in = c.width[s];
    }
    int features = in * side * side;
    if (c.embed) {
        r.proj = mm_linear_init(ps, mm_name(ps, "%s.proj", name), features, c.embed, false,
                                (Init){MM_NORMAL, 1 / sqrt((real)features)});
    }
    return r;
}

/* y = ReLU(BN(conv x) + BN(conv1x1(average x))), half as high and wide */
static Tensor *halve(Graph *g, const void *attr, Tensor *const *in)
{
    const ResStage *stage = attr;
    Tensor *x = in[0];
    if (!stage->shortcut.weight) {
        return conv_forward(g, &stage->down, x, 2, MM_RELU);
    }
    Tensor *shortcut = conv_forward(g, &stage->shortcut, mm_avgpool2d(g, x, (Pool2d){.size = 2}), 1, MM_LINEAR);
    return mm_relu(g, mm_add(g, conv_forward(g, &stage->down, x, 2, MM_LINEAR), shortcut));
}

/* y = ReLU(BN(conv(ReLU(BN(conv x)))) + x) */
static Tensor *block_forward(Graph *g, const void *attr, Tensor *const *in)
{
    const ResBlock *b = attr;
    Tensor *x = in[0];
    mm_push(g, b->module);
    Tensor *y = conv_forward(g, &b->second, conv_forward(g, &b->first, x, 1, MM_RELU), 1, MM_LINEAR);
    y = mm_relu(g, mm_add(g, y, x));
    mm_pop(g);
    return y;
}

Tensor *mm_resnet_features(Graph *g, const Resnet *r, Tensor *pixels)
{
    Tensor *x = pixels;
    mm_push(g, r->name);
    for (int s = 0; s < r->config.stages; s++) {
        mm_push(g, r->stage[s].module);
        x = mm_block(g, halve, &r->stage[s], sizeof r->stage[s], 1, &x); /* (B, width, half, half) */
        x = mm_blocks(g, block_forward, r->stage[s].block, sizeof(ResBlock), r->config.blocks[s], x);
        mm_pop(g);
    }
    mm_pop(g);
    return x;
}

Tensor *mm_resnet_forward(Graph *g, const Resnet *r, Tensor *pixels)
{
    Tensor *x = mm_resnet_features(g, r, pixels);
    int B = x->shape.d[0];
    mm_push(g, r->name);
    x = mm_reshape(g, x, MM_SHAPE(B, (int)(x->n / (size_t)B))); /* where a thing is still counts: no average over places */
    x = mm_linear_forward(g, &r->proj, x);                      /* (B, embed) */
    mm_pop(g);
    return x;
}
