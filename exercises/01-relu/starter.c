/* Exercise 01: ReLU, forward. README.md beside this file says what is wanted; `./course test 01` judges it. */
#include "exercise.h"

/* [relu] y = max(0, x), so dx = dy where x > 0 */
void relu_forward(Tensor *y)
{
    const real *x = y->in[0]->data;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t i = 0; i < y->n; i++) {
        NOT_STARTED; /* y->data[i] = the larger of 0 and x[i] */
    }
}
