/* lstm.c: long short-term memory over whole sequences (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al.
 * 2000), gates in PyTorch's order. */
#include "fast.h"
#include "mm/ops.h"
#include "recurrent.h"

#include <string.h>
#include <tgmath.h>

/* [lstm] From h_0 = c_0 = 0, for t = 1 .. T:
 *     a = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh        (4H), four blocks of H: a_i, a_f, a_g, a_o
 *     i = sigmoid(a_i)  f = sigmoid(a_f)  o = sigmoid(a_o)      input, forget and output gate
 *     g = tanh(a_g)                                     what could be added to the memory
 *     c_t = f c_(t-1) + i g        h_t = o tanh(c_t)
 * Back from t = T to 1, dh and dc being what flows to h_t and c_t from step t+1 and dh also from y:
 *     dc += dh o (1 - tanh(c_t)^2)
 *     da_i = dc g i(1-i)    da_f = dc c_(t-1) f(1-f)    da_g = dc i (1-g^2)    da_o = dh tanh(c_t) o(1-o)
 *     and to step t-1:  dc = dc f    dh = W_hh^T da
 * Along c only f multiplies the gradient: an open forget gate carries it back unchanged over many steps. */
typedef struct LstmSaved {
    real *gate; /* (B, T, 4H): i, f, g, o */
    real *c;    /* (B, T, H) */
} LstmSaved;

static size_t states(Recurrent r)
{
    return (size_t)r.B * (size_t)r.T * (size_t)r.H;
}

static LstmSaved lstm_saved(const Tensor *y, Recurrent r)
{
    return (LstmSaved){y->saved, y->saved + 4 * states(r)};
}

static Shape lstm_shape(const Tensor *y)
{
    return mm_recurrent_shape(y, 4);
}

/* gate (4H): a without its bias_hh -> i, f, g, o */
static void cell(int H, real *gate, const real *bias, const real *c_before, real *c, real *h)
{
#pragma omp simd
    for (int j = 0; j < H; j++) {
        real i = mm_sigmoid_fast(gate[j] + bias[j]), f = mm_sigmoid_fast(gate[H + j] + bias[H + j]);
        real g = mm_tanh_fast(gate[2 * H + j] + bias[2 * H + j]), o = mm_sigmoid_fast(gate[3 * H + j] + bias[3 * H + j]);
        c[j] = f * c_before[j] + i * g;
        h[j] = o * mm_tanh_fast(c[j]);
        gate[j] = i;
        gate[H + j] = f;
        gate[2 * H + j] = g;
        gate[3 * H + j] = o;
    }
}

static void lstm_forward(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    size_t H = (size_t)r.H, T = (size_t)r.T;
    y->saved = mm_reals(y->graph, 5 * states(r));
    LstmSaved s = lstm_saved(y, r);
    real *zero = memset(mm_scratch(y->graph, H * sizeof *zero), 0, H * sizeof *zero);
    mm_recurrent_products(y, s.gate);
    for (size_t t = 0; t < T; t++) {
        if (t > 0) {
            mm_recurrent_step(y, (int)t, s.gate + t * 4 * H, r.T * r.G);
        }
#pragma omp parallel for if ((size_t)r.B * 4 * H > MM_GRAIN)
        for (int b = 0; b < r.B; b++) {
            size_t at = (size_t)b * T + t;
            real *c = s.c + at * H, *h = y->data + at * H;
            if (r.length && (int)t >= r.length[b]) {
                memset(h, 0, H * sizeof *h);
            } else {
                cell(r.H, s.gate + at * 4 * H, y->in[BIAS_HH]->data, t ? c - H : zero, c, h);
            }
        }
    }
}

/* dh (H): what flows to h_t. dc (H): what flows to c_t, then to c_(t-1). da (4H). */
static void cell_back(int H, const real *gate, const real *c_before, const real *c, const real *dh, real *dc, real *da)
{
#pragma omp simd
    for (int j = 0; j < H; j++) {
        real i = gate[j], f = gate[H + j], g = gate[2 * H + j], o = gate[3 * H + j];
        real tanh_c = mm_tanh_fast(c[j]), d = dc[j] + dh[j] * o * (1 - tanh_c * tanh_c);
        da[j] = d * g * i * (1 - i);
        da[H + j] = d * c_before[j] * f * (1 - f);
        da[2 * H + j] = d * i * (1 - g * g);
        da[3 * H + j] = dh[j] * tanh_c * o * (1 - o);
        dc[j] = d * f;
    }
}

static void lstm_backward(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    size_t H = (size_t)r.H, T = (size_t)r.T, B = (size_t)r.B;
    LstmSaved s = lstm_saved(y, r);
    real *da = mm_scratch(y->graph, (4 * states(r) + 2 * B * H + H) * sizeof *da);
    real *dh = da + 4 * states(r), *dc = dh + B * H, *zero = dc + B * H;
    memset(dh, 0, (2 * B * H + H) * sizeof *dh); /* nothing comes back to the last step, nor is there a c_0 */
    for (size_t t = T; t-- > 0;) {
#pragma omp parallel for if (B * 4 * H > MM_GRAIN)
        for (int b = 0; b < r.B; b++) {
            size_t at = (size_t)b * T + t;
            const real *c = s.c + at * H, *dy = y->grad + at * H;
            real *dh_b = dh + (size_t)b * H;
            if (r.length && (int)t >= r.length[b]) {
                memset(da + at * 4 * H, 0, 4 * H * sizeof *da);
                continue;
            }
            for (size_t j = 0; j < H; j++) {
                dh_b[j] += dy[j];
            }
            cell_back(r.H, s.gate + at * 4 * H, t ? c - H : zero, c, dh_b, dc + (size_t)b * H, da + at * 4 * H);
        }
        if (t > 0) {
            mm_recurrent_step_back(y, (int)t, da, 0, dh);
        }
    }
    mm_recurrent_gradients(y, da, da);
}

static Tensor *build_lstm(Graph *g, Tensor *const *x)
{
    return mm_lstm(g, x[0], x[1], x[2], x[3], x[4], NULL);
}

static Tensor *build_lengths(Graph *g, Tensor *const *x)
{
    return mm_lstm(g, x[0], x[1], x[2], x[3], x[4], (const int[]){2, 4, 1});
}

const Op mm_op_lstm = {
    .name = "lstm",
    .symbol = "LSTM",
    .equation = "lstm",
    .shape = lstm_shape,
    .forward = lstm_forward,
    .backward = lstm_backward,
    .check =
        (Check[]){{"one step", build_lstm, {MM_DIMS(2, 1, 3), MM_DIMS(8, 3), MM_DIMS(8, 2), MM_DIMS(8), MM_DIMS(8)}, 5},
                  {"steps", build_lstm, {MM_DIMS(2, 4, 3), MM_DIMS(8, 3), MM_DIMS(8, 2), MM_DIMS(8), MM_DIMS(8)}, 5},
                  {"lengths", build_lengths, {MM_DIMS(3, 4, 2), MM_DIMS(12, 2), MM_DIMS(12, 3), MM_DIMS(12), MM_DIMS(12)}, 5},
                  {0}},
};

Tensor *(mm_lstm)(Graph *g, Tensor *x, Tensor *weight_ih, Tensor *weight_hh, Tensor *bias_ih, Tensor *bias_hh, const int *length,
                  Site site)
{
    return mm_recurrent_apply(g, &mm_op_lstm, (Tensor *[]){x, weight_ih, weight_hh, bias_ih, bias_hh}, length, site);
}
