/* efficientnet.c: EfficientNet (Tan and Le 2019) without its last convolution and its classes: the image tower of ALIGN. Names,
 * padding and the shapes of a checkpoint are those of Hugging Face's port (kakaobrain/align-base is B7 at 289 pixels). */
#include "mm/nn.h"

#include <math.h>
#include <string.h>

/* VarianceScaling(2, fan out, truncated normal) of Keras: what is cut off the normal takes variance from it, so it is made wider
 * by 1 / 0.8796… first. */
static Init scaled_by_fan_out(int fan_out)
{
    return (Init){MM_TRUNCATED, (real)(sqrt(2.0 / fan_out) / 0.87962566103423978)};
}

static ConvNorm conv_init(Params *ps, const char *name, const char *conv, const char *norm, Shape w, BatchnormOptions batchnorm)
{
    Init init = scaled_by_fan_out(w.d[2] * w.d[3] *
                                  (w.d[1] == 1 ? 1 : w.d[0])); /* a channel of a depthwise one feeds one output */
    return mm_convnorm_init(ps, mm_name(ps, "%s.%s", name, conv), mm_name(ps, "%s.%s", name, norm), w, init,
                            batchnorm.eps > 0 ? batchnorm : MM_KERAS_BATCHNORM);
}

static Excite excite_init(Params *ps, const char *name, int in, int out)
{
    return (Excite){mm_param(ps, mm_name(ps, "%s.weight", name), MM_SHAPE(out, in, 1, 1), scaled_by_fan_out(out)),
                    mm_param(ps, mm_name(ps, "%s.bias", name), MM_SHAPE(out), (Init){MM_ZERO, 0})};
}

Mbconv mm_mbconv_init(Params *ps, const char *name, MbconvConfig c)
{
    if (c.residual && (c.stride != 1 || c.in != c.out)) {
        mm_fail(mm_params_handler(ps), "%s: %d channels with stride %d to %d cannot be added to what came in", name, c.in,
                c.stride, c.out);
    }
    int inner = c.in * c.expand, reduced = c.in / 4 > 1 ? c.in / 4 : 1;
    Mbconv m = {.config = c};
    if (c.expand > 1) {
        m.expand = conv_init(ps, name, "expansion.expand_conv", "expansion.expand_bn", MM_SHAPE(inner, c.in, 1, 1), c.batchnorm);
    }
    m.depthwise = conv_init(ps, name, "depthwise_conv.depthwise_conv", "depthwise_conv.depthwise_norm",
                            MM_SHAPE(inner, 1, c.kernel, c.kernel), c.batchnorm);
    m.squeeze = excite_init(ps, mm_name(ps, "%s.squeeze_excite.reduce", name), inner, reduced);
    m.excite = excite_init(ps, mm_name(ps, "%s.squeeze_excite.expand", name), reduced, inner);
    m.project = conv_init(ps, name, "projection.project_conv", "projection.project_bn", MM_SHAPE(c.out, inner, 1, 1),
                          c.batchnorm);
    return m;
}

/* x times a factor for each channel of each picture: what the whole picture says of how much the channel matters (Hu et al. 2018) */
static Tensor *squeeze_excite(Graph *g, const Mbconv *m, Tensor *x)
{
    mm_push(g, "squeeze_excite");
    /* region squeeze_excite */
    Tensor *s = mm_avgpool2d(g, x, (Pool2d){0});                                       /* (B, inner, 1, 1) */
    s = mm_silu(g, mm_conv2d(g, s, m->squeeze.weight, m->squeeze.bias, (Conv2d){0}));  /* (B, in / 4, 1, 1) */
    s = mm_sigmoid(g, mm_conv2d(g, s, m->excite.weight, m->excite.bias, (Conv2d){0})); /* (B, inner, 1, 1) */
    x = mm_mul(g, x, s);
    /* end squeeze_excite */
    mm_pop(g);
    return x;
}

/* TensorFlow's "same" for pictures of even size: with a stride of 2 the kernel's last line, not its first, is beyond them. Keras pads an
 * odd one alike on both sides; Hugging Face only where the config lists the block (depthwise_padding). */
static Conv2d padding(int kernel, int stride, bool symmetric)
{
    return stride == 1 || symmetric ? (Conv2d){.stride = stride, .pad = kernel / 2}
                                    : (Conv2d){.stride = stride, .pad = kernel / 2 - 1, .extra = 1};
}

/* Narrow, wide, narrow: MobileNetV2's inverted bottleneck (Sandler et al. 2018), with swish and squeeze-and-excite. */
Tensor *mm_mbconv_forward(Graph *g, const Mbconv *m, Tensor *x)
{
    MbconvConfig c = m->config;
    Tensor *y = x;
    if (m->expand.weight) {
        y = mm_convnorm_forward(g, &m->expand, y, (Conv2d){0}, MM_SILU);
    }
    Conv2d o = padding(c.kernel, c.stride, c.symmetric);
    o.groups = c.in * c.expand;
    y = mm_convnorm_forward(g, &m->depthwise, y, o, MM_SILU);
    y = squeeze_excite(g, m, y);
    y = mm_convnorm_forward(g, &m->project, y, (Conv2d){0}, MM_LINEAR);
    return c.residual ? mm_add(g, mm_drop_connect(g, y, c.drop_connect), x) : y;
}

EfficientnetConfig mm_efficientnet_config(int b)
{
    static const EfficientnetConfig configs[] = {
        {1, 1, 224, (real)0.2},     {1, 1.1, 240, (real)0.2},   {1.1, 1.2, 260, (real)0.2}, {1.2, 1.4, 300, (real)0.2},
        {1.4, 1.8, 380, (real)0.2}, {1.6, 2.2, 456, (real)0.2}, {1.8, 2.6, 528, (real)0.2}, {2, 3.1, 600, (real)0.2}};
    if (b < 0 || b > 7) {
        mm_fail((FailHandler){0}, "there is no EfficientNet B%d: they are B0 to B7", b);
    }
    return configs[b];
}

/* The seven stages of B0. */
enum { STAGES = 7 };
static const EfficientnetStage base[STAGES] = {{1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80},
                                               {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}};
enum { STEM = 32 };

EfficientnetConfig mm_efficientnet_stages(EfficientnetConfig c)
{
    if (c.stages == 0) {
        memcpy(c.stage, base, sizeof base);
        c.stages = STAGES;
    }
    return c;
}

/* A multiple of 8 near channels width, and not below it by more than a tenth. */
int mm_efficientnet_channels(int channels, double width)
{
    double wanted = channels * width;
    int n = (int)(wanted + 4) / 8 * 8;
    n = n > 8 ? n : 8;
    return n < 0.9 * wanted ? n + 8 : n;
}

static int scaled_repeats(int repeats, double depth)
{
    return (int)ceil(depth * repeats);
}

int mm_efficientnet_features(const EfficientnetConfig *config)
{
    EfficientnetConfig c = mm_efficientnet_stages(*config);
    return mm_efficientnet_channels(c.stage[c.stages - 1].out, c.width);
}

int mm_efficientnet_blocks(const EfficientnetConfig *config)
{
    EfficientnetConfig c = mm_efficientnet_stages(*config);
    int n = 0;
    for (int s = 0; s < c.stages; s++) {
        n += scaled_repeats(c.stage[s].repeats, c.depth);
    }
    return n;
}

Efficientnet mm_efficientnet_init(Params *ps, const char *name, EfficientnetConfig c)
{
    c = mm_efficientnet_stages(c);
    Efficientnet e = {.config = c, .name = mm_name(ps, "%s", name), .blocks = mm_efficientnet_blocks(&c)};
    int in = mm_efficientnet_channels(STEM, c.width);
    e.stem = conv_init(ps, mm_name(ps, "%s.embeddings", name), "convolution", "batchnorm", MM_SHAPE(in, 3, 3, 3), c.batchnorm);
    e.block = mm_params_memory(ps, (size_t)e.blocks * sizeof *e.block);
    for (int s = 0, n = 0; s < c.stages; s++) {
        EfficientnetStage stage = c.stage[s];
        int out = mm_efficientnet_channels(stage.out, c.width);
        for (int i = 0; i < scaled_repeats(stage.repeats, c.depth); i++, n++) {
            MbconvConfig block = {.in = in,
                                  .out = out,
                                  .kernel = stage.kernel,
                                  .stride = i == 0 ? stage.stride : 1,
                                  .expand = stage.expand,
                                  .residual = i > 0,
                                  .symmetric = stage.symmetric,
                                  .drop_connect = c.drop_connect * (real)n / (real)e.blocks,
                                  .batchnorm = c.batchnorm};
            e.block[n] = mm_mbconv_init(ps, mm_name(ps, "%s.encoder.blocks.%d", name, n), block);
            e.block[n].module = mm_name(ps, "blocks.%d", n);
            in = out;
        }
    }
    e.features = in;
    return e;
}

Tensor *mm_efficientnet_forward(Graph *g, const Efficientnet *e, Tensor *pixels)
{
    mm_push(g, e->name);
    Tensor *x = mm_convnorm_forward(g, &e->stem, pixels, padding(3, 2, false), MM_SILU);
    for (int i = 0; i < e->blocks; i++) {
        mm_push(g, e->block[i].module);
        x = mm_mbconv_forward(g, &e->block[i], x);
        mm_pop(g);
    }
    x = mm_reshape(g, mm_avgpool2d(g, x, (Pool2d){0}), MM_SHAPE(x->shape.d[0], e->features));
    mm_pop(g);
    return x;
}
