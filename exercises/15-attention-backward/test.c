/* The backward of self-attention. */
#include "ops/rows.h"

#include "15.h"
#include "check.h"

enum { T = 4, D = 6 };

/* The part of the gradient of qkv that begins at column `from`, of one head of width D. */
static void part(int from, real *got, void (*backward)(Tensor *y))
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *qkv = mm_param(ps, "qkv", MM_SHAPE(1, T, 3 * D), (Init){MM_NORMAL, 1});
    Tensor *y = mm_attention(g, qkv, 1, false);
    real *dy = mm_reals(g, y->n);
    Op op = mm_op_attention;
    op.backward = backward;
    y->op = &op;
    draw(dy, y->n, -1, 1, "dy");
    mm_backward_from(g, y, dy);
    for (int t = 0; t < T; t++) {
        memcpy(got + t * D, qkv->grad + t * 3 * D + from, D * sizeof *got);
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

static void expect_part(const char *name, int from)
{
    real got[T * D], want[T * D];
    part(from, got, YOURS(attention_backward));
    part(from, want, mm_op_attention.backward);
    expect_tensor(name, MM_SHAPE(T, D), got, want, 1e-9);
}

static Tensor *causal(Graph *g, Tensor *const *x)
{
    return mm_attention(g, x[0], 1, true);
}

static Tensor *two_heads(Graph *g, Tensor *const *x)
{
    return mm_attention(g, x[0], 2, false);
}

void exercise_15(void)
{
    const Op *op = &mm_op_attention;
    void (*theirs)(Tensor *) = YOURS(attention_backward);
    check("values", "the gradient of V",
          "dV = P transposed times dY: token u collects from every t that looked at it, P[t][u] of each.");
    expect_part("dV", 2 * D);
    check("queries", "the gradient of Q", "dQ = dS K / sqrt(d), and dS is the softmax's backward of dP = dY V^T.");
    expect_part("dQ", 0);
    check("keys", "the gradient of K", "dK = dS transposed times Q / sqrt(d): what Q is to the rows of S, K is to its columns.");
    expect_part("dK", D);
    check("adds", "the gradients were 10 before", "The beta of mm_gemm is 1 where the result goes to dqkv.");
    expect_backward(op, theirs, &(Check){"", two_heads, {MM_DIMS(2, T, 18)}, 1}, 10);
    check("causal", "a causal mask", "P is 0 where the mask hides; each row of the softmax is all T long.");
    expect_backward(op, theirs, &(Check){"", causal, {MM_DIMS(2, T, 18)}, 1}, 0);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    expect_gradient(op, theirs);
}
