/* The backward of the all-gather. */
#include "35.h"
#include "check.h"

/* Ranks of which this is one. The others gather nothing, and have among them `others` for dy. */
static void gather(const Ranks *r, const real *own, real *all, const int *count)
{
    for (int k = 0; k < r->n; all += count[k++]) {
        for (int i = 0; i < count[k]; i++) {
            all[i] = k == r->rank ? own[i] : 0;
        }
    }
}

static void scatter_sum(const Ranks *r, const real *all, real *own, const int *count)
{
    const real *others = r->context;
    size_t first = 0;
    for (int k = 0; k < r->rank; k++) {
        first += (size_t)count[k];
    }
    for (size_t i = 0; i < (size_t)count[r->rank]; i++) {
        own[i] = all[first + i] + others[first + i];
    }
}

/* x, all 0, goes through the all-gather and back from dy; its gradient, which begins at `start`, must be want. */
static void expect_dx(int rank, int ranks, int rows, int D, const real *dy, real *others, double start, const real *want)
{
    const Ranks r = {.rank = rank, .n = ranks, .context = others, .gather = gather, .scatter_sum = scatter_sum};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(mm_ranks_part(&r, rows).n, D), (Init){MM_ZERO, 0});
    for (size_t i = 0; i < x->n; i++) {
        x->grad[i] = (real)start;
    }
    Op op = mm_op_all_gather;
    op.backward = YOURS(all_gather_backward);
    Tensor *y = mm_all_gather(g, x, &r, rows);
    y->op = &op;
    mm_backward_from(g, y, dy);
    expect_tensor("dx", x->shape, x->grad, want, 1e-12);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* Numbers that tell by their digits where they come from. */
static void uneven(void)
{
    real dy[15], others[15], want[6];
    for (int i = 0; i < 15; i++) {
        dy[i] = (real)i;
        others[i] = 100 * (real)i;
    }
    for (int i = 0; i < 6; i++) {
        want[i] = 101 * (real)(9 + i);
    }
    expect_dx(2, 3, 5, 3, dy, others, 0, want);
}

void exercise_35(void)
{
    const real dy[4] = {1, 2, 3, 4};
    real others[4] = {10, 20, 30, 40};
    check("others", "rank 0 of 2, one row each; dy is 1 2 | 3 4 here and 10 20 | 30 40 on the other rank",
          "The other rank has your row in its loss too, and its dy says how much that loss wants from it: the sum of both, "
          "neither one "
          "alone nor the mean.");
    expect_dx(0, 2, 2, 2, dy, others, 0, (const real[]){11, 22});
    check("place", "the same on rank 1", "Of y, this rank's rows are the second ones: `a->ranks->rank` says which.");
    expect_dx(1, 2, 2, 2, dy, others, 0, (const real[]){33, 44});
    check("adds", "the gradient was 10 before", "x may be used elsewhere too: add to what is there.");
    expect_dx(0, 2, 2, 2, dy, others, 10, (const real[]){21, 32});
    check("uneven", "5 rows of 3 numbers on 3 ranks: 1, 2 and 2",
          "`counts` knows how many numbers each rank has, and y->in[0]->n how many are yours.");
    uneven();
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    if (right_so_far()) {
        expect_gradient(&mm_op_all_gather, YOURS(all_gather_backward));
    }
}
