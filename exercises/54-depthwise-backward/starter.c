/* Exercise 54: Depthwise convolution, backward. README.md beside this file says what is wanted; `./course test 54` judges it. */
#include "exercise.h"

enum { LANES = 16 }; /* sums that run side by side, so that they can be vectors; loops go on to a multiple */

/* sums[j,i,lane] += dy[p] in[p + j pitch + i] over the p < n that leave the rest `lane` */
/* sums[j,i,lane] += dy[p] in[p + j pitch + i] over the p < n that leave the rest `lane` */
void tap_sums(real *restrict sums, const real *restrict dy, const real *restrict in, int n, int pitch, int rows, int cols)
{
    NOT_STARTED;
}
