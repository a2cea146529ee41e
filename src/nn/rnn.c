/* rnn.c: layers of LSTM or GRU on top of each other, with the names of PyTorch's nn.LSTM and nn.GRU. */
#include "mm/nn.h"

#include <tgmath.h>

Rnn mm_rnn_init(Params *ps, const char *name, RnnKind kind, int input, int hidden, int layers)
{
    Rnn r = {.kind = kind, .name = mm_name(ps, "%s", name), .layers = layers};
    int gates = (kind == MM_LSTM ? 4 : 3) * hidden;
    Init init = {MM_UNIFORM, 1 / sqrt((real)hidden)};
    r.layer = mm_params_memory(ps, (size_t)layers * sizeof *r.layer);
    for (int l = 0; l < layers; l++) {
        int in = l ? hidden : input;
        r.layer[l] = (RnnLayer){mm_param(ps, mm_name(ps, "%s.weight_ih_l%d", name, l), MM_SHAPE(gates, in), init),
                                mm_param(ps, mm_name(ps, "%s.weight_hh_l%d", name, l), MM_SHAPE(gates, hidden), init),
                                mm_param(ps, mm_name(ps, "%s.bias_ih_l%d", name, l), MM_SHAPE(gates), init),
                                mm_param(ps, mm_name(ps, "%s.bias_hh_l%d", name, l), MM_SHAPE(gates), init)};
    }
    return r;
}

Tensor *mm_rnn_forward(Graph *g, const Rnn *r, Tensor *x, const int *length)
{
    mm_push(g, r->name);
    for (int i = 0; i < r->layers; i++) {
        const RnnLayer *l = &r->layer[i];
        x = r->kind == MM_LSTM ? mm_lstm(g, x, l->weight_ih, l->weight_hh, l->bias_ih, l->bias_hh, length)
                               : mm_gru(g, x, l->weight_ih, l->weight_hh, l->bias_ih, l->bias_hh, length);
    }
    mm_pop(g);
    return x;
}

Tensor *mm_rnn_last(Graph *g, Tensor *states, const int *length)
{
    int B = states->shape.d[0], *last = mm_arena(g, (size_t)B * sizeof *last);
    for (int b = 0; b < B; b++) {
        last[b] = (length ? length[b] : states->shape.d[1]) - 1;
    }
    return mm_gather_rows(g, states, last);
}
