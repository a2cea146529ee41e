/* muon.c: a matrix moves by a matrix whose singular values are all about 1 (Jordan et al. 2024), so that directions whose
 * gradients are small are learned as fast as those whose gradients are large. Embeddings, biases and gains get AdamW's step. */
#include "mm/train.h"

#include <tgmath.h>

/* A parameter as a matrix: a row for each output. */
static int rows_of(const Tensor *p)
{
    return p->shape.d[0];
}

static int columns_of(const Tensor *p)
{
    return (int)(p->n / (size_t)p->shape.d[0]);
}

static size_t muon_scratch(const Tensor *p)
{
    size_t shorter = (size_t)(rows_of(p) < columns_of(p) ? rows_of(p) : columns_of(p));
    return 2 * p->n + 2 * shorter * shorter;
}

/* [newton_schulz] x (r, c), r <= c, with all singular values between 0 and 1: five times
 *     A = x x^T        x <- a x + (b A + c A^2) x
 * which sends each singular value s to a s + b s^3 + c s^5 and leaves the singular vectors as they are. The constants, Jordan's,
 * are those that rise fastest from 0; s ends between 0.7 and 1.2. Transposing is a swap of strides. y has room for x, A and B for
 * (r, r); returns that of x and y which holds the result. */
static Mat orthogonal(Mat x, Mat y, Mat A, Mat B, int r, int c)
{
    /* region orthogonal */
    const real a = (real)3.4445, b = (real)-4.7750, of_square = (real)2.0315;
    for (int step = 0; step < 5; step++) {
        Mat turned = {x.p, x.cs, x.rs, 0}, last = x;
        mm_gemm(1, r, r, c, 1, x, turned, 0, A);
        mm_gemm_add(1, r, r, r, of_square, A, A, b, A, B);
        mm_gemm_add(1, r, c, r, 1, B, x, a, x, y);
        x = y;
        y = last;
    }
    return x;
    /* end orthogonal */
}

/* [muon] With gradient g, momentum mu, and the longer side l of the matrix:
 *     m = mu m + (1-mu) g        u = mu m + (1-mu) g
 *     p = p - lr wd p - lr rms sqrt(l) NS(u / |u|)
 * NS of a matrix has elements whose root mean square is about 1 / sqrt(l): rms is the length of a step beside AdamW's. */
static void muon_update(const OptimizerConfig *c, const Update *u)
{
    if (!u->scratch) {
        mm_adamw.update(c, u);
        return;
    }
    int rows = rows_of(u->p), columns = columns_of(u->p);
    bool tall = rows > columns;
    int shorter = tall ? columns : rows, longer = tall ? rows : columns;
    size_t n = u->p->n;
    real *p = u->p->data, *grad = u->p->grad, *m = u->state[0], *x = u->scratch, mu = c->momentum;
    for (size_t i = 0; i < n; i++) {
        m[i] = mu * m[i] + (1 - mu) * grad[i];
        x[i] = mu * m[i] + (1 - mu) * grad[i];
    }
    real length = (real)sqrt(mm_sum_squares(x, n)) + (real)1e-7;
    for (size_t i = 0; i < n; i++) {
        x[i] /= length;
    }
    ptrdiff_t rs = tall ? 1 : columns, cs = tall ? columns : 1;
    real *square = x + 2 * n;
    Mat A = {square, shorter, 1, 0}, B = {square + shorter * shorter, shorter, 1, 0};
    const real *o = orthogonal((Mat){x, rs, cs, 0}, (Mat){x + n, rs, cs, 0}, A, B, shorter, longer).p;
    real keep = 1 - u->lr * u->weight_decay, step = u->lr * c->rms * sqrt((real)longer);
    for (size_t i = 0; i < n; i++) {
        p[i] = keep * p[i] - step * o[i];
        grad[i] = 0;
    }
}

const OptimizerKind mm_muon = {.name = "muon", .state = {"m", "v"}, .scratch = muon_scratch, .update = muon_update};
