/* layers.c: the layers that every model is made of. */
#include "mm/nn.h"

#include <tgmath.h>

Linear mm_linear_init(Params *ps, const char *name, int in, int out, bool bias, Init weight)
{
    Linear l = {.weight = mm_param(ps, mm_name(ps, "%s.weight", name), MM_SHAPE(out, in), weight)};
    if (bias) {
        l.bias = mm_param(ps, mm_name(ps, "%s.bias", name), MM_SHAPE(out), (Init){MM_UNIFORM, 1 / sqrt((real)in)});
    }
    return l;
}

Tensor *mm_linear_forward(Graph *g, const Linear *l, Tensor *x)
{
    return mm_linear(g, x, l->weight, l->bias);
}

LayerNorm mm_layernorm_init(Params *ps, const char *name, int width)
{
    return (LayerNorm){mm_param(ps, mm_name(ps, "%s.weight", name), MM_SHAPE(width), (Init){MM_CONSTANT, 1}),
                       mm_param(ps, mm_name(ps, "%s.bias", name), MM_SHAPE(width), (Init){MM_ZERO, 0})};
}

Tensor *mm_layernorm_forward(Graph *g, const LayerNorm *l, Tensor *x)
{
    return mm_layernorm(g, x, l->weight, l->bias, (real)1e-5);
}

BatchNorm mm_batchnorm_init(Params *ps, const char *name, int channels, BatchnormOptions options)
{
    Shape c = MM_SHAPE(channels);
    return (BatchNorm){mm_param(ps, mm_name(ps, "%s.weight", name), c, (Init){MM_CONSTANT, 1}),
                       mm_param(ps, mm_name(ps, "%s.bias", name), c, (Init){MM_ZERO, 0}),
                       mm_buffer(ps, mm_name(ps, "%s.running_mean", name), c, 0),
                       mm_buffer(ps, mm_name(ps, "%s.running_var", name), c, 1), options};
}

Tensor *mm_batchnorm_forward(Graph *g, const BatchNorm *l, Tensor *x, Activation activation)
{
    BatchnormOptions o = l->options;
    o.activation = activation;
    return mm_batchnorm(g, x, l->weight, l->bias, l->running_mean->data, l->running_var->data, o);
}

ConvNorm mm_convnorm_init(Params *ps, const char *conv, const char *norm, Shape weight, Init init, BatchnormOptions options)
{
    return (ConvNorm){mm_param(ps, mm_name(ps, "%s.weight", conv), weight, init),
                      mm_batchnorm_init(ps, norm, weight.d[0], options)};
}

Tensor *mm_convnorm_forward(Graph *g, const ConvNorm *c, Tensor *x, Conv2d options, Activation activation)
{
    return mm_batchnorm_forward(g, &c->norm, mm_conv2d(g, x, c->weight, NULL, options), activation);
}
