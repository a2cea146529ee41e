/* mutants_reductions.c: mistakes in the largest, the log-sum-exp, the length and the log-softmax of an axis. */
#include <math.h>

#include "mutants.h"

/* Every element of an axis gets the share of dy that factor tells; n is the size of the axis. */
static void give_shares(Tensor *y, double (*factor)(double x, double y, double n))
{
    real *dx = mm_grad(y->in[0]);
    for (size_t i = 0; i < y->n; i++) {
        Tensor *which = copy_of(y);
        which->op = find_op("sum"); /* over the same axis: its gradient is 1 where x belongs to element i */
        which->grad = zeros(y, y->n);
        which->grad[i] = 1;
        run(which);
        for (size_t k = 0; k < y->in[0]->n; k++) {
            double share = factor((double)y->in[0]->data[k], (double)y->data[i], (double)(y->in[0]->n / y->n));
            dx[k] += which->in[0]->grad[k] != 0 ? (real)share * y->grad[i] : 0;
        }
    }
}

#define SHARE(name, expression)                                                                                                  \
    static double name##_share(double x, double y, double n)                                                                     \
    {                                                                                                                            \
        (void)x, (void)y, (void)n;                                                                                               \
        return expression;                                                                                                       \
    }                                                                                                                            \
    static void name(Tensor *y)                                                                                                  \
    {                                                                                                                            \
        give_shares(y, name##_share);                                                                                            \
    }

SHARE(max_right, x == y)
SHARE(logsumexp_right, exp(x - y))
SHARE(norm_right, x / y)
SHARE(max_to_all, 1)
SHARE(max_as_mean, 1 / n)
SHARE(max_to_the_rest, x != y)
SHARE(max_soft, exp(x - y))
SHARE(logsumexp_not_normalised, exp(x))
SHARE(logsumexp_hard, x < y)
SHARE(logsumexp_to_all, 1)
SHARE(logsumexp_sign_inside, exp(y - x))
SHARE(norm_no_division, x)
SHARE(norm_of_the_square, 2 * x)
SHARE(norm_divided_by_square, x / (y * y))
SHARE(norm_sign_only, x > 0 ? 1 : -1)

/* The axis of every element of y is taken to begin at the same element of x. */
static void max_of_first_only(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->grad = zeros(y, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->grad[0] += y->grad[k];
    }
    give(y, run(r));
}

static void log_softmax_no_sum(Tensor *y)
{
    for (size_t k = 0; k < y->n; k++) {
        mm_grad(y->in[0])[k] += y->grad[k];
    }
}

/* dx = dy - p dy: each element sees itself alone. */
static void log_softmax_diagonal_only(Tensor *y)
{
    for (size_t k = 0; k < y->n; k++) {
        mm_grad(y->in[0])[k] += (1 - exp(y->data[k])) * y->grad[k];
    }
}

static void log_softmax_as_softmax(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->op = find_op("softmax");
    r->data = copied(y, y->data, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->data[k] = exp(y->data[k]);
    }
    give(y, run(r));
}

/* ln p where p belongs: exp is forgotten. */
static void log_softmax_no_exp(Tensor *y)
{
    size_t n = (size_t)mm_last(y->shape);
    for (size_t k = 0; k < y->n; k++) {
        real sum = 0;
        for (size_t j = 0; j < n; j++) {
            sum += y->grad[k / n * n + j];
        }
        mm_grad(y->in[0])[k] += y->grad[k] - y->data[k] * sum;
    }
}

const Mutant mutants_reductions[] = {{"max", NULL, max_right},
                                     {"logsumexp", NULL, logsumexp_right},
                                     {"norm", NULL, norm_right},
                                     {"max", "every element gets dy", max_to_all},
                                     {"max", "every element gets dy / n", max_as_mean},
                                     {"max", "all but the largest get dy", max_to_the_rest},
                                     {"max", "the largest of the first axis gets all", max_of_first_only},
                                     {"max", "shares e^(x - y), which are logsumexp's", max_soft},
                                     {"logsumexp", "e^x, not divided by the sum", logsumexp_not_normalised},
                                     {"logsumexp", "1 or 0, as of a maximum", logsumexp_hard},
                                     {"logsumexp", "every element gets dy", logsumexp_to_all},
                                     {"logsumexp", "e^(y - x): sign of the exponent", logsumexp_sign_inside},
                                     {"norm", "dx = x dy: the division is missing", norm_no_division},
                                     {"norm", "dx = 2 x dy: the derivative of the square", norm_of_the_square},
                                     {"norm", "divided by the square of the length", norm_divided_by_square},
                                     {"norm", "the derivative of the sum of sizes", norm_sign_only},
                                     {"log_softmax", "dx = dy: the sum is missing", log_softmax_no_sum},
                                     {"log_softmax", "dx = (1 - p) dy: the diagonal only", log_softmax_diagonal_only},
                                     {"log_softmax", "the derivative of softmax", log_softmax_as_softmax},
                                     {"log_softmax", "ln p for p", log_softmax_no_exp},
                                     {0}};
