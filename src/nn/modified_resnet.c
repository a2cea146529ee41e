/* modified_resnet.c: the ResNet of CLIP (openai/CLIP model.py, ModifiedResNet). It differs from He et al. 2015 in a stem of three
 * convolutions, in averages before each convolution that would have a stride (so that nothing is sampled without being smoothed
 * first), and in attention in place of the last average. */
#include "mm/nn.h"

#include <tgmath.h>

/* PyTorch's default for a convolution, kaiming_uniform with a = sqrt 5, comes to U(-1/sqrt(fan in), 1/sqrt(fan in)). */
static ConvNorm conv_init(Params *ps, const char *conv, const char *norm, int in, int out, int side)
{
    Init init = {MM_UNIFORM, 1 / sqrt((real)(in * side * side))};
    return mm_convnorm_init(ps, conv, norm, MM_SHAPE(out, in, side, side), init, MM_TORCH_BATCHNORM);
}

AttentionPool mm_attnpool_init(Params *ps, const char *name, int side, int width, int heads, int embed)
{
    if (heads < 1 || width % heads != 0) {
        mm_fail(mm_params_handler(ps), "%s: width %d is not a multiple of %d heads", name, width, heads);
    }
    Init normal = {MM_NORMAL, 1 / sqrt((real)width)};
    AttentionPool p = {.heads = heads};
    p.positional_embedding = mm_param(ps, mm_name(ps, "%s.positional_embedding", name), MM_SHAPE(side * side + 1, width), normal);
    p.q_proj = mm_linear_init(ps, mm_name(ps, "%s.q_proj", name), width, width, true, normal);
    p.k_proj = mm_linear_init(ps, mm_name(ps, "%s.k_proj", name), width, width, true, normal);
    p.v_proj = mm_linear_init(ps, mm_name(ps, "%s.v_proj", name), width, width, true, normal);
    p.c_proj = mm_linear_init(ps, mm_name(ps, "%s.c_proj", name), width, embed, true, normal);
    return p;
}

/* The tokens are the mean of all places and the places themselves; the mean asks, and all of them answer. */
Tensor *mm_attnpool_forward(Graph *g, const AttentionPool *p, Tensor *x)
{
    int B = x->shape.d[0], width = x->shape.d[1], places = x->shape.d[2] * x->shape.d[3];
    mm_push(g, "attnpool");
    x = mm_permute(g, mm_reshape(g, x, MM_SHAPE(B, width, places)), (int[]){0, 2, 1}); /* (B, places, width) */
    Tensor *mean = mm_reshape(g, mm_mean(g, x, 1), MM_SHAPE(B, 1, width));
    x = mm_add(g, mm_concat(g, 2, (Tensor *[]){mean, x}, 1), p->positional_embedding); /* (B, 1 + places, width) */
    Tensor *q = mm_linear_forward(g, &p->q_proj, mm_slice(g, x, 1, 0, 1));             /* (B, 1, width) */
    Tensor *k = mm_linear_forward(g, &p->k_proj, x), *v = mm_linear_forward(g, &p->v_proj, x);
    x = mm_reshape(g, mm_sdpa(g, q, k, v, p->heads, NULL, false, 0), MM_SHAPE(B, width));
    x = mm_linear_forward(g, &p->c_proj, x); /* (B, embed) */
    mm_pop(g);
    return x;
}

static Bottleneck bottleneck_init(Params *ps, const char *name, int in, int planes, int stride)
{
    Bottleneck b = {.stride = stride};
    b.conv1 = conv_init(ps, mm_name(ps, "%s.conv1", name), mm_name(ps, "%s.bn1", name), in, planes, 1);
    b.conv2 = conv_init(ps, mm_name(ps, "%s.conv2", name), mm_name(ps, "%s.bn2", name), planes, planes, 3);
    b.conv3 = conv_init(ps, mm_name(ps, "%s.conv3", name), mm_name(ps, "%s.bn3", name), planes, 4 * planes, 1);
    for (size_t i = 0; i < b.conv3.norm.weight->n; i++) {
        b.conv3.norm.weight->data[i] = 0; /* at first the block is its shortcut */
    }
    if (stride > 1 || in != 4 * planes) {
        b.downsample = conv_init(ps, mm_name(ps, "%s.downsample.0", name), mm_name(ps, "%s.downsample.1", name), in, 4 * planes,
                                 1);
    }
    return b;
}

ModifiedResnet mm_modified_resnet_init(Params *ps, const char *name, ModifiedResnetConfig c)
{
    if (c.size < 32 || c.size % 32 != 0 || c.width < 2 || c.width % 2 != 0) {
        mm_fail(mm_params_handler(ps), "%s: pictures of %d pixels cannot be halved 5 times, or %d channels once", name, c.size,
                c.width);
    }
    ModifiedResnet r = {.config = c, .name = mm_name(ps, "%s", name)};
    const int channels[] = {3, c.width / 2, c.width / 2, c.width};
    for (int i = 0; i < 3; i++) {
        r.stem[i] = conv_init(ps, mm_name(ps, "%s.conv%d", name, i + 1), mm_name(ps, "%s.bn%d", name, i + 1), channels[i],
                              channels[i + 1], 3);
    }
    int in = c.width;
    for (int s = 0; s < 4; s++) {
        int planes = c.width << s;
        r.layer[s] = mm_params_memory(ps, (size_t)c.layers[s] * sizeof *r.layer[s]);
        for (int i = 0; i < c.layers[s]; i++) {
            const char *block = mm_name(ps, "%s.layer%d.%d", name, s + 1, i);
            r.layer[s][i] = bottleneck_init(ps, block, in, planes, s > 0 && i == 0 ? 2 : 1);
            r.layer[s][i].module = mm_name(ps, "layer%d.%d", s + 1, i);
            in = 4 * planes;
        }
    }
    r.attnpool = mm_attnpool_init(ps, mm_name(ps, "%s.attnpool", name), c.size / 32, in, c.heads, c.embed);
    return r;
}

static Tensor *average(Graph *g, Tensor *x, int size)
{
    return size > 1 ? mm_avgpool2d(g, x, (Pool2d){.size = size}) : x;
}

/* y = ReLU(BN(conv3 avg(ReLU(BN(conv2 ReLU(BN(conv1 x)))))) + x, or BN(conv(avg x)) where the shape changes) */
static Tensor *bottleneck_forward(Graph *g, const Bottleneck *b, Tensor *x)
{
    mm_push(g, b->module);
    Tensor *y = mm_convnorm_forward(g, &b->conv1, x, (Conv2d){0}, MM_RELU);
    y = mm_convnorm_forward(g, &b->conv2, y, (Conv2d){.pad = 1}, MM_RELU);
    y = mm_convnorm_forward(g, &b->conv3, average(g, y, b->stride), (Conv2d){0}, MM_LINEAR);
    if (b->downsample.weight) {
        x = mm_convnorm_forward(g, &b->downsample, average(g, x, b->stride), (Conv2d){0}, MM_LINEAR);
    }
    y = mm_relu(g, mm_add(g, y, x));
    mm_pop(g);
    return y;
}

Tensor *mm_modified_resnet_forward(Graph *g, const ModifiedResnet *r, Tensor *pixels)
{
    Tensor *x = pixels;
    mm_push(g, r->name);
    for (int i = 0; i < 3; i++) {
        x = mm_convnorm_forward(g, &r->stem[i], x, (Conv2d){.stride = i == 0 ? 2 : 1, .pad = 1}, MM_RELU);
    }
    x = average(g, x, 2); /* (B, width, size / 4, size / 4) */
    for (int s = 0; s < 4; s++) {
        for (int i = 0; i < r->config.layers[s]; i++) {
            x = bottleneck_forward(g, &r->layer[s][i], x);
        }
    }
    x = mm_attnpool_forward(g, &r->attnpool, x); /* (B, 32 width, size / 32, size / 32) -> (B, embed) */
    mm_pop(g);
    return x;
}
