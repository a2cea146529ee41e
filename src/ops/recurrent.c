/* recurrent.c: what LSTM and GRU share. */
#include "recurrent.h"
#include "mat.h"
#include "rows.h"

#include <string.h>

Recurrent mm_recurrent(const Tensor *y)
{
    const RecurrentAttr *a = y->attr;
    Shape x = y->in[X]->shape, w = y->in[WEIGHT_HH]->shape;
    return (Recurrent){.B = x.d[0], .T = x.d[1], .I = x.d[2], .H = w.d[1], .G = w.d[0], .length = a->length};
}

Shape mm_recurrent_shape(const Tensor *y, int gates)
{
    Shape x = y->in[X]->shape, w_ih = y->in[WEIGHT_IH]->shape, w_hh = y->in[WEIGHT_HH]->shape;
    if (x.rank != 3) {
        mm_op_fail(y, "x must be (B, T, I): a sequence of T vectors for each of B examples");
    }
    int H = w_hh.rank == 2 ? w_hh.d[1] : 0, G = gates * H;
    if (H < 1 || w_hh.d[0] != G) {
        mm_op_fail(y, "weight_hh must be (%dH, H): a block of H rows for each of the %d gates", gates, gates);
    }
    if (!mm_shape_equal(w_ih, MM_SHAPE(G, x.d[2]))) {
        mm_op_fail(y, "weight_ih must be (%d, %d): %d gates of the H = %d of weight_hh, and the last size of x", G, x.d[2], gates,
                   H);
    }
    for (int i = BIAS_IH; i <= BIAS_HH; i++) {
        if (!mm_shape_equal(y->in[i]->shape, MM_SHAPE(G))) {
            mm_op_fail(y, "%s must be (%d)", i == BIAS_IH ? "bias_ih" : "bias_hh", G);
        }
    }
    const int *length = ((const RecurrentAttr *)y->attr)->length;
    for (int b = 0; length && b < x.d[0]; b++) {
        if (length[b] < 1 || length[b] > x.d[1]) {
            mm_op_fail(y, "length[%d] = %d, but sequences have 1 .. %d steps", b, length[b], x.d[1]);
        }
    }
    return MM_SHAPE(x.d[0], x.d[1], H);
}

Tensor *mm_recurrent_apply(Graph *g, const Op *op, Tensor *const *in, const int *length, Site site)
{
    bool known = length && in[X] && in[X]->shape.rank == 3; /* else the shape check reports it */
    RecurrentAttr attr = {known ? mm_keep_ints(g, length, (size_t)in[X]->shape.d[0]) : NULL};
    return mm_apply(g, op, &attr, sizeof attr, RECURRENT_INPUTS, in, site);
}

void mm_recurrent_products(const Tensor *y, real *gate)
{
    Recurrent r = mm_recurrent(y);
    int rows = r.B * r.T;
#pragma omp parallel for if ((size_t)rows * (size_t)r.G > MM_GRAIN)
    for (int i = 0; i < rows; i++) {
        memcpy(gate + (size_t)i * (size_t)r.G, y->in[BIAS_IH]->data, (size_t)r.G * sizeof *gate);
    }
    mm_gemm(1, rows, r.G, r.I, 1, mm_by_rows(y->in[X]->data, r.I), mm_by_columns(y->in[WEIGHT_IH]->data, r.I), 1,
            mm_by_rows(gate, r.G));
}

void mm_recurrent_step(const Tensor *y, int t, real *to, int stride)
{
    Recurrent r = mm_recurrent(y);
    const real *before = y->data + (ptrdiff_t)(t - 1) * r.H;
    mm_gemm(1, r.B, r.G, r.H, 1, mm_by_rows(before, r.T * r.H), mm_by_columns(y->in[WEIGHT_HH]->data, r.H), 1,
            mm_by_rows(to, stride));
}

void mm_recurrent_step_back(const Tensor *y, int t, const real *dgate, real beta, real *dh)
{
    Recurrent r = mm_recurrent(y);
    mm_gemm(1, r.B, r.H, r.G, 1, mm_by_rows(dgate + (ptrdiff_t)t * r.G, r.T * r.G), mm_by_rows(y->in[WEIGHT_HH]->data, r.H), beta,
            mm_by_rows(dh, r.H));
}

/* dW_hh = sum over b and t of dgate_t h_(t-1)^T. In (B, T, .) the state before row i is row i - 1, except in first steps, which
 * have none: with their dgate cleared, one product of rows 1 .. BT-1 with rows 0 .. BT-2 is that sum. */
static void weight_hh_gradient(Tensor *y, real *d_hh)
{
    Recurrent r = mm_recurrent(y);
    real *dw = mm_grad(y->in[WEIGHT_HH]);
    for (int b = 0; b < r.B; b++) {
        memset(d_hh + (size_t)b * (size_t)r.T * (size_t)r.G, 0, (size_t)r.G * sizeof *d_hh);
    }
    if (dw) {
        mm_gemm(1, r.G, r.H, r.B * r.T - 1, 1, mm_by_columns(d_hh + r.G, r.G), mm_by_rows(y->data, r.H), 1, mm_by_rows(dw, r.H));
    }
}

void mm_recurrent_gradients(Tensor *y, const real *d_ih, real *d_hh)
{
    Recurrent r = mm_recurrent(y);
    int rows = r.B * r.T;
    const real *x = y->in[X]->data, *w = y->in[WEIGHT_IH]->data;
    real *dx = mm_grad(y->in[X]), *dw = mm_grad(y->in[WEIGHT_IH]);
    real *db_ih = mm_grad(y->in[BIAS_IH]), *db_hh = mm_grad(y->in[BIAS_HH]);
    if (dx) {
        mm_gemm(1, rows, r.I, r.G, 1, mm_by_rows(d_ih, r.G), mm_by_rows(w, r.I), 1, mm_by_rows(dx, r.I));
    }
    if (dw) {
        mm_gemm(1, r.G, r.I, rows, 1, mm_by_columns(d_ih, r.G), mm_by_rows(x, r.I), 1, mm_by_rows(dw, r.I));
    }
    if (db_ih) {
        mm_add_columns(db_ih, d_ih, rows, r.G);
    }
    if (db_hh) {
        mm_add_columns(db_hh, d_hh, rows, r.G);
    }
    weight_hh_gradient(y, d_hh);
}
