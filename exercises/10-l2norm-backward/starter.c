/* Exercise 10: Rows of length 1, backward. README.md beside this file says what is wanted; `./course test 10` judges it. */
#include "exercise.h"

void l2norm_backward(Tensor *y)
{
    int rows = (int)mm_rows(y->shape), C = mm_last(y->shape);
    real *dx = mm_grad(y->in[0]);
    for (int row = 0; row < rows; row++) {
        size_t at = (size_t)row * (size_t)C;
        const real *out = y->data + at, *dy = y->grad + at, s = y->saved[row];
        NOT_STARTED;
    }
}
