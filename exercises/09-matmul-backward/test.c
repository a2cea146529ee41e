/* The backward of the matrix product. */
#include "09.h"
#include "check.h"

static Tensor *nn(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, x[0], x[1], MM_NN);
}

static Tensor *nt(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, x[0], x[1], MM_NT);
}

static Tensor *tn(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, x[0], x[1], MM_TN);
}

static const real eye[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* One operand is a constant, so that only one gradient flows. */
static Tensor *left_only(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, x[0], mm_input(g, MM_SHAPE(5, 3), eye), MM_NN);
}

static Tensor *right_only(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, mm_input(g, MM_SHAPE(3, 5), eye), x[0], MM_NN);
}

void exercise_09(void)
{
    const Op *op = &mm_op_matmul;
    void (*theirs)(Tensor *) = YOURS(matmul_backward);
    check("left", "the gradient of A (2, 5), with B a constant",
          "dA (m, k) = dY (m, n) times B transposed (n, k). B needs no gradient here: db is NULL.");
    expect_backward(op, theirs, &(Check){"", left_only, {MM_DIMS(2, 5)}, 1}, 0);
    check("right", "the gradient of B (5, 2), with A a constant",
          "dB (k, n) = A transposed (k, m) times dY (m, n). A needs no gradient here: da is NULL.");
    expect_backward(op, theirs, &(Check){"", right_only, {MM_DIMS(5, 2)}, 1}, 0);
    check("both", "both at once", "Each has a product of its own.");
    expect_backward(op, theirs, &(Check){"", nn, {MM_DIMS(3, 5), MM_DIMS(5, 7)}, 2}, 0);
    check("adds", "the gradients were 10 before", "Add: the beta of mm_gemm is 1 for that, 0 overwrites.");
    expect_backward(op, theirs, &(Check){"", nn, {MM_DIMS(3, 5), MM_DIMS(5, 7)}, 2}, 10);
    check("batch", "a batch of 3 products", "The first argument of mm_gemm is the number of products in the batch.");
    expect_backward(op, theirs, &(Check){"", nn, {MM_DIMS(3, 2, 5), MM_DIMS(3, 5, 7)}, 2}, 0);
    check("stored", "A or B is stored transposed", "`describe` takes care of that, if you use its Mat and do not make your own.");
    expect_backward(op, theirs, &(Check){"", nt, {MM_DIMS(3, 5), MM_DIMS(7, 5)}, 2}, 0);
    expect_backward(op, theirs, &(Check){"", tn, {MM_DIMS(5, 3), MM_DIMS(5, 7)}, 2}, 0);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    expect_gradient(op, theirs);
}
