/* mutants_rows.c: mistakes in ops that move elements about. */
#include <string.h>

#include "mutants.h"

/* The copy sees only row k of dy. */
static Tensor *one_row(Tensor *y, size_t k)
{
    Tensor *r = copy_of(y);
    size_t d = (size_t)mm_last(y->shape);
    r->grad = zeros(y, y->n);
    memcpy(r->grad + k * d, y->grad + k * d, d * sizeof(real));
    return run(r);
}

/* A row that was used twice keeps its last gradient. */
static void embedding_last_use_only(Tensor *y)
{
    Tensor *r = right(y);
    real *last = r->in[0]->grad;
    for (size_t row = 0; row < mm_rows(y->shape); row++) {
        const real *d = one_row(y, row)->in[0]->grad;
        for (size_t k = 0; k < y->in[0]->n; k++) {
            last[k] = d[k] != 0 ? d[k] : last[k];
        }
    }
    give(y, r);
}

static void embedding_row_0_skipped(Tensor *y)
{
    Tensor *r = right(y);
    memset(r->in[0]->grad, 0, (size_t)mm_last(y->shape) * sizeof(real));
    give(y, r);
}

static void embedding_by_position(Tensor *y)
{
    for (size_t k = 0; k < y->n && k < y->in[0]->n; k++) {
        mm_grad(y->in[0])[k] += y->grad[k];
    }
}

/* x (B, T, D): every sequence's gradient goes to the same row, the first sequence's. */
static void gather_same_row(Tensor *y)
{
    Tensor *r = right(y);
    real *d = r->in[0]->grad, *dx = mm_grad(y->in[0]);
    size_t B = (size_t)y->shape.d[0], D = (size_t)y->shape.d[1], sequence = y->in[0]->n / B, first = 0;
    while (d[first] == 0) {
        first++;
    }
    for (size_t b = 0; b < B; b++) {
        for (size_t j = 0; j < D; j++) {
            dx[b * sequence + first / D * D + j] += y->grad[b * D + j];
        }
    }
}

static void gather_batch_ignored(Tensor *y)
{
    Tensor *r = right(y);
    size_t sequence = y->in[0]->n / (size_t)y->shape.d[0];
    for (size_t k = sequence; k < y->in[0]->n; k++) {
        r->in[0]->grad[k % sequence] += r->in[0]->grad[k];
        r->in[0]->grad[k] = 0;
    }
    give(y, r);
}

/* dx by columns where it lies by rows */
static void reshape_transposed(Tensor *y)
{
    size_t columns = (size_t)mm_last(y->shape), rows = y->n / columns;
    for (size_t k = 0; k < y->n; k++) {
        mm_grad(y->in[0])[k % columns * rows + k / columns] += y->grad[k];
    }
}

/* dx[k] += dy[k], as far as both go: an order, an axis or an offset is forgotten. */
static void in_place(Tensor *y)
{
    for (int i = 0; i < y->n_in; i++) {
        real *dx = mm_grad(y->in[i]);
        for (size_t k = 0; k < y->n && k < y->in[i]->n && dx; k++) {
            dx[k] += y->grad[k];
        }
    }
}

static void concat_first_only(Tensor *y)
{
    give_only(y, right(y), 0);
}

static void slice_one_further(Tensor *y)
{
    const real *d = right(y)->in[0]->grad;
    for (size_t k = 1; k < y->in[0]->n; k++) {
        mm_grad(y->in[0])[k] += d[k - 1];
    }
}

static void slice_rest_gets_the_mean(Tensor *y)
{
    Tensor *r = right(y);
    for (size_t k = 0; k < y->in[0]->n; k++) {
        real *d = &r->in[0]->grad[k];
        *d = *d != 0 ? *d : y->grad[0] / (real)y->n;
    }
    give(y, r);
}

/* y (rows, D), of which the rows of x are the second or the third of three parts. */
static void gather_rows_of_rank_0(Tensor *y)
{
    for (size_t k = 0; k < y->in[0]->n; k++) {
        mm_grad(y->in[0])[k] += y->grad[k];
    }
}

static void gather_all_rows(Tensor *y)
{
    for (size_t k = 0; k < y->n; k++) {
        mm_grad(y->in[0])[k % y->in[0]->n] += y->grad[k];
    }
}

static void gather_mean_over_ranks(Tensor *y)
{
    Tensor *r = right(y);
    for (size_t k = 0; k < y->in[0]->n; k++) {
        r->in[0]->grad[k] /= 3;
    }
    give(y, r);
}

const Mutant mutants_rows[] = {{"embedding", "a row used twice keeps its last gradient", embedding_last_use_only},
                               {"embedding", "row 0 is skipped, taken for padding", embedding_row_0_skipped},
                               {"embedding", "rows by position instead of by id", embedding_by_position},
                               {"gather_rows", "every sequence's gradient to the same row", gather_same_row},
                               {"gather_rows", "the batch's offset is forgotten", gather_batch_ignored},
                               {"reshape", "rows and columns exchanged", reshape_transposed},
                               {"permute", "the order is ignored", in_place},
                               {"concat", "every input gets the front of dy", in_place},
                               {"concat", "only the first input gets its part", concat_first_only},
                               {"slice", "the offset is forgotten", in_place},
                               {"slice", "one element further", slice_one_further},
                               {"slice", "what was left out gets something too", slice_rest_gets_the_mean},
                               {"all_gather", "the rows of rank 0", gather_rows_of_rank_0},
                               {"all_gather", "every rank's rows, not this rank's", gather_all_rows},
                               {"all_gather", "divided by the number of ranks", gather_mean_over_ranks},
                               {0}};
