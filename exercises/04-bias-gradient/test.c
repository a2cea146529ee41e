/* The sum over rows, by itself and as the bias's part of the linear layer's backward. */
#include "04.h"
#include "check.h"

enum { MOST_COLUMNS = 70, MOST = 5 * MOST_COLUMNS };

static void try(int rows, int columns, double start)
{
    real x[MOST], got[MOST_COLUMNS], want[MOST_COLUMNS];
    draw(x, (size_t)(rows * columns), -1, 1, "x");
    for (int c = 0; c < columns; c++) {
        got[c] = want[c] = (real)start;
        for (int r = 0; r < rows; r++) {
            want[c] += x[r * columns + c];
        }
    }
    YOURS(mm_add_columns)(got, x, rows, columns);
    expect_tensor("total", MM_SHAPE(columns), got, want, 1e-12);
}

static void by_hand(void)
{
    real total[3] = {0};
    YOURS(mm_add_columns)(total, (const real[]){1, 2, 3, 10, 20, 30}, 2, 3);
    expect_tensor("total", MM_SHAPE(3), total, (const real[]){11, 22, 33}, 0);
}

static void linear_backward(Tensor *y)
{
    real *db = y->n_in == 3 ? mm_grad(y->in[2]) : NULL;
    if (!db) {
        mm_op_linear.backward(y);
        return;
    }
    y->in[2]->needs_grad = false; /* the engine does the rest */
    mm_op_linear.backward(y);
    y->in[2]->needs_grad = true;
    YOURS(mm_add_columns)(db, y->grad, (int)mm_rows(y->shape), mm_last(y->shape));
}

void exercise_04(void)
{
    check("by_hand", "the rows (1 2 3) and (10 20 30)",
          "The result is (11 22 33): down the columns, not along the rows, and not the mean.");
    by_hand();
    check("adds", "what is in total already stays", "Gradients add up: do not set total to 0 first.");
    try(3, 5, 10);
    check("shapes", "5 x 3, one row, one column, 70 columns", "Is it x[r * columns + c], with the number of columns?");
    try(5, 3, 0);
    try(1, 5, 0);
    try(5, 1, 0);
    try(3, 70, 0);
    check("gradient", "finite differences through the linear layer", "The bias is the layer's input 2.");
    expect_gradient(&mm_op_linear, linear_backward);
}
