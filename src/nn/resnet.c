/* resnet.c: a small residual network for small pictures (He et al. 2016, basic blocks; the CIFAR layout, with no pooling in
 * the stem). Every stage but the first halves the picture. */
#include "mm/nn.h"

#include <tgmath.h>

/* He et al. 2015: keeps the variance through a ReLU, counted over what a number feeds. */
static Tensor *conv_init(Params *ps, const char *name, int in, int out, int side)
{
    return mm_param(ps, mm_name(ps, "%s.weight", name), MM_SHAPE(out, in, side, side),
                    (Init){MM_NORMAL, sqrt(2 / (real)(out * side * side))});
}

static ResBlock block_init(Params *ps, const char *name, int in, int out, int stride)
{
    ResBlock b = {.name = mm_name(ps, "%s", name), .stride = stride};
    b.conv1 = conv_init(ps, mm_name(ps, "%s.conv1", name), in, out, 3);
    b.bn1 = mm_batchnorm_init(ps, mm_name(ps, "%s.bn1", name), out);
    b.conv2 = conv_init(ps, mm_name(ps, "%s.conv2", name), out, out, 3);
    b.bn2 = mm_batchnorm_init(ps, mm_name(ps, "%s.bn2", name), out);
    if (in != out || stride != 1) {
        b.shortcut = conv_init(ps, mm_name(ps, "%s.downsample.0", name), in, out, 1);
        b.bn_shortcut = mm_batchnorm_init(ps, mm_name(ps, "%s.downsample.1", name), out);
    }
    return b;
}

Resnet mm_resnet_init(Params *ps, const char *name, ResnetConfig c)
{
    Resnet r = {.config = c, .name = mm_name(ps, "%s", name)};
    for (int s = 0; s < c.stages; s++) {
        r.n_blocks += c.blocks[s];
    }
    r.block = mm_params_memory(ps, (size_t)r.n_blocks * sizeof *r.block);
    r.conv1 = conv_init(ps, mm_name(ps, "%s.conv1", name), 3, c.width[0], 3);
    r.bn1 = mm_batchnorm_init(ps, mm_name(ps, "%s.bn1", name), c.width[0]);
    int in = c.width[0], k = 0;
    for (int s = 0; s < c.stages; s++) {
        for (int i = 0; i < c.blocks[s]; i++) {
            int stride = s > 0 && i == 0 ? 2 : 1;
            r.block[k++] = block_init(ps, mm_name(ps, "%s.layer%d.%d", name, s + 1, i), in, c.width[s], stride);
            in = c.width[s];
        }
    }
    r.proj = mm_linear_init(ps, mm_name(ps, "%s.proj", name), in, c.embed, false, (Init){MM_NORMAL, 1 / sqrt((real)in)});
    return r;
}

/* y = ReLU(BN(conv(ReLU(BN(conv x)))) + x), with x through a 1x1 convolution where the shapes differ */
static Tensor *block_forward(Graph *g, const ResBlock *b, Tensor *x)
{
    mm_push(g, b->name);
    Tensor *y = mm_batchnorm_forward(g, &b->bn1, mm_conv2d(g, x, b->conv1, NULL, b->stride, 1), true);
    y = mm_batchnorm_forward(g, &b->bn2, mm_conv2d(g, y, b->conv2, NULL, 1, 1), false);
    if (b->shortcut) {
        x = mm_batchnorm_forward(g, &b->bn_shortcut, mm_conv2d(g, x, b->shortcut, NULL, b->stride, 0), false);
    }
    y = mm_relu(g, mm_add(g, y, x));
    mm_pop(g);
    return y;
}

Tensor *mm_resnet_forward(Graph *g, const Resnet *r, Tensor *pixels)
{
    mm_push(g, r->name);
    Tensor *x = mm_conv2d(g, pixels, r->conv1, NULL, r->config.stem_stride, 1); /* (B, width, size, size) */
    x = mm_batchnorm_forward(g, &r->bn1, x, true);
    for (int i = 0; i < r->n_blocks; i++) {
        x = block_forward(g, &r->block[i], x);
    }
    x = mm_mean(g, mm_mean(g, x, -1), -1); /* (B, channels) */
    x = mm_linear_forward(g, &r->proj, x); /* (B, embed) */
    mm_pop(g);
    return x;
}
