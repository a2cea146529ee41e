/* The backward of GELU. */
#include "05.h"
#include "check.h"

static Tensor *build(Graph *g, Tensor *const *x)
{
    return mm_gelu(g, x[0]);
}

/* The slope at one place: dy = 1. */
static double slope(real at)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(1), (Init){MM_CONSTANT, at});
    Op op = mm_op_gelu;
    op.backward = YOURS(gelu_backward);
    mm_backward(g, mm_apply(g, &op, NULL, 0, 1, &x, "test"));
    double s = (double)x->grad[0];
    mm_graph_free(g);
    mm_params_free(ps);
    return s;
}

void exercise_05(void)
{
    void (*theirs)(Tensor *) = YOURS(gelu_backward);
    check("at_0", "at 0 half of the gradient passes", "Phi(0) = 0.5. Is it half of (1 + erf), and is dy multiplied once?");
    expect_number("the slope at 0", slope(0), 0.5, 1e-9);
    check("right", "far to the right all of it passes",
          "Phi(8) is 1 and phi(8) is nearly 0. Does x belong before the exponential?");
    expect_number("the slope at 8", slope(8), 1, 1e-9);
    check("left", "far to the left none of it passes", "Phi(-8) is nearly 0, since erf(-6) is -1.");
    expect_number("the slope at -8", slope(-8), 0, 1e-9);
    check("product", "GELU is flat near -0.75",
          "The product rule has a second term, x phi(x), with phi(x) = e^(-x^2/2) / sqrt(2 pi).");
    expect_number("the slope at -0.7517915246935645", slope(-0.7517915246935645), 0, 1e-7);
    check("adds", "what is in dx already stays", "Use `+=`, not `=`.");
    expect_backward(&mm_op_gelu, theirs, &(Check){"", build, {MM_DIMS(3, 5)}, 1, -3, 3}, 10);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    expect_gradient(&mm_op_gelu, theirs);
}
