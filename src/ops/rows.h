/* rows.h: loops over rows that several ops share. Private to src/ops. */
#ifndef MM_ROWS_H
#define MM_ROWS_H

#include "mm/core.h"

/* total (columns) += the sum of the rows of x (rows, columns). Each column is summed in the order of the rows. */
void mm_add_columns(real *total, const real *x, int rows, int columns);
/* p = softmax(x) over n elements; p may be x. Subtracting the largest first keeps exp from overflowing. */
void mm_softmax_row(real *p, const real *x, int n);
/* dx += p (dp - sum(p dp)): the gradient of a softmax row. */
void mm_softmax_row_backward(real *dx, const real *dp, const real *p, int n);

#endif
