/* encoder.c: words, frames and pictures become sequences of states of one width; what comes after need not know what they were. */
#include "encoder.h"

#include <tgmath.h>

const char *const reader_name[] = {"lstm", "transformer", "mean", NULL};

static Init torch_default(int in)
{
    return (Init){MM_UNIFORM, 1 / sqrt((real)in)};
}

static ConvNorm conv_init(Params *ps, const char *name, int layer, int in, int out)
{
    return mm_convnorm_init(ps, mm_name(ps, "%s.conv.%d", name, layer), mm_name(ps, "%s.norm.%d", name, layer),
                            MM_SHAPE(out, in, 3, 3), (Init){MM_NORMAL, sqrt(2 / (real)(9 * in))}, MM_TORCH_BATCHNORM);
}

Encoder encoder_init(Params *ps, EncoderConfig c)
{
    Encoder e = {.config = c};
    const char *name = e.config.name = mm_name(ps, "%s", c.name);
    switch (c.kind) {
    case ENCODE_VECTOR:
    case ENCODE_FRAMES:
        e.project = mm_linear_init(ps, mm_name(ps, "%s.project", name), c.in, c.width, true, torch_default(c.in));
        break;
    case ENCODE_WORDS:
        e.embedding = mm_param(ps, mm_name(ps, "%s.embedding", name), MM_SHAPE(c.in, c.width), (Init){MM_NORMAL, (real)0.01});
        break;
    case ENCODE_PICTURE:
        for (int l = 0; l < 3; l++) {
            e.conv[l] = conv_init(ps, name, l, l ? 8 << l : 3, l < 2 ? 16 << l : c.width);
        }
        break;
    }
    if (c.kind == ENCODE_VECTOR) {
        return e;
    }
    if (c.kind != ENCODE_PICTURE && c.reader == READ_LSTM) {
        e.lstm = mm_rnn_init(ps, mm_name(ps, "%s.lstm", name), MM_LSTM, c.width, c.width, 1);
    } else if (c.kind != ENCODE_PICTURE && c.reader == READ_TRANSFORMER) {
        e.attend = attend_init(ps, mm_name(ps, "%s.attend", name), c.width, 4);
    }
    int wide = c.width * (c.kind == ENCODE_PICTURE ? c.in / 8 * (c.in / 8) : 1) + c.whole;
    e.summary = mm_linear_init(ps, mm_name(ps, "%s.summary", name), wide, c.width, true, torch_default(wide));
    return e;
}

/* pixels (B, 3, side, side) -> (B, (side / 8)^2, width): each place saw a square of 15 pixels around it */
static Tensor *picture(Graph *g, const Encoder *e, const Part *part, int B)
{
    int side = e->config.in, width = e->config.width, places = side / 8 * (side / 8);
    Tensor *x = mm_named(mm_input(g, MM_SHAPE(B, 3, side, side), part->x), "pixels");
    for (int l = 0; l < 3; l++) {
        x = mm_convnorm_forward(g, &e->conv[l], x, (Conv2d){.stride = 2, .pad = 1}, MM_RELU);
    }
    return mm_permute(g, mm_reshape(g, x, MM_SHAPE(B, width, places)), ((int[]){0, 2, 1}));
}

static Tensor *read_sequence(Graph *g, const Encoder *e, Tensor *x, const Part *part, Tensor *mask)
{
    switch (e->config.reader) {
    case READ_LSTM: return mm_rnn_forward(g, &e->lstm, x, part->length);
    case READ_TRANSFORMER: {
        Tensor *placed = attend_place(g, x);
        return attend_forward(g, &e->attend, placed, placed, mask, e->config.dropout);
    }
    default: return x;
    }
}

Encoded encoder_forward(Graph *g, const Encoder *e, const Part *part, int B)
{
    const EncoderConfig *c = &e->config;
    Encoded out = {.length = part->length};
    mm_push(g, c->name);
    if (c->kind == ENCODE_VECTOR) {
        Tensor *x = mm_input(g, MM_SHAPE(B, c->in), part->x);
        out.vector = mm_tanh(g, mm_linear_forward(g, &e->project, x));
        out.states = mm_reshape(g, out.vector, MM_SHAPE(B, 1, c->width));
        mm_pop(g);
        return out;
    }
    if (c->kind == ENCODE_PICTURE) {
        out.states = picture(g, e, part, B);
    } else {
        Tensor *x = c->kind == ENCODE_WORDS
                        ? mm_embedding(g, e->embedding, part->ids, MM_SHAPE(B, part->T))
                        : mm_relu(g, mm_linear_forward(g, &e->project, mm_input(g, MM_SHAPE(B, part->T, c->in), part->x)));
        out.mask = mm_padding_mask(g, part->length, B, part->T, -10000);
        out.states = read_sequence(g, e, mm_dropout(g, x, c->dropout), part, out.mask); /* (B, T, width) */
    }
    /* Of a sequence the mean of its states; of a picture all places, since a mouth turned up differs from one turned down in where it is. */
    Tensor *sum = c->kind == ENCODE_PICTURE ? mm_reshape(g, out.states, MM_SHAPE(B, e->summary.weight->shape.d[1]))
                                            : attend_mean(g, out.states, out.length);
    if (c->whole) {
        Tensor *whole = mm_named(mm_input(g, MM_SHAPE(B, c->whole), part->whole), "whole");
        sum = mm_concat(g, 2, ((Tensor *[]){sum, whole}), 1); /* (B, width + whole) */
    }
    sum = mm_linear_forward(g, &e->summary, mm_dropout(g, sum, c->dropout));
    out.vector = mm_named(mm_tanh(g, sum), "vector"); /* (B, width) */
    mm_pop(g);
    return out;
}
