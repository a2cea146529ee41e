/* Exercise 49: Late fusion by product. README.md beside this file says what is wanted; `./course test 49` judges it. */
#include "exercise.h"

void mm_late_product(const real *p, int n, int K, real *out)
{
    NOT_STARTED;
}
