/* The gradient of a softmax row: by itself, and as the backward of the engine's op. */
#include "07.h"
#include "check.h"

#include "ops/rows.h"

enum { MOST = 9 };

typedef struct Row {
    real p[MOST], dp[MOST], got[MOST], want[MOST];
} Row;

/* dx starts at `start` everywhere. */
static Row try(int n, real start, const char *name)
{
    Row r;
    real x[MOST];
    draw(x, (size_t)n, -2, 2, name);
    draw(r.dp, (size_t)n, -1, 1, "dp");
    mm_softmax_row(r.p, x, n);
    for (int i = 0; i < n; i++) {
        r.got[i] = r.want[i] = start;
    }
    mm_softmax_row_backward(r.want, r.dp, r.p, n);
    YOURS(mm_softmax_row_backward)(r.got, r.dp, r.p, n);
    return r;
}

static double sum(const real *x, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += (double)x[i];
    }
    return s;
}

static void op_backward(Tensor *y)
{
    size_t n = (size_t)mm_last(y->shape);
    for (size_t r = 0; r < mm_rows(y->shape); r++) {
        YOURS(mm_softmax_row_backward)(mm_grad(y->in[0]) + r * n, y->grad + r * n, y->data + r * n, (int)n);
    }
}

/* dp = 1 everywhere: the probabilities' sum, which is always 1. */
static void constant_upstream(void)
{
    const real p[3] = {0.5, 0.25, 0.25}, dp[3] = {1, 1, 1}, want[3] = {0, 0, 0};
    real dx[3] = {0};
    YOURS(mm_softmax_row_backward)(dx, dp, p, 3);
    expect_tensor("dx", MM_SHAPE(3), dx, want, 1e-12);
}

void exercise_07(void)
{
    check(
        "constant", "the same gradient on every probability moves nothing",
        "If every p[i] has the gradient 1, the loss is the sum of p, which is always 1: dx must be 0. Do you subtract the sum of "
        "dp p over the whole row from each dp[i]?");
    constant_upstream();
    check(
        "sums_to_0", "the gradient of a row sums to 0",
        "Adding the same number to all scores changes nothing, so dx must sum to 0. Is the sum over all n elements, and is each "
        "element multiplied by its own p[i]?");
    Row r = try(5, 0, "five");
    expect_number("the sum of dx", sum(r.got, 5), 0, 1e-12);
    check("values", "five scores against the reference",
          "Is the sign right? A probability with a large gradient pulls its own score up: dx has the sign of dp[i] - dot.");
    expect_tensor("dx", MM_SHAPE(5), r.got, r.want, 1e-12);
    check("adds", "what is in dx already stays", "x may be used elsewhere too, and its gradients add up: use `+=`, not `=`.");
    r = try(5, 10, "five");
    expect_tensor("dx", MM_SHAPE(5), r.got, r.want, 1e-12);
    check("lengths", "rows of 1 and of 9", "Is there a fixed length in your loops?");
    r = try(1, 0, "one");
    expect_tensor("dx", MM_SHAPE(1), r.got, r.want, 1e-12);
    r = try(9, 0, "nine");
    expect_tensor("dx", MM_SHAPE(9), r.got, r.want, 1e-12);
    check("gradient", "finite differences through the op", "Look at the element that is named, and work it out by hand.");
    expect_gradient(&mm_op_softmax, op_backward);
}
