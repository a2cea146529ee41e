/* Exercise 27: The gradient of the temperature. README.md beside this file says what is wanted; `./course test 27` judges it. */
#include "exercise.h"

#include "byhand.h"

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* [clip_logit_scale] Z = e^s S, so dZ/ds = Z, and dL/ds = sum_ij dL/dZ_ij Z_ij. */
double d_logit_scale(Matrix d_z, Matrix z)
{
    NOT_STARTED;
}
