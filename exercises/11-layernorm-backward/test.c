/* The gradient of x in layer normalisation. */
#include "11.h"
#include "check.h"

enum { C = 5 };
static const real ones[C] = {1, 1, 1, 1, 1}, zeros[C], ramp[C] = {-2, -1, 0, 1, 2};

static void backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
    y->in[0]->needs_grad = false; /* w and b are the engine's */
    mm_op_layernorm.backward(y);
    y->in[0]->needs_grad = dx != NULL;
    if (dx) {
        YOURS(layernorm_backward_rows)(y, dx);
    }
}

static Tensor *normalised(Graph *g, Tensor *const *x)
{
    return mm_layernorm(g, x[0], x[1], x[2], (real)1e-5);
}

/* The gradient of x = ramp, or of 3 ramp, with gains w and the upstream gradient dy. */
static void row(real scale, const real *w, const real *dy, real *dx)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(1, C), (Init){MM_ZERO, 0});
    for (int c = 0; c < C; c++) {
        x->data[c] = scale * ramp[c];
    }
    Tensor *y = mm_layernorm(g, x, mm_input(g, MM_SHAPE(C), w), mm_input(g, MM_SHAPE(C), zeros), 0);
    Op op = mm_op_layernorm;
    op.backward = backward;
    y->op = &op;
    mm_backward_from(g, y, dy);
    memcpy(dx, x->grad, C * sizeof *dx);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void one_row(void)
{
    real dx[C], half[C];
    check("mean", "the same gradient everywhere comes back as 0",
          "Adding a number to the whole row changes its mean and nothing else. Subtract mean(e): the sum over C divided by C.");
    row(1, ones, ones, dx);
    expect_tensor("dx", MM_SHAPE(1, C), dx, zeros, 1e-12);
    check("variance", "a gradient along x comes back as 0",
          "Stretching the row changes its variance and nothing else. Subtract xhat mean(e xhat), with xhat = (x - m) r.");
    row(1, ones, ramp, dx);
    expect_tensor("dx", MM_SHAPE(1, C), dx, zeros, 1e-12);
    check("scale", "a row three times as large has a third of the gradient",
          "All of it is multiplied by r, which is 1 / the deviation.");
    const real up[C] = {1, -2, 0, 2, -1};
    row(1, ones, up, half);
    row(3, ones, up, dx);
    for (int c = 0; c < C; c++) {
        half[c] /= 3;
    }
    expect_tensor("dx", MM_SHAPE(1, C), dx, half, 1e-12);
}

void exercise_11(void)
{
    one_row();
    check("gains", "gains other than 1, against the reference",
          "e is w dy, in both means and in the first term. And is the sign of each term right?");
    const Check rows = {"", normalised, {MM_DIMS(3, 7), MM_DIMS(7), MM_DIMS(7)}, 3},
                one = {"", normalised, {MM_DIMS(1, 7), MM_DIMS(7), MM_DIMS(7)}, 3};
    expect_backward(&mm_op_layernorm, backward, &one, 0);
    check("rows", "three rows of 7", "Row `row` of dx begins at dx + at.");
    expect_backward(&mm_op_layernorm, backward, &rows, 0);
    check("adds", "the gradient was 10 before", "Use `+=`, not `=`.");
    expect_backward(&mm_op_layernorm, backward, &rows, 10);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    expect_gradient(&mm_op_layernorm, backward);
}
