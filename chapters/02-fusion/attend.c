/* attend.c: y = x + attention(LN x, LN memory), then y + MLP(LN y): the pre-norm layer of MulT (Tsai et al. 2019), which normalises
 * queries and keys alike. */
#include "attend.h"

#include <tgmath.h>

Attend attend_init(Params *ps, const char *name, int width, int heads)
{
    Init up = {MM_UNIFORM, 1 / sqrt((real)width)}, down = {MM_UNIFORM, 1 / sqrt((real)(2 * width))};
    return (Attend){.norm1 = mm_layernorm_init(ps, mm_name(ps, "%s.norm1", name), width),
                    .norm2 = mm_layernorm_init(ps, mm_name(ps, "%s.norm2", name), width),
                    .attn = mm_multihead_init(ps, mm_name(ps, "%s.attn", name), width, heads),
                    .linear1 = mm_linear_init(ps, mm_name(ps, "%s.linear1", name), width, 2 * width, true, up),
                    .linear2 = mm_linear_init(ps, mm_name(ps, "%s.linear2", name), 2 * width, width, true, down)};
}

Tensor *attend_forward(Graph *g, const Attend *a, Tensor *x, Tensor *memory, Tensor *mask, real dropout)
{
    Tensor *asks = mm_layernorm_forward(g, &a->norm1, x); /* (B, T, width) */
    Tensor *answers = memory == x ? asks : mm_layernorm_forward(g, &a->norm1, memory);
    Tensor *y = mm_multihead_forward(g, &a->attn, asks, answers, mask, false, dropout);
    x = mm_add(g, x, mm_dropout(g, y, dropout));
    y = mm_relu(g, mm_linear_forward(g, &a->linear1, mm_layernorm_forward(g, &a->norm2, x))); /* (B, T, 2 width) */
    y = mm_linear_forward(g, &a->linear2, mm_dropout(g, y, dropout));
    return mm_add(g, x, mm_dropout(g, y, dropout));
}

Tensor *attend_place(Graph *g, Tensor *x)
{
    int T = x->shape.d[1], width = x->shape.d[2];
    Tensor *place = mm_named(mm_input(g, MM_SHAPE(T, width), NULL), "places");
    for (int t = 0; t < T; t++) {
        for (int d = 0; d < width; d++) {
            real angle = (real)t / pow((real)10000, (real)(d / 2 * 2) / (real)width);
            place->data[t * width + d] = d % 2 ? cos(angle) : sin(angle);
        }
    }
    return mm_add(g, mm_affine(g, x, sqrt((real)width), 0), place);
}

Tensor *attend_mean(Graph *g, Tensor *x, const int *length)
{
    int B = x->shape.d[0], T = x->shape.d[1];
    if (!length) {
        return mm_mean(g, x, 1);
    }
    Tensor *part = mm_named(mm_input(g, MM_SHAPE(B, T, 1), NULL), "1 / length");
    for (int i = 0; i < B * T; i++) {
        part->data[i] = i % T < length[i / T] ? 1 / (real)length[i / T] : 0;
    }
    return mm_sum(g, mm_mul(g, x, part), 1);
}
