/* Exercise 02: ReLU, backward. README.md beside this file says what is wanted; `./course test 02` judges it. */
#include "exercise.h"

void relu_backward(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        NOT_STARTED; /* dx[i] += … */
    }
}
