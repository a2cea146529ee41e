/* softmax.c: rows of scores made into distributions, or into their logarithms. */
#include "fast.h"
#include "mm/ops.h"
#include "rows.h"

#include <string.h>
#include <tgmath.h>

/* [softmax] p_i = e^(x_i) / sum_j e^(x_j). Since dp_i/dx_j = p_i (1[i=j] - p_j),
 *     dx = p (dp - sum(p dp))
 * A mask of 0 and -infinity is added to x before: what is hidden gets probability 0, and so no gradient. */
static void softmax_forward_row(Tensor *y, size_t row, const Tensor *mask)
{
    int n = mm_last(y->shape);
    const real *x = y->in[0]->data + row * (size_t)n;
    real *p = y->data + row * (size_t)n;
    if (!mask) {
        mm_softmax_row(p, x, n);
        return;
    }
    const real *m = mask->data + row * (size_t)n % mask->n; /* equal trailing sizes: the mask repeats */
    for (int i = 0; i < n; i++) {
        p[i] = x[i] + m[i];
    }
    mm_softmax_row(p, p, n);
}

static Shape softmax_shape(const Tensor *y)
{
    Shape x = y->in[0]->shape;
    if (x.rank < 1) {
        mm_op_fail(y, "softmax is over the last axis, a scalar has none");
    }
    if (y->n_in == 2) {
        Shape m = y->in[1]->shape;
        if (m.rank < 1 || m.rank > x.rank || memcmp(m.d, x.d + x.rank - m.rank, (size_t)m.rank * sizeof(int)) != 0) {
            mm_op_fail(y, "the mask must have the last sizes of x");
        }
    }
    return x;
}

static void softmax_forward(Tensor *y)
{
    size_t rows = mm_rows(y->shape);
    const Tensor *mask = y->n_in == 2 ? y->in[1] : NULL;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t r = 0; r < rows; r++) {
        softmax_forward_row(y, r, mask);
    }
}

static void softmax_backward(Tensor *y)
{
    size_t rows = mm_rows(y->shape);
    int n = mm_last(y->shape);
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (dx && y->n > MM_GRAIN)
    for (size_t r = 0; r < (dx ? rows : 0); r++) {
        mm_softmax_row_backward(dx + r * (size_t)n, y->grad + r * (size_t)n, y->data + r * (size_t)n, n);
    }
}

static Tensor *build_softmax(Graph *g, Tensor *const *x)
{
    return mm_softmax(g, x[0], NULL);
}

static Tensor *build_masked(Graph *g, Tensor *const *x)
{
    const real hidden = -INFINITY;
    return mm_softmax(g, x[0], mm_input(g, MM_SHAPE(3, 3), (real[]){0, hidden, hidden, 0, 0, hidden, 0, 0, (real)0.5}));
}

const Op mm_op_softmax = {
    .name = "softmax",
    .symbol = "softmax",
    .equation = "softmax",
    .shape = softmax_shape,
    .forward = softmax_forward,
    .backward = softmax_backward,
    .check = (Check[]){{"rows", build_softmax, {MM_DIMS(3, 5)}, 1},
                       {"one element", build_softmax, {MM_DIMS(3, 1)}, 1},
                       {"large scores", build_softmax, {MM_DIMS(2, 3, 5)}, 1, .low = 798, .high = 801},
                       {"causal mask", build_masked, {MM_DIMS(2, 3, 3)}, 1},
                       {0}},
};

Tensor *(mm_softmax)(Graph *g, Tensor *x, Tensor *mask, Site site)
{
    return mm_apply(g, &mm_op_softmax, NULL, 0, mask ? 2 : 1, (Tensor *[]){x, mask}, site);
}

/* [log_softmax] y_i = x_i - ln sum_j e^(x_j), so dx_i = dy_i - e^(y_i) sum_j dy_j. Not the logarithm of softmax, which is
 * -infinity where a probability is too small for its type. */
static Shape log_softmax_shape(const Tensor *y)
{
    if (y->in[0]->shape.rank < 1) {
        mm_op_fail(y, "log_softmax is over the last axis, a scalar has none");
    }
    return y->in[0]->shape;
}

static void log_softmax_forward(Tensor *y)
{
    size_t rows = mm_rows(y->shape), n = (size_t)mm_last(y->shape);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t r = 0; r < rows; r++) {
        const real *x = y->in[0]->data + r * n;
        real largest = x[0];
        double sum = 0;
        for (size_t i = 1; i < n; i++) {
            largest = x[i] > largest ? x[i] : largest;
        }
        for (size_t i = 0; i < n; i++) {
            sum += (double)mm_exp_fast(x[i] - largest);
        }
        real log_sum = (real)log(sum);
        for (size_t i = 0; i < n; i++) {
            y->data[r * n + i] = x[i] - largest - log_sum;
        }
    }
}

static void log_softmax_backward(Tensor *y)
{
    size_t rows = mm_rows(y->shape), n = (size_t)mm_last(y->shape);
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t r = 0; r < rows; r++) {
        const real *dy = y->grad + r * n, *log_p = y->data + r * n;
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum += (double)dy[i];
        }
        for (size_t i = 0; i < n; i++) {
            dx[r * n + i] += dy[i] - mm_exp_fast(log_p[i]) * (real)sum;
        }
    }
}

static Tensor *build_log_softmax(Graph *g, Tensor *const *x)
{
    return mm_log_softmax(g, x[0]);
}

const Op mm_op_log_softmax = {
    .name = "log_softmax",
    .symbol = "ln softmax",
    .equation = "log_softmax",
    .shape = log_softmax_shape,
    .forward = log_softmax_forward,
    .backward = log_softmax_backward,
    .check = (Check[]){{"rows", build_log_softmax, {MM_DIMS(3, 5)}, 1},
                       {"one element", build_log_softmax, {MM_DIMS(3, 1)}, 1},
                       {"large scores", build_log_softmax, {MM_DIMS(2, 3, 5)}, 1, .low = 798, .high = 801},
                       {0}},
};

Tensor *(mm_log_softmax)(Graph *g, Tensor *x, Site site)
{
    return mm_apply(g, &mm_op_log_softmax, NULL, 0, 1, &x, site);
}
