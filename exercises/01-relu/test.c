/* The forward of ReLU, in an op that is the engine's but for it. */
#include "01.h"
#include "check.h"

enum { N = 6 };

static void try(Graph *g, const real *x, const real *want)
{
    Op op = mm_op_relu;
    op.forward = YOURS(relu_forward);
    Tensor *in = mm_input(g, MM_SHAPE(N), x), *y = mm_apply(g, &op, NULL, 0, 1, &in, "test");
    expect_tensor("y", MM_SHAPE(N), y->data, want, 0);
}

static Tensor *built(Graph *g, Params *ps, bool theirs, void *context)
{
    (void)context;
    static Op op;
    op = mm_op_relu;
    op.forward = theirs ? YOURS(relu_forward) : op.forward;
    Tensor *x = mm_param(ps, "x", MM_SHAPE(N), (Init){MM_NORMAL, 1});
    return mm_named(mm_apply(g, &op, NULL, 0, 1, &x, "test"), "y");
}

void exercise_01(void)
{
    draw_pair(built, NULL);
    Graph *g = mm_graph_new(1);
    check("positive", "numbers above 0 stay as they are",
          "Where x[i] > 0, y->data[i] is x[i] itself, not 1 and not its opposite.");
    try(g, (const real[]){1, 2, 3, 0.5, 7, 0.25}, (const real[]){1, 2, 3, 0.5, 7, 0.25});
    check("negative", "numbers below 0 become 0", "Where x[i] < 0 the result is 0: neither x[i] nor -x[i].");
    try(g, (const real[]){-1, -2, -3, -0.5, -7, -0.25}, (const real[]){0, 0, 0, 0, 0, 0});
    check("small", "numbers just above and below 0", "The border is at 0 exactly. Is it somewhere else in yours, such as at 1?");
    try(g, (const real[]){1e-6, -1e-6, 0.4, -0.4, 0, 1e-300}, (const real[]){1e-6, 0, 0.4, 0, 0, 1e-300});
    mm_graph_free(g);
}
