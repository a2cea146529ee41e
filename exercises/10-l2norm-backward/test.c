/* The backward of the L2 normalisation of rows. */
#include "10.h"
#include "check.h"

static Tensor *build(Graph *g, Tensor *const *x)
{
    return mm_l2norm(g, x[0], 0);
}

/* x = (3, 4), of length 5; the upstream gradient is given. */
static void by_hand(real up0, real up1, real want0, real want1)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(1, 2), (Init){MM_ZERO, 0});
    x->data[0] = 3;
    x->data[1] = 4;
    Tensor *y = mm_l2norm(g, x, 0);
    Op op = mm_op_l2norm;
    op.backward = YOURS(l2norm_backward);
    y->op = &op;
    mm_backward_from(g, y, (real[]){up0, up1});
    expect_tensor("dx", MM_SHAPE(1, 2), x->grad, (real[]){want0, want1}, 1e-12);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_10(void)
{
    void (*theirs)(Tensor *) = YOURS(l2norm_backward);
    check("along", "x = (3, 4), dy along it: nothing comes back",
          "y is (0.6, 0.8), and dy = (0.6, 0.8) points along it. The term y sum(dy y) takes all of it away: is the sum over the "
          "whole "
          "row, of dy times y (not x)?");
    by_hand((real)0.6, (real)0.8, 0, 0);
    check("across", "x = (3, 4), dy across it: it comes back divided by the length 5",
          "dy = (0.8, -0.6) is at right angles to y, so the sum is 0 and dx is s dy = dy / 5.");
    by_hand((real)0.8, (real)-0.6, (real)0.16, (real)-0.12);
    check("rows", "three rows of 5", "Row `row` of dx begins at dx + at; each row has a sum of its own.");
    expect_backward(&mm_op_l2norm, theirs, &(Check){"", build, {MM_DIMS(3, 5)}, 1}, 0);
    check("adds", "the gradient was 10 before", "Use `+=`, not `=`.");
    expect_backward(&mm_op_l2norm, theirs, &(Check){"", build, {MM_DIMS(3, 5)}, 1}, 10);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    expect_gradient(&mm_op_l2norm, theirs);
}
