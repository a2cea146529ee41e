/* ranks.c: the op in which the rows of all ranks meet. */
#include "mm/ops.h"

#include <string.h>

/* region all_gather_attr */
typedef struct AllGatherAttr {
    const Ranks *ranks;
    int rows; /* of all ranks */
} AllGatherAttr;
/* end all_gather_attr */

static int *counts(Graph *g, const AllGatherAttr *a, int width)
{
    /* region counts */
    int *count = mm_scratch(g, (size_t)a->ranks->n * sizeof *count);
    for (int i = 0; i < a->ranks->n; i++) {
        count[i] = mm_ranks_part(&(Ranks){.rank = i, .n = a->ranks->n}, a->rows).n * width;
    }
    return count;
    /* end counts */
}

/* [all_gather] y = the rows of rank 0, then those of rank 1, … (N, D): the same on every rank. A row of this rank's x is a row of the y
 * of every rank r, and the loss is the mean or sum of the losses of all, so dx is the sum over all r of their dy, at this rank's rows. */
static Shape all_gather_shape(const Tensor *y)
{
    const AllGatherAttr *a = y->attr;
    Shape x = y->in[0]->shape;
    if (x.rank != 2) {
        mm_op_fail(y, "x must be (n, D)");
    }
    int own = mm_ranks_part(a->ranks, a->rows).n;
    if (x.d[0] != own) {
        mm_op_fail(y, "of %d rows, %d belong to rank %d of %d", a->rows, own, a->ranks->rank, a->ranks->n);
    }
    return MM_SHAPE(a->rows, x.d[1]);
}

static void all_gather_forward(Tensor *y)
{
    const AllGatherAttr *a = y->attr;
    a->ranks->gather(a->ranks, y->in[0]->data, y->data, counts(y->graph, a, y->shape.d[1]));
}

static void all_gather_backward(Tensor *y)
{
    /* region all_gather_backward */
    const AllGatherAttr *a = y->attr;
    const int *count = counts(y->graph, a, y->shape.d[1]);
    size_t n = y->in[0]->n;
    real *dx = mm_grad(y->in[0]), *sum = mm_scratch(y->graph, n * sizeof *sum);
    a->ranks->scatter_sum(a->ranks, y->grad, sum, count);
    for (size_t i = 0; i < n; i++) {
        dx[i] += sum[i];
    }
    /* end all_gather_backward */
}

/* For the gradient check: one of three ranks, alone. The others have the numbers 0, 1, 2, … and do not use y. */
static int before(const Ranks *r, const int *count)
{
    return count[0] + (r->rank == 2 ? count[1] : 0);
}

static void gather_alone(const Ranks *r, const real *own, real *all, const int *count)
{
    for (int i = 0; i < count[0] + count[1] + count[2]; i++) {
        all[i] = (real)i;
    }
    memcpy(all + before(r, count), own, (size_t)count[r->rank] * sizeof *own);
}

static void scatter_sum_alone(const Ranks *r, const real *all, real *own, const int *count)
{
    memcpy(own, all + before(r, count), (size_t)count[r->rank] * sizeof *own);
}

static const Ranks second = {.rank = 1, .n = 3, .gather = gather_alone, .scatter_sum = scatter_sum_alone};
static const Ranks third = {.rank = 2, .n = 3, .gather = gather_alone, .scatter_sum = scatter_sum_alone};

static Tensor *build_second(Graph *g, Tensor *const *x)
{
    return mm_all_gather(g, x[0], &second, 6);
}

static Tensor *build_third(Graph *g, Tensor *const *x)
{
    return mm_all_gather(g, x[0], &third, 5);
}

const Op mm_op_all_gather = {
    .name = "all_gather",
    .symbol = "all-gather",
    .equation = "all_gather",
    .shape = all_gather_shape,
    .forward = all_gather_forward,
    .backward = all_gather_backward,
    .check = (Check[]){{"rank 1 of 3, two rows each", build_second, {MM_DIMS(2, 3)}, 1},
                       {"rank 2 of 3: 1, 2 and 2 rows", build_third, {MM_DIMS(2, 4)}, 1},
                       {0}},
};

Tensor *(mm_all_gather)(Graph *g, Tensor *x, const Ranks *ranks, int rows, Site site)
{
    if (!ranks) {
        return x;
    }
    return mm_apply(g, &mm_op_all_gather, &(AllGatherAttr){ranks, rows}, sizeof(AllGatherAttr), 1, &x, site);
}
