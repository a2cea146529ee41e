/* Exercise 11: Layer normalisation, backward. README.md beside this file says what is wanted; `./course test 11` judges it. */
#include "exercise.h"

void layernorm_backward_rows(Tensor *y, real *dx)
{
    int rows = (int)mm_rows(y->shape), C = mm_last(y->shape);
    const real *w = y->in[1]->data, *mean_of = y->saved, *r_of = mean_of + rows;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int row = 0; row < rows; row++) {
        size_t at = (size_t)row * (size_t)C;
        const real *x = y->in[0]->data + at, *dy = y->grad + at, m = mean_of[row], r = r_of[row];
        NOT_STARTED;
    }
}
