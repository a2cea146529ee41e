/* Exercise 05: GELU, backward. README.md beside this file says what is wanted; `./course test 05` judges it. */
#include "exercise.h"

#include "ops/fast.h"

void gelu_backward(Tensor *y)
{
    const real *x = y->in[0]->data, half = (real)0.5;
    real *dx = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        NOT_STARTED;
    }
}
