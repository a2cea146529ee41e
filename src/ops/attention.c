/* attention.c: multi-head self-attention in one op, every head read where it lies in (B, T, 3D). */
#include "mm/ops.h"
#include "rows.h"

#include <omp.h>
#include <string.h>
#include <tgmath.h>

/* [attention] For each picture or text b and each head of size d = D/heads:
 *     S = Q K^T / sqrt(d)        scores (T, T); with a causal mask, S[t][u] = -infinity for u > t
 *     P = softmax(S)             kept for backward
 *     Y = P V
 * and back:
 *     dV = P^T dY    dP = dY V^T    dS = P (dP - sum(P dP))    dQ = dS K / sqrt(d)    dK = dS^T Q / sqrt(d)
 * Vaswani et al. 2017, equation 1. Attention is the only layer that mixes information across time. */
/* region heads */
typedef struct AttentionAttr {
    int heads;
    bool causal;
} AttentionAttr;

typedef struct Head {
    int t, d;
    real scale;
    size_t q, k, v, y, p; /* offsets of this head in qkv, y and P */
    ptrdiff_t stride;     /* from a token to the next in qkv: 3D; in y it is D */
} Head;

static Head head_at(const Tensor *y, int index)
{
    const AttentionAttr *a = y->attr;
    size_t T = (size_t)y->shape.d[1], D = (size_t)y->shape.d[2], d = D / (size_t)a->heads;
    size_t b = (size_t)(index / a->heads), h = (size_t)(index % a->heads), q = b * T * 3 * D + h * d;
    return (Head){.t = (int)T,
                  .d = (int)d,
                  .scale = 1 / sqrt((real)d),
                  .q = q,
                  .k = q + D,
                  .v = q + 2 * D,
                  .y = b * T * D + h * d,
                  .p = (size_t)index * T * T,
                  .stride = 3 * (ptrdiff_t)D};
}

static Mat rows_of(const real *p, ptrdiff_t stride)
{
    return (Mat){(real *)p, stride, 1, 0};
}

static Mat columns_of(const real *p, ptrdiff_t stride)
{
    return (Mat){(real *)p, 1, stride, 0};
}
/* end heads */

static Shape attention_shape(const Tensor *y)
{
    const AttentionAttr *a = y->attr;
    Shape x = y->in[0]->shape;
    if (x.rank != 3 || a->heads < 1 || x.d[2] % (3 * a->heads) != 0) {
        mm_op_fail(y, "qkv must be (B, T, 3D) with D a multiple of the %d heads", a->heads);
    }
    return MM_SHAPE(x.d[0], x.d[1], x.d[2] / 3);
}

static void attention_forward(Tensor *y)
{
    const AttentionAttr *a = y->attr;
    int B = y->shape.d[0], T = y->shape.d[1], D = y->shape.d[2];
    const real *qkv = y->in[0]->data;
    y->saved = mm_reals(y->graph, (size_t)B * (size_t)a->heads * (size_t)T * (size_t)T);
#pragma omp parallel for
    for (int i = 0; i < B * a->heads; i++) {
        Head h = head_at(y, i);
        real *p = y->saved + h.p;
        mm_gemm(1, T, T, h.d, h.scale, rows_of(qkv + h.q, h.stride), columns_of(qkv + h.k, h.stride), 0, rows_of(p, T));
        for (int t = 0; t < T; t++) {
            int seen = a->causal ? t + 1 : T;
            mm_softmax_row(p + t * T, p + t * T, seen);
            memset(p + t * T + seen, 0, (size_t)(T - seen) * sizeof(real));
        }
        mm_gemm(1, T, h.d, T, 1, rows_of(p, T), rows_of(qkv + h.v, h.stride), 0, rows_of(y->data + h.y, D));
    }
}

static void attention_backward(Tensor *y)
{
    const AttentionAttr *a = y->attr;
    int B = y->shape.d[0], T = y->shape.d[1], D = y->shape.d[2], n = B * a->heads;
    size_t square = (size_t)T * (size_t)T;
    const real *qkv = y->in[0]->data;
    real *dqkv = mm_grad(y->in[0]), *scratch = mm_scratch(y->graph, (size_t)mm_threads() * 2 * square * sizeof *scratch);
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        Head h = head_at(y, i);
        const real *p = y->saved + h.p, *dy = y->grad + h.y;
        real *dp = scratch + (size_t)omp_get_thread_num() * 2 * square, *ds = memset(dp + square, 0, square * sizeof *ds);
        /* region attention_backward */
        mm_gemm(1, T, h.d, T, 1, columns_of(p, T), rows_of(dy, D), 1, rows_of(dqkv + h.v, h.stride));
        mm_gemm(1, T, T, h.d, 1, rows_of(dy, D), columns_of(qkv + h.v, h.stride), 0, rows_of(dp, T));
        for (int t = 0; t < T; t++) {
            mm_softmax_row_backward(ds + t * T, dp + t * T, p + t * T, T);
        }
        mm_gemm(1, T, h.d, T, h.scale, rows_of(ds, T), rows_of(qkv + h.k, h.stride), 1, rows_of(dqkv + h.q, h.stride));
        mm_gemm(1, T, h.d, T, h.scale, columns_of(ds, T), rows_of(qkv + h.q, h.stride), 1, rows_of(dqkv + h.k, h.stride));
        /* end attention_backward */
    }
}

static Tensor *build_full(Graph *g, Tensor *const *x)
{
    return mm_attention(g, x[0], 2, false);
}

static Tensor *build_causal(Graph *g, Tensor *const *x)
{
    return mm_attention(g, x[0], 2, true);
}

const Op mm_op_attention = {
    .name = "attention",
    .symbol = "attention",
    .equation = "attention",
    .shape = attention_shape,
    .forward = attention_forward,
    .backward = attention_backward,
    .check = (Check[]){{"full", build_full, {MM_DIMS(3, 5, 18)}, 1},
                       {"causal", build_causal, {MM_DIMS(3, 5, 18)}, 1},
                       {"one token", build_causal, {MM_DIMS(2, 1, 12)}, 1},
                       {0}},
};

Tensor *(mm_attention)(Graph *g, Tensor *qkv, int heads, bool causal, Site site)
{
    return mm_apply(g, &mm_op_attention, &(AttentionAttr){heads, causal}, sizeof(AttentionAttr), 1, &qkv, site);
}

const real *mm_attention_probabilities(const Tensor *y, int *heads)
{
    *heads = ((const AttentionAttr *)y->attr)->heads;
    return y->saved;
}

/* Forward was Y = P V, so dP = dY V^T; backward makes it on its way and keeps it not. */
void mm_attention_probability_grad(const Tensor *y, int example, int head, real *dp)
{
    int T = y->shape.d[1], D = y->shape.d[2];
    Head h = head_at(y, example * ((const AttentionAttr *)y->attr)->heads + head);
    mm_gemm(1, T, T, h.d, 1, rows_of(y->grad + h.y, D), columns_of(y->in[0]->data + h.v, h.stride), 0, rows_of(dp, T));
}
