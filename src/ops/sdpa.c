/* sdpa.c: multi-head attention between two sequences: the general form, with separate queries, keys and values, any mask, and
 * dropout. attention.c has the case that a Transformer over one sequence needs, without copying what one product made. */
#include "sdpa.h"
#include "mat.h"
#include "mm/ops.h"
#include "rows.h"

#include <string.h>
#include <tgmath.h>

/* [sdpa] For each example b and each head of size d = D/heads, with queries Q (Tq, d), keys K (Tk, d), values V (Tk, e):
 *     S = Q K^T / sqrt(d) + M       scores (Tq, Tk); M is the mask, -infinity where a query must not see a key
 *     P = softmax(S)                kept for backward
 *     Y = R(P) V                    (Tq, e); R is dropout
 * and back:
 *     dV = R(P)^T dY    dP = R(dY V^T)    dS = P (dP - sum(P dP))    dQ = dS K / sqrt(d)    dK = dS^T Q / sqrt(d)
 * Vaswani et al. 2017, equation 1. Where P = 0 because of the mask, dS = 0: nothing flows to what was not seen. */
typedef struct Sdpa {
    int B, heads, Tq, Tk, D, E; /* D = heads d, E = heads e */
} Sdpa;

static Sdpa sizes(const Tensor *y)
{
    Shape q = y->in[0]->shape, v = y->in[2]->shape;
    return (Sdpa){q.d[0], ((const SdpaAttr *)y->attr)->heads, q.d[1], v.d[1], q.d[2], v.d[2]};
}

/* Row (b, h, t) of the mask, which broadcasts to (B, heads, Tq, Tk). NULL: there is no mask. */
static const real *mask_row(const Tensor *y, int b, int h, int t)
{
    if (y->n_in < 4) {
        return NULL;
    }
    Shape m = y->in[3]->shape;
    const int at[] = {b, h, t};
    size_t row = 0;
    for (int axis = 0; axis < 3; axis++) { /* of the mask, aligned at the right, axis + rank - 4 */
        int own = axis + m.rank - 4;
        if (own >= 0) {
            row = row * (size_t)m.d[own] + (m.d[own] == 1 ? 0 : (size_t)at[axis]);
        }
    }
    return y->in[3]->data + row * (size_t)mm_last(m);
}

/* How many keys, from the first, query t may look at; the mask may hide some of them. */
static int keys_before(const Tensor *y, int t)
{
    return ((const SdpaAttr *)y->attr)->causal ? t + 1 : y->in[1]->shape.d[1];
}

static void check_mask(const Tensor *y, Sdpa s)
{
    Shape m = y->in[3]->shape, scores = MM_SHAPE(s.B, s.heads, s.Tq, s.Tk);
    bool fits = m.rank >= 1 && m.rank <= 4 && mm_last(m) == s.Tk;
    for (int i = 0; i < m.rank && fits; i++) {
        fits = m.d[i] == 1 || m.d[i] == scores.d[i + 4 - m.rank];
    }
    if (!fits) {
        char text[MM_SHAPE_TEXT];
        mm_op_fail(y, "the mask must fit the scores (B, heads, Tq, Tk) = %s, from the right; sizes but the last may be 1",
                   mm_shape_text(scores, text));
    }
    for (int i = 0; i < s.B * s.heads * s.Tq; i++) {
        int t = i % s.Tq, h = i / s.Tq % s.heads, b = i / s.Tq / s.heads, k = 0;
        const real *row = mask_row(y, b, h, t);
        while (k < keys_before(y, t) && row[k] == -(real)INFINITY) {
            k++;
        }
        if (k == keys_before(y, t)) {
            mm_op_fail(y, "the mask hides every key from query %d of example %d: no softmax of nothing", t, b);
        }
    }
}

static Shape sdpa_shape(const Tensor *y)
{
    const SdpaAttr *a = y->attr;
    Shape q = y->in[0]->shape, k = y->in[1]->shape, v = y->in[2]->shape;
    if (q.rank != 3 || k.rank != 3 || v.rank != 3 || k.d[0] != q.d[0] || v.d[0] != q.d[0] || k.d[2] != q.d[2] ||
        v.d[1] != k.d[1]) {
        mm_op_fail(y, "q must be (B, Tq, D), k (B, Tk, D), v (B, Tk, E)");
    }
    if (a->heads < 1 || q.d[2] % a->heads != 0 || v.d[2] % a->heads != 0) {
        mm_op_fail(y, "D = %d and E = %d must be multiples of the %d heads", q.d[2], v.d[2], a->heads);
    }
    if (a->causal && q.d[1] != k.d[1]) {
        mm_op_fail(y, "causal is of one sequence: %d queries cannot be told which of %d keys are later", q.d[1], k.d[1]);
    }
    mm_dropout_check(y, a->dropout.p);
    if (y->n_in == 4) {
        check_mask(y, sizes(y));
    }
    return MM_SHAPE(q.d[0], q.d[1], v.d[2]);
}

/* Where head i % heads of example i / heads begins in a tensor (B, T, heads * width). */
static size_t head_at(int i, int heads, int T, int width)
{
    return ((size_t)(i / heads) * (size_t)T * (size_t)heads + (size_t)(i % heads)) * (size_t)width;
}

/* p (Tq, Tk) of head i, scores -> probabilities */
static void distribute(const Tensor *y, Sdpa s, int i, real *p)
{
    for (int t = 0; t < s.Tq; t++, p += s.Tk) {
        const real *mask = mask_row(y, i / s.heads, i % s.heads, t);
        int seen = keys_before(y, t);
        for (int k = 0; mask && k < seen; k++) {
            p[k] += mask[k];
        }
        mm_softmax_row(p, p, seen);
        memset(p + seen, 0, (size_t)(s.Tk - seen) * sizeof *p);
    }
}

/* R(from), in `to` if something is dropped: the (Tq, Tk) numbers of head i. to may be from. */
static const real *drop(const Tensor *y, int i, size_t square, real *to, const real *from)
{
    const Dropout *d = &((const SdpaAttr *)y->attr)->dropout;
    if (d->p == 0) {
        return from;
    }
    for (size_t k = 0; k < square; k++) {
        to[k] = from[k] * mm_dropout_factor(d, (size_t)i * square + k);
    }
    return to;
}

static void sdpa_forward(Tensor *y)
{
    Sdpa s = sizes(y);
    int d = s.D / s.heads, e = s.E / s.heads, n = s.B * s.heads;
    size_t square = (size_t)s.Tq * (size_t)s.Tk;
    const real *q = y->in[0]->data, *k = y->in[1]->data, *v = y->in[2]->data;
    real *scratch = mm_scratch(y->graph, (size_t)n * square * sizeof *scratch);
    y->saved = mm_reals(y->graph, (size_t)n * square);
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        real *p = y->saved + (size_t)i * square;
        mm_gemm(1, s.Tq, s.Tk, d, 1 / sqrt((real)d), mm_by_rows(q + head_at(i, s.heads, s.Tq, d), s.D),
                mm_by_columns(k + head_at(i, s.heads, s.Tk, d), s.D), 0, mm_by_rows(p, s.Tk));
        distribute(y, s, i, p);
        const real *r = drop(y, i, square, scratch + (size_t)i * square, p);
        mm_gemm(1, s.Tq, e, s.Tk, 1, mm_by_rows(r, s.Tk), mm_by_rows(v + head_at(i, s.heads, s.Tk, e), s.E), 0,
                mm_by_rows(y->data + head_at(i, s.heads, s.Tq, e), s.E));
    }
}

/* What head i adds to dq, dk and dv, each NULL if it is not wanted. scratch (2, Tq, Tk) */
static void head_back(const Tensor *y, Sdpa s, int i, real *dq, real *dk, real *dv, real *scratch)
{
    int d = s.D / s.heads, e = s.E / s.heads;
    size_t square = (size_t)s.Tq * (size_t)s.Tk, at_q = head_at(i, s.heads, s.Tq, d), at_k = head_at(i, s.heads, s.Tk, d);
    size_t at_v = head_at(i, s.heads, s.Tk, e);
    const real *p = y->saved + (size_t)i * square, *dy = y->grad + head_at(i, s.heads, s.Tq, e);
    real *ds = scratch, *dp = scratch + square, scale = 1 / sqrt((real)d);
    if (dv) {
        const real *r = drop(y, i, square, dp, p);
        mm_gemm(1, s.Tk, e, s.Tq, 1, mm_by_columns(r, s.Tk), mm_by_rows(dy, s.E), 1, mm_by_rows(dv + at_v, s.E));
    }
    mm_gemm(1, s.Tq, s.Tk, e, 1, mm_by_rows(dy, s.E), mm_by_columns(y->in[2]->data + at_v, s.E), 0, mm_by_rows(dp, s.Tk));
    drop(y, i, square, dp, dp);
    memset(ds, 0, square * sizeof *ds);
    for (int t = 0; t < s.Tq; t++) {
        mm_softmax_row_backward(ds + t * s.Tk, dp + t * s.Tk, p + t * s.Tk, s.Tk);
    }
    if (dq) {
        mm_gemm(1, s.Tq, d, s.Tk, scale, mm_by_rows(ds, s.Tk), mm_by_rows(y->in[1]->data + at_k, s.D), 1,
                mm_by_rows(dq + at_q, s.D));
    }
    if (dk) {
        mm_gemm(1, s.Tk, d, s.Tq, scale, mm_by_columns(ds, s.Tk), mm_by_rows(y->in[0]->data + at_q, s.D), 1,
                mm_by_rows(dk + at_k, s.D));
    }
}

static void sdpa_backward(Tensor *y)
{
    Sdpa s = sizes(y);
    int n = s.B * s.heads;
    size_t square = (size_t)s.Tq * (size_t)s.Tk;
    real *dq = mm_grad(y->in[0]), *dk = mm_grad(y->in[1]), *dv = mm_grad(y->in[2]);
    real *scratch = mm_scratch(y->graph, (size_t)n * 2 * square * sizeof *scratch);
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        head_back(y, s, i, dq, dk, dv, scratch + (size_t)i * 2 * square);
    }
}

static Tensor *build_plain(Graph *g, Tensor *const *x)
{
    return mm_sdpa(g, x[0], x[1], x[2], 2, NULL, false, 0);
}

static Tensor *build_causal(Graph *g, Tensor *const *x)
{
    return mm_sdpa(g, x[0], x[1], x[2], 2, NULL, true, 0);
}

static Tensor *build_padding(Graph *g, Tensor *const *x)
{
    Tensor *mask = mm_padding_mask(g, (const int[]){3, 1}, 2, 4, -INFINITY);
    return mm_sdpa(g, x[0], x[1], x[2], 2, mask, false, 0);
}

static Tensor *build_mask(Graph *g, Tensor *const *x)
{
    const real hidden = -INFINITY, some[] = {0, hidden, (real)0.5, 1, hidden, 0};
    return mm_sdpa(g, x[0], x[1], x[2], 2, mm_input(g, MM_SHAPE(2, 1, 3), some), false, 0);
}

static Tensor *build_dropout(Graph *g, Tensor *const *x)
{
    return mm_sdpa(g, x[0], x[1], x[2], 1, mm_padding_mask(g, (const int[]){4, 2}, 2, 4, -10000), false, (real)0.3);
}

const Op mm_op_sdpa = {
    .name = "sdpa",
    .symbol = "attention",
    .equation = "sdpa",
    .shape = sdpa_shape,
    .forward = sdpa_forward,
    .backward = sdpa_backward,
    .check = (Check[]){{"two sequences", build_plain, {MM_DIMS(2, 3, 6), MM_DIMS(2, 4, 6), MM_DIMS(2, 4, 2)}, 3},
                       {"causal", build_causal, {MM_DIMS(2, 4, 4), MM_DIMS(2, 4, 4), MM_DIMS(2, 4, 4)}, 3},
                       {"one key", build_plain, {MM_DIMS(2, 3, 4), MM_DIMS(2, 1, 4), MM_DIMS(2, 1, 4)}, 3},
                       {"padding mask", build_padding, {MM_DIMS(2, 3, 4), MM_DIMS(2, 4, 4), MM_DIMS(2, 4, 6)}, 3},
                       {"a mask for each head", build_mask, {MM_DIMS(1, 2, 4), MM_DIMS(1, 3, 4), MM_DIMS(1, 3, 4)}, 3},
                       {"dropout", build_dropout, {MM_DIMS(2, 3, 2), MM_DIMS(2, 4, 2), MM_DIMS(2, 4, 3)}, 3},
                       {0}},
};

Tensor *(mm_sdpa)(Graph *g, Tensor *q, Tensor *k, Tensor *v, int heads, Tensor *mask, bool causal, real dropout, Site site)
{
    SdpaAttr attr = {heads, causal, {mm_graph_training(g) ? dropout : 0, *mm_graph_rng(g)}};
    if (attr.dropout.p > 0 && q->shape.rank == 3 && k->shape.rank == 3) { /* one for each score (B, heads, Tq, Tk) */
        attr.dropout.rng = mm_graph_draws(g,
                                          (size_t)q->shape.d[0] * (size_t)q->shape.d[1] * (size_t)heads * (size_t)k->shape.d[1]);
    }
    return mm_apply(g, &mm_op_sdpa, &attr, sizeof attr, mask ? 4 : 3, (Tensor *[]){q, k, v, mask}, site);
}

Tensor *(mm_padding_mask)(Graph *g, const int *length, int B, int T, real hidden, Site site)
{
    Tensor *mask = mm_named((mm_input)(g, MM_SHAPE(B, 1, 1, T), NULL, site), "padding_mask");
    for (int b = 0; b < B; b++) {
        for (int t = length[b]; t < T; t++) {
            mask->data[b * T + t] = hidden;
        }
    }
    return mask;
}

const real *mm_sdpa_probabilities(const Tensor *y, int *heads)
{
    *heads = ((const SdpaAttr *)y->attr)->heads;
    return y->saved;
}
