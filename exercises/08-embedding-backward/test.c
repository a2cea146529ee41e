/* The backward of the embedding. */
#include "08.h"
#include "check.h"

static Tensor *in_order(Graph *g, Tensor *const *x)
{
    return mm_embedding(g, x[0], (const int[]){0, 1, 2}, MM_SHAPE(3));
}

static Tensor *distinct(Graph *g, Tensor *const *x)
{
    return mm_embedding(g, x[0], (const int[]){4, 0, 2}, MM_SHAPE(3));
}

static Tensor *repeated(Graph *g, Tensor *const *x)
{
    return mm_embedding(g, x[0], (const int[]){2, 0, 2, 2}, MM_SHAPE(4));
}

void exercise_08(void)
{
    void (*theirs)(Tensor *) = YOURS(embedding_backward);
    check("in_order", "ids 0, 1, 2 of a table with 3 rows", "Row i of the gradient goes to row i here: are the columns right?");
    expect_backward(&mm_op_embedding, theirs, &(Check){"", in_order, {MM_DIMS(3, 5)}, 1}, 0);
    check("distinct", "ids 4, 0, 2 of a table with 5 rows", "Row i of y->grad belongs to row ids[i] of the table, not to row i.");
    expect_backward(&mm_op_embedding, theirs, &(Check){"", distinct, {MM_DIMS(5, 5)}, 1}, 0);
    check("adds", "distinct ids, the gradient was 10 before", "The table may be used elsewhere too: add to what is there.");
    expect_backward(&mm_op_embedding, theirs, &(Check){"", distinct, {MM_DIMS(5, 5)}, 1}, 10);
    check("repeated", "ids 2, 0, 2, 2: one row is used three times",
          "A row that is used three times has three gradients, and they add up. Does something in yours take only one of them?");
    expect_backward(&mm_op_embedding, theirs, &(Check){"", repeated, {MM_DIMS(5, 5)}, 1}, 0);
    check("wide", "35 columns, shared out in parts of 32", "The columns go from `from` to `to`, and a row is d long.");
    expect_backward(&mm_op_embedding, theirs, &(Check){"", repeated, {MM_DIMS(5, 35)}, 1}, 0);
    check("gradient", "finite differences", "Work out by hand what the element that is named should get.");
    if (right_so_far()) {
        expect_gradient(&mm_op_embedding, theirs);
    }
}
