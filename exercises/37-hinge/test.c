/* A margin to every wrong answer. */
#include "37.h"
#include "check.h"

enum { MOST = 12 };

typedef struct Result {
    real cost[MOST], ds[MOST];
} Result;

/* weights: of the sum whose gradient is taken */
static Result run(const real *s, int rows, int columns, const int *labels, real margin)
{
    Result r = {0};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *scores = mm_param(ps, "S", MM_SHAPE(rows, columns), (Init){MM_ZERO, 0});
    memcpy(scores->data, s, scores->n * sizeof *s);
    Tensor *cost = YOURS(violations)(g, scores, labels, margin);
    expect(mm_shape_equal(cost->shape, scores->shape), "the cost has a number for each score: (%d, %d)", rows, columns);
    if (mm_shape_equal(cost->shape, scores->shape)) {
        real weights[MOST];
        draw(weights, MOST, 0.5, 1.5, "weights");
        memcpy(r.cost, cost->data, cost->n * sizeof *s);
        mm_backward(g, mm_sum(g, mm_mul(g, cost, mm_input(g, cost->shape, weights)), MM_ALL));
        memcpy(r.ds, scores->grad, scores->n * sizeof *s);
    }
    mm_graph_free(g);
    mm_params_free(ps);
    return r;
}

static void by_loops(const real *s, int rows, int columns, const int *labels, real margin, Result *want)
{
    real weights[MOST];
    draw(weights, MOST, 0.5, 1.5, "weights");
    *want = (Result){0};
    for (int i = 0; i < rows; i++) {
        int right = labels ? labels[i] : i;
        for (int j = 0; j < columns; j++) {
            real v = margin + s[i * columns + j] - s[i * columns + right];
            if (j != right && v > 0) {
                want->cost[i * columns + j] = v;
                want->ds[i * columns + j] += weights[i * columns + j];
                want->ds[i * columns + right] -= weights[i * columns + j];
            }
        }
    }
}

static void compare(const real *s, int rows, int columns, const int *labels, bool gradient)
{
    Result got = run(s, rows, columns, labels, (real)0.2), want;
    by_loops(s, rows, columns, labels, (real)0.2, &want);
    expect_tensor(gradient ? "dS" : "V", MM_SHAPE(rows, columns), gradient ? got.ds : got.cost, gradient ? want.ds : want.cost,
                  1e-9);
}

void exercise_37(void)
{
    static const real close[9] = {0.5, 0.4, 0.6, 0.45, 0.5, 0.4, 0.6, 0.55, 0.5},
                      clear[9] = {0.9, 0.1, 0, 0.2, 0.8, 0.1, 0, -0.5, 0.7};
    real wide[12];
    draw(wide, 12, -0.3, 0.3, "scores");
    check("right", "three pairs: the right column costs nothing",
          "A score is not behind itself: its cost would be the margin. Multiply it by 0.");
    Result got = run(close, 3, 3, NULL, (real)0.2);
    expect_tensor("V at the right columns", MM_SHAPE(3), (const real[]){got.cost[0], got.cost[4], got.cost[8]},
                  (const real[3]){0}, 1e-12);
    check("rows", "scores that are close to the right one",
          "Each row is compared with its own right score: margin + wrong - right.");
    compare(close, 3, 3, NULL, false);
    check("clear", "leads of more than the margin", "Who is far enough behind costs nothing: max(0, …).");
    compare(clear, 3, 3, NULL, false);
    check("labels", "labels in another order", "labels[i] says which column is right; at_labels knows.");
    compare(close, 3, 3, (const int[]){2, 0, 1}, false);
    check("wide", "3 pictures, 4 names", "A row has as many columns as there are names.");
    compare(wide, 3, 4, (const int[]){3, 0, 3}, false);
    check("gradient", "the gradient of the scores",
          "A violation pushes its wrong score down and the right score up by as much; all of it must be ops.");
    compare(wide, 3, 4, (const int[]){3, 0, 3}, true);
}
