/* The backward of deep CCA. */
#include "40.h"
#include "check.h"

static Tensor *small_ridge(Graph *g, Tensor *const *x)
{
    return mm_dcca(g, x[0], x[1], (real)1e-3);
}

static Tensor *large_ridge(Graph *g, Tensor *const *x)
{
    return mm_dcca(g, x[0], x[1], (real)0.2);
}

void exercise_40(void)
{
    const Op *op = &mm_op_dcca;
    void (*theirs)(Tensor *) = YOURS(dcca_backward);
    check("one", "five examples, one dimension each",
          "A difference times the axis of that view: own rho - other, over N - 1. The loss is minus the correlations, so nothing "
          "else is "
          "negative.");
    expect_backward(op, theirs, &(Check){"", small_ridge, {MM_DIMS(5, 1), MM_DIMS(5, 1)}, 2}, 0);
    check("widths", "views of 3 and of 2 dimensions", "Each view has its own axes and its own width: (N, K) times (K, D_i).");
    expect_backward(op, theirs, &(Check){"", small_ridge, {MM_DIMS(7, 3), MM_DIMS(7, 2)}, 2}, 0);
    check("ridge", "a large ridge, small correlations", "The projected own view is weighted with rho, column by column.");
    expect_backward(op, theirs, &(Check){"", large_ridge, {MM_DIMS(6, 2), MM_DIMS(6, 3)}, 2}, 0);
    check("adds", "the gradient was 10 before", "beta of the product is 1: it adds.");
    expect_backward(op, theirs, &(Check){"", small_ridge, {MM_DIMS(7, 3), MM_DIMS(7, 2)}, 2}, 10);
    check("gradient", "finite differences, also of one view alone", "mm_grad gives NULL for a view that needs no gradient.");
    expect_gradient(op, theirs);
}
