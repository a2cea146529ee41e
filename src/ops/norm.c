/* norm.c: rows brought to zero mean and unit variance, or to unit length. */
#include "mm/ops.h"
#include "rows.h"

#include <tgmath.h>

/* [layernorm] Over the C elements of a row, with m their mean and r = 1 / sqrt(variance + eps):
 *     xhat = (x - m) r        y = w xhat + b
 * x reaches xhat three times: itself, through the mean and through the variance. With e = w dy,
 *     dx = r (e - mean(e) - xhat mean(e xhat))        dw = sum_rows dy xhat        db = sum_rows dy
 * Ba et al. 2016. */
typedef struct NormAttr {
    real eps;
} NormAttr;

static Shape layernorm_shape(const Tensor *y)
{
    Shape x = y->in[0]->shape, c = MM_SHAPE(mm_last(x));
    if (x.rank < 1 || !mm_shape_equal(y->in[1]->shape, c) || !mm_shape_equal(y->in[2]->shape, c)) {
        mm_op_fail(y, "weight and bias must be (%d), the last size of x", c.d[0]);
    }
    return x;
}

static void layernorm_forward(Tensor *y)
{
    int rows = (int)mm_rows(y->shape), C = mm_last(y->shape);
    const real *w = y->in[1]->data, *b = y->in[2]->data, eps = ((const NormAttr *)y->attr)->eps;
    real *mean_of = y->saved = mm_reals(y->graph, 2 * (size_t)rows), *r_of = mean_of + rows;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int row = 0; row < rows; row++) {
        const real *x = y->in[0]->data + (size_t)row * (size_t)C;
        real *out = y->data + (size_t)row * (size_t)C, sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < C; c++) {
            sum += x[c];
        }
        real m = sum / (real)C;
#pragma omp simd reduction(+ : squares)
        for (int c = 0; c < C; c++) {
            squares += (x[c] - m) * (x[c] - m);
        }
        real r = 1 / sqrt(squares / (real)C + eps);
        for (int c = 0; c < C; c++) {
            out[c] = w[c] * ((x[c] - m) * r) + b[c];
        }
        mean_of[row] = m;
        r_of[row] = r;
    }
}

static void layernorm_backward_rows(Tensor *y, real *dx)
{
    int rows = (int)mm_rows(y->shape), C = mm_last(y->shape);
    const real *w = y->in[1]->data, *mean_of = y->saved, *r_of = mean_of + rows;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int row = 0; row < rows; row++) {
        size_t at = (size_t)row * (size_t)C;
        const real *x = y->in[0]->data + at, *dy = y->grad + at, m = mean_of[row], r = r_of[row];
        /* region layernorm_backward */
        real sum = 0, dot = 0;
#pragma omp simd reduction(+ : sum, dot)
        for (int c = 0; c < C; c++) {
            real e = w[c] * dy[c];
            sum += e;
            dot += e * (x[c] - m) * r;
        }
        real mean_e = sum / (real)C, mean_exhat = dot / (real)C;
        for (int c = 0; c < C; c++) {
            dx[at + (size_t)c] += r * (w[c] * dy[c] - mean_e - (x[c] - m) * r * mean_exhat);
        }
        /* end layernorm_backward */
    }
}

/* By columns, each in the order of the rows: the same bits for any number of threads. */
static void layernorm_backward_weight(Tensor *y, real *dw)
{
    enum { BLOCK = 32 };
    int rows = (int)mm_rows(y->shape), C = mm_last(y->shape);
    const real *mean_of = y->saved, *r_of = mean_of + rows;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int from = 0; from < C; from += BLOCK) {
        int to = from + BLOCK < C ? from + BLOCK : C;
        for (int row = 0; row < rows; row++) {
            size_t at = (size_t)row * (size_t)C;
            const real *x = y->in[0]->data + at, *dy = y->grad + at;
            for (int c = from; c < to; c++) {
                dw[c] += dy[c] * (x[c] - mean_of[row]) * r_of[row];
            }
        }
    }
}

static void layernorm_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]), *dw = mm_grad(y->in[1]), *db = mm_grad(y->in[2]);
    if (dx) {
        layernorm_backward_rows(y, dx);
    }
    if (dw) {
        layernorm_backward_weight(y, dw);
    }
    if (db) {
        mm_add_columns(db, y->grad, (int)mm_rows(y->shape), mm_last(y->shape));
    }
}

static Tensor *build_layernorm(Graph *g, Tensor *const *x)
{
    return mm_layernorm(g, x[0], x[1], x[2], (real)1e-5);
}

static Tensor *build_layernorm_large_eps(Graph *g, Tensor *const *x)
{
    return mm_layernorm(g, x[0], x[1], x[2], (real)0.1);
}

const Op mm_op_layernorm = {
    .name = "layernorm",
    .symbol = "LN",
    .equation = "layernorm",
    .shape = layernorm_shape,
    .forward = layernorm_forward,
    .backward = layernorm_backward,
    .check = (Check[]){{"rows", build_layernorm, {MM_DIMS(3, 5), MM_DIMS(5), MM_DIMS(5)}, 3},
                       {"batch", build_layernorm, {MM_DIMS(2, 3, 7), MM_DIMS(7), MM_DIMS(7)}, 3},
                       {"large eps", build_layernorm_large_eps, {MM_DIMS(3, 5), MM_DIMS(5), MM_DIMS(5)}, 3},
                       {0}},
};

Tensor *(mm_layernorm)(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, real eps, Site site)
{
    return mm_apply(g, &mm_op_layernorm, &(NormAttr){eps}, sizeof(NormAttr), 3, (Tensor *[]){x, weight, bias}, site);
}

/* [l2norm] y = s x with s = 1 / sqrt(sum x^2 + eps). dy reaches x straight through and through s:
 *     dx = s (dy - y sum(dy y))
 * The second term takes away the part of dy along y: length cannot change, only direction. */
static Shape l2norm_shape(const Tensor *y)
{
    if (y->in[0]->shape.rank < 1) {
        mm_op_fail(y, "l2norm is over the last axis, a scalar has none");
    }
    return y->in[0]->shape;
}

static void l2norm_forward(Tensor *y)
{
    int rows = (int)mm_rows(y->shape), C = mm_last(y->shape);
    real eps = ((const NormAttr *)y->attr)->eps;
    y->saved = mm_reals(y->graph, (size_t)rows);
    for (int row = 0; row < rows; row++) {
        const real *x = y->in[0]->data + (size_t)row * (size_t)C;
        real *out = y->data + (size_t)row * (size_t)C, sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < C; c++) {
            sum += x[c] * x[c];
        }
        real s = y->saved[row] = 1 / sqrt(sum + eps);
        for (int c = 0; c < C; c++) {
            out[c] = s * x[c];
        }
    }
}

static void l2norm_backward(Tensor *y)
{
    int rows = (int)mm_rows(y->shape), C = mm_last(y->shape);
    real *dx = mm_grad(y->in[0]);
    for (int row = 0; row < rows; row++) {
        size_t at = (size_t)row * (size_t)C;
        const real *out = y->data + at, *dy = y->grad + at, s = y->saved[row];
        /* region l2norm_backward */
        real dot = 0;
#pragma omp simd reduction(+ : dot)
        for (int c = 0; c < C; c++) {
            dot += dy[c] * out[c];
        }
        for (int c = 0; c < C; c++) {
            dx[at + (size_t)c] += s * (dy[c] - out[c] * dot);
        }
        /* end l2norm_backward */
    }
}

static Tensor *build_l2norm(Graph *g, Tensor *const *x)
{
    return mm_l2norm(g, x[0], 0);
}

static Tensor *build_l2norm_eps(Graph *g, Tensor *const *x)
{
    return mm_l2norm(g, x[0], (real)0.1);
}

const Op mm_op_l2norm = {
    .name = "l2norm",
    .symbol = "x/|x|",
    .equation = "l2norm",
    .shape = l2norm_shape,
    .forward = l2norm_forward,
    .backward = l2norm_backward,
    .check = (Check[]){{"rows", build_l2norm, {MM_DIMS(3, 5)}, 1}, {"eps", build_l2norm_eps, {MM_DIMS(2, 3, 4)}, 1}, {0}},
};

Tensor *(mm_l2norm)(Graph *g, Tensor *x, real eps, Site site)
{
    return mm_apply(g, &mm_op_l2norm, &(NormAttr){eps}, sizeof(NormAttr), 1, &x, site);
}
