/* The backward of ReLU. */
#include "02.h"
#include "check.h"

static Tensor *build(Graph *g, Tensor *const *x)
{
    return mm_relu(g, x[0]);
}

void exercise_02(void)
{
    void (*theirs)(Tensor *) = YOURS(relu_backward);
    check("positive", "where the input was above 0 the gradient passes", "It passes as it is: y->grad[i], times 1.");
    expect_backward(&mm_op_relu, theirs, &(Check){"", build, {MM_DIMS(3, 5)}, 1, (real)0.5, 1}, 0);
    check("negative", "where the input was below 0 nothing passes",
          "There y is 0 and stays 0 when x moves a little: its gradient is 0. What in your line knows the sign of x?");
    expect_backward(&mm_op_relu, theirs, &(Check){"", build, {MM_DIMS(3, 5)}, 1, -1, (real)-0.5}, 0);
    check("adds", "what is in dx already stays", "x may be used elsewhere too, and its gradients add up: use `+=`, not `=`.");
    expect_backward(&mm_op_relu, theirs, &(Check){"", build, {MM_DIMS(3, 5)}, 1}, 10);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    expect_gradient(&mm_op_relu, theirs);
}
