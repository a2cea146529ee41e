/* All wrong answers, or the worst. */
#include "38.h"
#include "check.h"

enum { N = 3 };

typedef struct Result {
    real loss, ds[N * N];
} Result;

static Result run(const real *s, bool hardest)
{
    Result r = {0};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *scores = mm_param(ps, "S", MM_SHAPE(N, N), (Init){MM_ZERO, 0});
    memcpy(scores->data, s, scores->n * sizeof *s);
    Tensor *loss = YOURS(one_way)(g, scores, (real)0.2, hardest);
    expect(loss->n == 1, "the loss is one number, not %zu", loss->n);
    if (loss->n == 1) {
        r.loss = *loss->data;
        mm_backward(g, loss);
        memcpy(r.ds, scores->grad, sizeof r.ds);
    }
    mm_graph_free(g);
    mm_params_free(ps);
    return r;
}

static Tensor *built(Graph *g, Params *ps, bool theirs, void *context)
{
    (void)context;
    Tensor *scores = mm_param(ps, "S", MM_SHAPE(N, N), (Init){MM_NORMAL, (real)0.1});
    return theirs ? YOURS(one_way)(g, scores, (real)0.2, true) : mm_ranking_loss(g, scores, (real)0.2, true);
}

void exercise_38(void)
{
    /* row 0: violations 0.1 and 0.3; row 1: 0.15 and 0; row 2: none */
    static const real s[N * N] = {0.5, 0.4, 0.6, 0.45, 0.5, 0.1, 0, 0.1, 0.9};
    draw_pair(built, NULL);
    check("sum", "the sum of all violations", "0.1 + 0.3 + 0.15: a sum over rows and columns, not a mean.");
    Result got = run(s, false);
    expect_number("L", (double)got.loss, 0.55, 1e-9);
    check("max", "the worst of each row", "0.3 + 0.15 + 0: the maximum is taken row by row, and then they are added.");
    got = run(s, true);
    expect_number("L", (double)got.loss, 0.45, 1e-9);
    check("gradient", "the gradient of both forms",
          "Of the worst alone, one score of a row goes down and the right one up. All of it must be ops.");
    expect_tensor("dS of the worst", MM_SHAPE(N, N), got.ds, (const real[]){-1, 0, 1, 1, -1, 0, 0, 0, 0}, 1e-9);
    got = run(s, false);
    expect_tensor("dS of the sum", MM_SHAPE(N, N), got.ds, (const real[]){-2, 1, 1, 1, -1, 0, 0, 0, 0}, 1e-9);
}
