/* The targets of a batch with several right answers. */
#include "29.h"
#include "check.h"

/* fits where the labels are equal */
static void try(int rows, const int *row, int columns, const int *column, const real *want)
{
    bool fits[9];
    for (int k = 0; k < rows * columns; k++) {
        fits[k] = row[k / columns] == column[k % columns];
    }
    Graph *g = mm_graph_new(1);
    real *dirty = mm_reals(g, 64);
    for (int i = 0; i < 64; i++) {
        dirty[i] = 77;
    }
    mm_graph_reset(g); /* what mm_reals gives next holds these */
    expect_tensor("target", MM_SHAPE(rows, columns), YOURS(targets)(g, fits, rows, columns), want, 1e-12);
    mm_graph_free(g);
}

void exercise_29(void)
{
    const int own[] = {0, 1, 2};
    check("pairs", "three concepts, a pair each", "1 where the text fits, 0 elsewhere; and is every element written?");
    try(3, own, 3, own, (const real[]){1, 0, 0, 0, 1, 0, 0, 0, 1});
    check("order", "the same three, the texts in another order", "`fits` says what belongs together, not the place.");
    try(3, own, 3, (const int[]){2, 0, 1}, (const real[]){0, 1, 0, 0, 0, 1, 1, 0, 0});
    check("shared", "two cats and a dog", "A row's target is a distribution: two right answers have 1/2 each.");
    try(3, (const int[]){5, 5, 8}, 3, (const int[]){5, 5, 8}, (const real[]){0.5, 0.5, 0, 0.5, 0.5, 0, 0, 0, 1});
    check("wide", "2 pictures, 3 texts", "Count the columns that fit this row, and step from row to row by `columns`.");
    try(2, (const int[]){5, 8}, 3, (const int[]){5, 8, 5}, (const real[]){0.5, 0, 0.5, 0, 1, 0});
    try(3, (const int[]){5, 8, 5}, 2, (const int[]){5, 8}, (const real[]){1, 0, 0, 1, 1, 0});
    check("none", "a picture that no text fits", "Its row is 0 everywhere: do not divide by 0.");
    try(2, (const int[]){5, 9}, 2, (const int[]){5, 8}, (const real[]){1, 0, 0, 0});
}
