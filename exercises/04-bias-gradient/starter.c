/* Exercise 04: The gradient of a bias. README.md beside this file says what is wanted; `./course test 04` judges it. */
#include "exercise.h"

/* total (columns) += the sum of the rows of x (rows, columns). */
void mm_add_columns(real *total, const real *x, int rows, int columns)
{
    NOT_STARTED;
}
