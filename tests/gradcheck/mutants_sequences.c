/* mutants_sequences.c: mistakes in recurrent networks and in attention between sequences. */
#include <math.h>
#include <string.h>

#include "mutants.h"
#include "ops/recurrent.h"
#include "ops/sdpa.h"

/* ---- lstm, gru: saved begins with the gates (B, T, G), y is the states (B, T, H) ---- */

/* Two gates exchanged: each is taken for the other. */
static void exchanged(Tensor *y, int a, int b, size_t saved)
{
    Recurrent r = mm_recurrent(y);
    Tensor *copy = copy_of(y);
    copy->saved = copied(y, y->saved, saved * y->n);
    for (size_t row = 0; row < y->n / (size_t)r.H; row++) {
        real *to = copy->saved + row * (size_t)r.G;
        const real *from = y->saved + row * (size_t)r.G;
        memcpy(to + a * r.H, from + b * r.H, (size_t)r.H * sizeof *to);
        memcpy(to + b * r.H, from + a * r.H, (size_t)r.H * sizeof *to);
    }
    give(y, run(copy));
}

static void lstm_gates_exchanged(Tensor *y)
{
    exchanged(y, 0, 1, 5);
}

static void gru_gates_exchanged(Tensor *y)
{
    exchanged(y, 0, 1, 4);
}

/* f = 0 */
static void lstm_forgets(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    Tensor *copy = copy_of(y);
    copy->saved = copied(y, y->saved, 5 * y->n);
    for (size_t row = 0; row < y->n / (size_t)r.H; row++) {
        memset(copy->saved + row * (size_t)r.G + r.H, 0, (size_t)r.H * sizeof *copy->saved);
    }
    give(y, run(copy));
}

/* e_n = W_hn h without b_hn; saved holds e_n (B, T, H) after the gates. */
static void gru_reset_without_bias(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    Tensor *copy = copy_of(y);
    copy->saved = copied(y, y->saved, 4 * y->n);
    for (size_t i = 0; i < y->n; i++) {
        copy->saved[3 * y->n + i] -= y->in[BIAS_HH]->data[2 * r.H + (int)(i % (size_t)r.H)];
    }
    give(y, run(copy));
}

static void no_way_back_through_time(Tensor *y)
{
    Tensor *copy = copy_of(y);
    copy->in[WEIGHT_HH]->data = zeros(y, y->in[WEIGHT_HH]->n);
    give(y, run(copy));
}

static void weight_not_transposed(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    Tensor *copy = copy_of(y);
    real *w = copy->in[WEIGHT_HH]->data = zeros(y, y->in[WEIGHT_HH]->n);
    for (int i = 0; i < r.G * r.H; i++) {
        w[i] = y->in[WEIGHT_HH]->data[i % r.G * r.H + i / r.G];
    }
    give(y, run(copy));
}

static void last_state_only(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    Tensor *copy = copy_of(y);
    copy->grad = zeros(y, y->n);
    for (int b = 0; b < r.B; b++) {
        int last = (r.length ? r.length[b] : r.T) - 1;
        size_t at = ((size_t)b * (size_t)r.T + (size_t)last) * (size_t)r.H;
        memcpy(copy->grad + at, y->grad + at, (size_t)r.H * sizeof *y->grad);
    }
    give(y, run(copy));
}

/* dW_ih = da_T x_T^T */
static void weight_of_last_step_only(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    Tensor *copy = copy_of(y);
    size_t I = (size_t)r.I;
    real *x = copy->in[X]->data = zeros(y, y->in[X]->n);
    for (size_t row = (size_t)r.T - 1; row < (size_t)(r.B * r.T); row += (size_t)r.T) {
        memcpy(x + row * I, y->in[X]->data + row * I, I * sizeof *x);
    }
    give(y, run(copy));
}

/* dW_hh with h_t where h_(t-1) belongs: every state is taken one step too late. */
static void weight_with_state_after(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    Tensor *copy = copy_of(y), *truth = right(y);
    copy->data = zeros(y, y->n);
    memcpy(copy->data, y->data + r.H, (y->n - (size_t)r.H) * sizeof *y->data);
    run(copy);
    truth->in[WEIGHT_HH]->grad = copy->in[WEIGHT_HH]->grad;
    give(y, truth);
}

static void lengths_ignored(Tensor *y)
{
    Tensor *copy = copy_of(y);
    copy->attr = &(RecurrentAttr){NULL};
    give(y, run(copy));
}

static void second_bias_gets_nothing(Tensor *y)
{
    Tensor *r = right(y);
    for (int i = 0; i < BIAS_HH; i++) {
        give_only(y, r, i);
    }
}

/* For the LSTM this is right. */
static void gru_biases_alike(Tensor *y)
{
    Tensor *r = right(y);
    if (r->in[BIAS_IH]->grad && r->in[BIAS_HH]->grad) {
        memcpy(r->in[BIAS_HH]->grad, r->in[BIAS_IH]->grad, y->in[BIAS_HH]->n * sizeof(real));
    }
    give(y, r);
}

/* ---- sdpa: q (B, Tq, D), k (B, Tk, D), v (B, Tk, E); saved is P (B, heads, Tq, Tk) ---- */

static int heads_of(const Tensor *y)
{
    return ((const SdpaAttr *)y->attr)->heads;
}

static size_t square_of(const Tensor *y)
{
    return (size_t)y->in[0]->shape.d[1] * (size_t)y->in[1]->shape.d[1];
}

static void sdpa_no_scale(Tensor *y)
{
    Tensor *r = right(y);
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; r->in[i]->grad && k < y->in[i]->n; k++) {
            r->in[i]->grad[k] *= (real)sqrt((double)mm_last(y->in[0]->shape) / heads_of(y));
        }
    }
    give(y, r);
}

/* P as if every query saw every key: an op without mask, run anew. */
static void sdpa_mask_ignored(Tensor *y)
{
    SdpaAttr attr = *(const SdpaAttr *)y->attr;
    attr.causal = false;
    Tensor *copy = copy_of(y), *all = copy_of(y);
    all->attr = &attr;
    all->n_in = 3;
    all->data = zeros(y, y->n);
    y->op->forward(all);
    copy->saved = all->saved;
    give(y, run(copy));
}

static void sdpa_heads_exchanged(Tensor *y)
{
    Tensor *copy = copy_of(y);
    size_t square = square_of(y), heads = (size_t)heads_of(y), n = (size_t)y->shape.d[0] * heads;
    copy->saved = zeros(y, n * square);
    for (size_t i = 0; i < n; i++) {
        memcpy(copy->saved + i * square, y->saved + (i - i % heads + (i + 1) % heads) * square, square * sizeof(real));
    }
    give(y, run(copy));
}

static void sdpa_values_get_nothing(Tensor *y)
{
    Tensor *r = right(y);
    give_only(y, r, 0);
    give_only(y, r, 1);
}

static void sdpa_nothing_dropped(Tensor *y)
{
    SdpaAttr attr = *(const SdpaAttr *)y->attr;
    attr.dropout.p = 0;
    Tensor *copy = copy_of(y);
    copy->attr = &attr;
    give(y, run(copy));
}

static void sdpa_dropped_anew(Tensor *y)
{
    SdpaAttr attr = *(const SdpaAttr *)y->attr;
    attr.dropout.rng.count += 1000;
    Tensor *copy = copy_of(y);
    copy->attr = &attr;
    give(y, run(copy));
}

/* ---- dcca: saved begins with the correlations (K) ---- */

static void dcca_correlations_times(Tensor *y, double factor)
{
    Tensor *copy = copy_of(y);
    Shape h1 = y->in[0]->shape, h2 = y->in[1]->shape;
    int K = h1.d[1] < h2.d[1] ? h1.d[1] : h2.d[1], n = K * (1 + h1.d[1] + h2.d[1] + 2 * h1.d[0]);
    copy->saved = copied(y, y->saved, (size_t)n);
    for (int k = 0; k < K; k++) {
        copy->saved[k] *= (real)factor;
    }
    give(y, run(copy));
}

static void dcca_covariances_constant(Tensor *y)
{
    dcca_correlations_times(y, 0);
}

static void dcca_covariances_half(Tensor *y)
{
    dcca_correlations_times(y, 0.5);
}

static void dcca_divided_by_n(Tensor *y)
{
    Tensor *r = right(y);
    double N = y->in[0]->shape.d[0];
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; r->in[i]->grad && k < y->in[i]->n; k++) {
            r->in[i]->grad[k] *= (real)((N - 1) / N);
        }
    }
    give(y, r);
}

static void dcca_one_view_only(Tensor *y)
{
    give_only(y, right(y), 0);
}

const Mutant mutants_sequences[] = {{"lstm", "input and forget gate exchanged", lstm_gates_exchanged},
                                    {"lstm", "nothing comes back along c through the forget gate", lstm_forgets},
                                    {"lstm", "W_hh^T da is missing: no way back through h", no_way_back_through_time},
                                    {"lstm", "W_hh da, not transposed", weight_not_transposed},
                                    {"lstm", "only the last state's dy counts", last_state_only},
                                    {"lstm", "dW_ih of the last step only", weight_of_last_step_only},
                                    {"lstm", "dW_hh with h_t for h_(t-1)", weight_with_state_after},
                                    {"lstm", "what is past a sequence's end counts", lengths_ignored},
                                    {"lstm", "b_hh gets nothing, since b_ih has it", second_bias_gets_nothing},
                                    {"gru", "reset and update gate exchanged", gru_gates_exchanged},
                                    {"gru", "the reset gate without b_hn", gru_reset_without_bias},
                                    {"gru", "b_hh gets what b_ih gets", gru_biases_alike},
                                    {"gru", "W_hh^T de is missing", no_way_back_through_time},
                                    {"gru", "W_hh de, not transposed", weight_not_transposed},
                                    {"gru", "only the last state's dy counts", last_state_only},
                                    {"gru", "dW_ih of the last step only", weight_of_last_step_only},
                                    {"gru", "dW_hh with h_t for h_(t-1)", weight_with_state_after},
                                    {"gru", "what is past a sequence's end counts", lengths_ignored},
                                    {"sdpa", "1/sqrt(d) is missing in dQ and dK", sdpa_no_scale},
                                    {"sdpa", "the mask is ignored", sdpa_mask_ignored},
                                    {"sdpa", "probabilities of the next head", sdpa_heads_exchanged},
                                    {"sdpa", "the values get nothing", sdpa_values_get_nothing},
                                    {"sdpa", "dropout is forgotten", sdpa_nothing_dropped},
                                    {"sdpa", "dropout drops others than forward did", sdpa_dropped_anew},
                                    {"dcca", "the covariances of each view taken for constants", dcca_covariances_constant},
                                    {"dcca", "the factor 2 of a square is missing", dcca_covariances_half},
                                    {"dcca", "1/N for 1/(N-1)", dcca_divided_by_n},
                                    {"dcca", "the second view gets nothing", dcca_one_view_only},
                                    {0}};
