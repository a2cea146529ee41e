/* mutants_products.c: mistakes in sums, matrix products, softmax and attention. */
#include <math.h>
#include <string.h>

#include "mutants.h"

/* ---- sum, mean ---- */

static void give_scaled(Tensor *y, double factor)
{
    Tensor *r = copy_of(y);
    r->grad = copied(y, y->grad, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->grad[k] = (real)(factor * (double)y->grad[k]);
    }
    give(y, run(r));
}

static void sum_as_mean(Tensor *y)
{
    give_scaled(y, (double)y->n / (double)y->in[0]->n);
}

static void sum_to_first_only(Tensor *y)
{
    for (size_t k = 0; k < y->n; k++) {
        mm_grad(y->in[0])[k] += y->grad[k];
    }
}

static void mean_as_sum(Tensor *y)
{
    give_scaled(y, (double)y->in[0]->n / (double)y->n);
}

static void mean_of_the_outputs(Tensor *y)
{
    give_scaled(y, 1 / (double)y->n);
}

/* ---- matmul, linear ---- */

/* The matrices of x, as a program sees them that forgets to transpose: read by columns what lies by rows. */
static real *transposed(const Tensor *y, const Tensor *x)
{
    size_t columns = (size_t)mm_last(x->shape), rows = (size_t)x->shape.d[x->shape.rank - 2], size = rows * columns;
    real *t = mm_reals(y->graph, x->n);
    for (size_t k = 0; k < x->n; k++) {
        size_t in_matrix = k % size;
        t[k - in_matrix + in_matrix % columns * rows + in_matrix / columns] = x->data[k];
    }
    return t;
}

static void transposed_a(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->in[0]->data = transposed(y, y->in[0]);
    give(y, run(r));
}

static void transposed_b(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->in[1]->data = transposed(y, y->in[1]);
    give(y, run(r));
}

/* The second operand's gradient is not summed over the batch: its last member wins. */
static void matmul_batch_not_summed(Tensor *y)
{
    give_only(y, right(y), 0);
    Tensor *r = copy_of(y);
    size_t size = (size_t)y->shape.d[y->shape.rank - 1] * (size_t)y->shape.d[y->shape.rank - 2];
    r->grad = zeros(y, y->n);
    memcpy(r->grad + y->n - size, y->grad + y->n - size, size * sizeof(real));
    give_only(y, run(y->in[1]->shape.rank == 2 ? r : copy_of(y)), 1);
}

static void matmul_a_gets_nothing(Tensor *y)
{
    give_only(y, right(y), 1);
}

static void linear_bias_of_last_row(Tensor *y)
{
    Tensor *r = right(y);
    give_only(y, r, 0);
    give_only(y, r, 1);
    real *db = y->n_in == 3 ? mm_grad(y->in[2]) : NULL;
    size_t out = (size_t)mm_last(y->shape);
    for (size_t o = 0; o < out && db; o++) {
        db[o] += y->grad[y->n - out + o];
    }
}

static void linear_bias_averaged(Tensor *y)
{
    Tensor *r = right(y);
    for (size_t o = 0; y->n_in == 3 && r->in[2]->grad && o < y->in[2]->n; o++) {
        r->in[2]->grad[o] /= (real)mm_rows(y->shape);
    }
    give(y, r);
}

/* ---- softmax ---- */

static void softmax_wrong(Tensor *y, const real *p, bool diagonal_only)
{
    int n = mm_last(y->shape);
    real *dx = mm_grad(y->in[0]);
    for (size_t k = 0; k < y->n; k++) {
        dx[k] += p[k] * y->grad[k] * (diagonal_only ? 1 - p[k] : 1);
        for (int j = 0; j < n && p != y->data; j++) {
            size_t other = k - k % (size_t)n + (size_t)j;
            dx[k] -= p[k] * p[other] * y->grad[other];
        }
    }
}

static void softmax_diagonal_only(Tensor *y)
{
    softmax_wrong(y, y->data, true);
}

static void softmax_no_sum(Tensor *y)
{
    softmax_wrong(y, y->data, false);
}

static real *softmax_of(const Tensor *y, const real *x, size_t count, int n)
{
    real *p = mm_reals(y->graph, count);
    for (size_t row = 0; row < count; row += (size_t)n) {
        real max = x[row], sum = 0;
        for (int j = 1; j < n; j++) {
            max = x[row + (size_t)j] > max ? x[row + (size_t)j] : max;
        }
        for (int j = 0; j < n; j++) {
            sum += p[row + (size_t)j] = (real)exp((double)(x[row + (size_t)j] - max));
        }
        for (int j = 0; j < n; j++) {
            p[row + (size_t)j] /= sum;
        }
    }
    return p;
}

static void softmax_mask_ignored(Tensor *y)
{
    softmax_wrong(y, softmax_of(y, y->in[0]->data, y->n, mm_last(y->shape)), false);
}

static void softmax_gives_nothing(Tensor *y)
{
    (void)y; /* with dy = 1 for every output this would be right */
}

/* ---- attention: qkv (B, T, 3D) ---- */

/* Scales what queries, keys and values get. */
static void attention_scaled(Tensor *y, double q, double k, double v)
{
    Tensor *r = right(y);
    double factor[] = {q, k, v};
    size_t D = (size_t)mm_last(y->shape);
    for (size_t i = 0; i < y->in[0]->n; i++) {
        r->in[0]->grad[i] *= (real)factor[i / D % 3];
    }
    give(y, r);
}

static double root_of_head_size(const Tensor *y)
{
    int heads = *(const int *)y->attr; /* the first of the op's options */
    return sqrt((double)mm_last(y->shape) / heads);
}

static void attention_no_scale(Tensor *y)
{
    attention_scaled(y, root_of_head_size(y), root_of_head_size(y), 1);
}

static void attention_scaled_by_whole_width(Tensor *y)
{
    double wrong = root_of_head_size(y) / sqrt((double)mm_last(y->shape));
    attention_scaled(y, wrong, wrong, 1);
}

static void attention_no_values(Tensor *y)
{
    attention_scaled(y, 1, 1, 0);
}

static void attention_keys_for_queries(Tensor *y)
{
    Tensor *r = right(y);
    size_t D = (size_t)mm_last(y->shape);
    real *d = r->in[0]->grad;
    for (size_t token = 0; token < y->in[0]->n; token += 3 * D) {
        for (size_t i = token; i < token + D; i++) {
            real q = d[i];
            d[i] = d[i + D];
            d[i + D] = q;
        }
    }
    give(y, r);
}

/* P as it would be without the causal mask. saved is P (B, heads, T, T); its own logarithm gives the scores back where it is
 * not 0, and elsewhere they are taken for 0. */
static void attention_mask_ignored(Tensor *y)
{
    Tensor *r = copy_of(y);
    size_t T = (size_t)y->shape.d[1], n = (size_t)y->shape.d[0] * (size_t)(*(const int *)y->attr) * T * T;
    real *scores = mm_reals(y->graph, n);
    for (size_t i = 0; i < n; i++) {
        scores[i] = y->saved[i] > 0 ? (real)log((double)y->saved[i]) : 0;
    }
    r->saved = softmax_of(y, scores, n, (int)T);
    give(y, run(r));
}

const Mutant mutants_products[] = {{"sum", "dx = dy / N: that of the mean", sum_as_mean},
                                   {"sum", "only the first elements get dy", sum_to_first_only},
                                   {"mean", "1/N is missing", mean_as_sum},
                                   {"mean", "divided by the number of outputs too", mean_of_the_outputs},
                                   {"matmul", "dB with A where A^T belongs", transposed_a},
                                   {"matmul", "dA with B where B^T belongs", transposed_b},
                                   {"matmul", "a B that serves the batch is not summed over it", matmul_batch_not_summed},
                                   {"matmul", "A gets nothing", matmul_a_gets_nothing},
                                   {"linear", "dX = dY W^T, as if W were (in, out)", transposed_b},
                                   {"linear", "dW with X transposed", transposed_a},
                                   {"linear", "db is the last row of dY", linear_bias_of_last_row},
                                   {"linear", "db is the mean over the rows", linear_bias_averaged},
                                   {"softmax", "only the diagonal of the Jacobian: p (1 - p) dp", softmax_diagonal_only},
                                   {"softmax", "dx = p dp: the sum is missing", softmax_no_sum},
                                   {"softmax", "the mask is ignored", softmax_mask_ignored},
                                   {"softmax", "dx = 0", softmax_gives_nothing},
                                   {"attention", "1/sqrt(d) is missing in dQ and dK", attention_no_scale},
                                   {"attention", "1/sqrt(D) for 1/sqrt(D/heads)", attention_scaled_by_whole_width},
                                   {"attention", "the values get nothing", attention_no_values},
                                   {"attention", "dQ and dK exchanged", attention_keys_for_queries},
                                   {"attention", "the causal mask is ignored", attention_mask_ignored},
                                   {0}};
