/* gru.c: gated recurrent units over whole sequences (Cho et al. 2014), gates in PyTorch's order. */
#include "fast.h"
#include "mm/ops.h"
#include "recurrent.h"

#include <string.h>
#include <tgmath.h>

/* [gru] From h_0 = 0, for t = 1 .. T, with a = W_ih x_t + b_ih and e = W_hh h_(t-1) + b_hh (3H), three blocks of H each:
 *     r = sigmoid(a_r + e_r)        reset gate: how much of the state the new content sees
 *     z = sigmoid(a_z + e_z)        update gate: how much of the state is kept
 *     n = tanh(a_n + r e_n)         new content
 *     h_t = (1 - z) n + z h_(t-1)
 * r multiplies e_n, bias included, as in cuDNN and PyTorch; the paper multiplies h before the product.
 * Back from t = T to 1, dh being what flows to h_t from step t+1 and from y:
 *     da_n = dh (1-z) (1-n^2)    de_n = da_n r
 *     da_r = de_r = da_n e_n r(1-r)    da_z = de_z = dh (h_(t-1) - n) z(1-z)
 *     and to step t-1:  dh = dh z + W_hh^T de */
typedef struct GruSaved {
    real *gate; /* (B, T, 3H): r, z, n */
    real *e_n;  /* (B, T, H) */
} GruSaved;

static size_t states(Recurrent r)
{
    return (size_t)r.B * (size_t)r.T * (size_t)r.H;
}

static GruSaved gru_saved(const Tensor *y, Recurrent r)
{
    return (GruSaved){y->saved, y->saved + 3 * states(r)};
}

static Shape gru_shape(const Tensor *y)
{
    return mm_recurrent_shape(y, 3);
}

/* gate (3H): a -> r, z, n. e (3H). */
static void cell(int H, real *gate, const real *e, real *e_n, const real *before, real *h)
{
#pragma omp simd
    for (int j = 0; j < H; j++) {
        real r = mm_sigmoid_fast(gate[j] + e[j]), z = mm_sigmoid_fast(gate[H + j] + e[H + j]);
        real n = mm_tanh_fast(gate[2 * H + j] + r * e[2 * H + j]);
        h[j] = (1 - z) * n + z * before[j];
        e_n[j] = e[2 * H + j];
        gate[j] = r;
        gate[H + j] = z;
        gate[2 * H + j] = n;
    }
}

static void gru_forward(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    size_t H = (size_t)r.H, T = (size_t)r.T, B = (size_t)r.B;
    y->saved = mm_reals(y->graph, 4 * states(r));
    GruSaved s = gru_saved(y, r);
    real *e = mm_scratch(y->graph, (B * 3 * H + H) * sizeof *e), *zero = e + B * 3 * H;
    memset(zero, 0, H * sizeof *zero);
    mm_recurrent_products(y, s.gate);
    for (size_t t = 0; t < T; t++) {
        for (size_t b = 0; b < B; b++) {
            memcpy(e + b * 3 * H, y->in[BIAS_HH]->data, 3 * H * sizeof *e);
        }
        if (t > 0) {
            mm_recurrent_step(y, (int)t, e, r.G);
        }
#pragma omp parallel for if (B * 3 * H > MM_GRAIN)
        for (int b = 0; b < r.B; b++) {
            size_t at = (size_t)b * T + t;
            real *h = y->data + at * H;
            if (r.length && (int)t >= r.length[b]) {
                memset(h, 0, H * sizeof *h);
            } else {
                cell(r.H, s.gate + at * 3 * H, e + (size_t)b * 3 * H, s.e_n + at * H, t ? h - H : zero, h);
            }
        }
    }
}

/* dh (H): what flows to h_t, then the part of it that goes to h_(t-1) past the gates. da and de (3H). */
static void cell_back(int H, const real *gate, const real *e_n, const real *before, real *dh, real *da, real *de)
{
#pragma omp simd
    for (int j = 0; j < H; j++) {
        real r = gate[j], z = gate[H + j], n = gate[2 * H + j];
        real da_n = dh[j] * (1 - z) * (1 - n * n);
        da[j] = de[j] = da_n * e_n[j] * r * (1 - r);
        da[H + j] = de[H + j] = dh[j] * (before[j] - n) * z * (1 - z);
        da[2 * H + j] = da_n;
        de[2 * H + j] = da_n * r;
        dh[j] *= z;
    }
}

static void gru_backward(Tensor *y)
{
    Recurrent r = mm_recurrent(y);
    size_t H = (size_t)r.H, T = (size_t)r.T, B = (size_t)r.B, n = 3 * states(r);
    GruSaved s = gru_saved(y, r);
    real *da = mm_scratch(y->graph, (2 * n + B * H + H) * sizeof *da);
    real *de = da + n, *dh = de + n, *zero = dh + B * H;
    memset(dh, 0, (B * H + H) * sizeof *dh); /* nothing comes back to the last step, and h_0 = 0 */
    for (size_t t = T; t-- > 0;) {
#pragma omp parallel for if (B * 3 * H > MM_GRAIN)
        for (int b = 0; b < r.B; b++) {
            size_t at = (size_t)b * T + t;
            const real *before = t ? y->data + at * H - H : zero, *dy = y->grad + at * H;
            real *dh_b = dh + (size_t)b * H;
            if (r.length && (int)t >= r.length[b]) {
                memset(da + at * 3 * H, 0, 3 * H * sizeof *da);
                memset(de + at * 3 * H, 0, 3 * H * sizeof *de);
                continue;
            }
            for (size_t j = 0; j < H; j++) {
                dh_b[j] += dy[j];
            }
            cell_back(r.H, s.gate + at * 3 * H, s.e_n + at * H, before, dh_b, da + at * 3 * H, de + at * 3 * H);
        }
        if (t > 0) {
            mm_recurrent_step_back(y, (int)t, de, 1, dh);
        }
    }
    mm_recurrent_gradients(y, da, de);
}

static Tensor *build_gru(Graph *g, Tensor *const *x)
{
    return mm_gru(g, x[0], x[1], x[2], x[3], x[4], NULL);
}

static Tensor *build_lengths(Graph *g, Tensor *const *x)
{
    return mm_gru(g, x[0], x[1], x[2], x[3], x[4], (const int[]){2, 4, 1});
}

const Op mm_op_gru = {
    .name = "gru",
    .symbol = "GRU",
    .equation = "gru",
    .shape = gru_shape,
    .forward = gru_forward,
    .backward = gru_backward,
    .check = (Check[]){{"one step", build_gru, {MM_DIMS(2, 1, 3), MM_DIMS(6, 3), MM_DIMS(6, 2), MM_DIMS(6), MM_DIMS(6)}, 5},
                       {"steps", build_gru, {MM_DIMS(2, 4, 3), MM_DIMS(6, 3), MM_DIMS(6, 2), MM_DIMS(6), MM_DIMS(6)}, 5},
                       {"lengths", build_lengths, {MM_DIMS(3, 4, 2), MM_DIMS(9, 2), MM_DIMS(9, 3), MM_DIMS(9), MM_DIMS(9)}, 5},
                       {0}},
};

Tensor *(mm_gru)(Graph *g, Tensor *x, Tensor *weight_ih, Tensor *weight_hh, Tensor *bias_ih, Tensor *bias_hh, const int *length,
                 Site site)
{
    return mm_recurrent_apply(g, &mm_op_gru, (Tensor *[]){x, weight_ih, weight_hh, bias_ih, bias_hh}, length, site);
}
