/* The backward of the cross-entropy. */
#include "13.h"
#include "check.h"

static const int labels[3] = {4, 0, 2};
static const real half[15] = {0.25, 0.25, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0.5};

static Tensor *hard(Graph *g, Tensor *const *x)
{
    return mm_cross_entropy(g, x[0], labels, NULL, 0);
}

static Tensor *smoothed(Graph *g, Tensor *const *x)
{
    return mm_cross_entropy(g, x[0], labels, NULL, (real)0.2);
}

static Tensor *half_targets(Graph *g, Tensor *const *x)
{
    return mm_cross_entropy(g, x[0], NULL, half, 0);
}

/* Equal scores of 4 classes, the label is 1, so p is 1/4 each. */
static void by_hand(void)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *z = mm_param(ps, "z", MM_SHAPE(1, 4), (Init){MM_ZERO, 0});
    Op op = mm_op_cross_entropy;
    op.backward = YOURS(cross_entropy_backward);
    Tensor *loss = mm_cross_entropy(g, z, (int[]){1}, NULL, 0);
    loss->op = &op;
    mm_backward(g, loss);
    expect_tensor("dz", MM_SHAPE(1, 4), z->grad, (const real[]){0.25, -0.75, 0.25, 0.25}, 1e-12);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_13(void)
{
    const Op *op = &mm_op_cross_entropy;
    void (*theirs)(Tensor *) = YOURS(cross_entropy_backward);
    check("by_hand", "four equal scores, label 1",
          "p is 1/4 for each class and the target is 1 for class 1: dz is p - t. A gradient points to where the loss grows.");
    by_hand();
    check("mean", "three rows",
          "The loss is the mean over N rows: multiply by scale, once. And is it row i that you read and write?");
    expect_backward(op, theirs, &(Check){"", hard, {MM_DIMS(3, 5)}, 1}, 0);
    check("adds", "the gradient was 10 before", "Use `+=`, not `=`.");
    expect_backward(op, theirs, &(Check){"", hard, {MM_DIMS(3, 5)}, 1}, 10);
    check("smoothing", "targets smoothed by 0.2", "`target` gives the smoothed one; the label alone does not.");
    expect_backward(op, theirs, &(Check){"", smoothed, {MM_DIMS(3, 5)}, 1}, 0);
    check("not_1", "targets that sum to 1/2",
          "Every target pulls on log p_k, and each log p_k holds the logarithm of the sum: p is multiplied by the sum of the "
          "row's targets.");
    expect_backward(op, theirs, &(Check){"", half_targets, {MM_DIMS(3, 5)}, 1}, 0);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    expect_gradient(op, theirs);
}
