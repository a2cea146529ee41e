/* Above and below. */
#include "39.h"
#include "check.h"
#include "mm/nn.h"

enum { N = 2, M = 3, D = 4 };

typedef struct Result {
    real scores[N * M], dx[N * D], dt[M * D];
} Result;

static Result run(__typeof__(mm_order_scores) *order, const real *x, const real *t, bool squared)
{
    Result r = {0};
    real weights[N * M];
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *image = mm_param(ps, "x", MM_SHAPE(N, D), (Init){MM_ZERO, 0}),
           *text = mm_param(ps, "t", MM_SHAPE(M, D), (Init){MM_ZERO, 0});
    memcpy(image->data, x, image->n * sizeof *x);
    memcpy(text->data, t, text->n * sizeof *t);
    Tensor *s = order(g, image, text, squared);
    expect(mm_shape_equal(s->shape, MM_SHAPE(N, M)), "the scores must be (%d, %d): a row for each picture", N, M);
    if (mm_shape_equal(s->shape, MM_SHAPE(N, M))) {
        memcpy(r.scores, s->data, sizeof r.scores);
        draw(weights, N * M, -1, 1, "weights");
        mm_backward(g, mm_sum(g, mm_mul(g, s, mm_input(g, s->shape, weights)), MM_ALL));
        memcpy(r.dx, image->grad, sizeof r.dx);
        memcpy(r.dt, text->grad, sizeof r.dt);
    }
    mm_graph_free(g);
    mm_params_free(ps);
    return r;
}

static const real pictures[N * D] = {4, 3, 2, 1, 1, 2, 3, 4};

void exercise_39(void)
{
    static const real above[M * D] = {1, 1, 1, 1, 0, 0, 0, 0, 1, 2, 2, 1}, below[M * D] = {5, 5, 5, 5, 7, 3, 6, 4, 4, 3, 2, 5};
    real x[N * D], t[M * D];
    draw(x, N * D, 0, 1, "pictures");
    draw(t, M * D, 0, 1, "texts");
    check("above", "texts that have no coordinate too large", "They lie above: nothing is missing, and every score is 0.");
    expect_tensor("S", MM_SHAPE(N, M), run(YOURS(mm_order_scores), pictures, above, true).scores, (const real[N * M]){0}, 1e-12);
    check("squared", "texts that have too much, squared",
          "The first: 5 - 4, 5 - 3, 5 - 2, 5 - 1, so -(1 + 4 + 9 + 16) = -30. Larger scores are better.");
    expect_tensor("S", MM_SHAPE(N, M), run(YOURS(mm_order_scores), pictures, below, true).scores,
                  run(mm_order_scores, pictures, below, true).scores, 1e-9);
    check("length", "the same, the length", "Without `squared` it is the root of that: mm_norm over the last axis.");
    expect_tensor("S", MM_SHAPE(N, M), run(YOURS(mm_order_scores), pictures, below, false).scores,
                  run(mm_order_scores, pictures, below, false).scores, 1e-9);
    check("gradient", "the gradients of both", "Ops alone, from image and text to the score.");
    Result got = run(YOURS(mm_order_scores), x, t, true), want = run(mm_order_scores, x, t, true);
    expect_tensor("dx", MM_SHAPE(N, D), got.dx, want.dx, 1e-9);
    expect_tensor("dt", MM_SHAPE(M, D), got.dt, want.dt, 1e-9);
}
