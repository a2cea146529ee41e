/* Exercise 52: LAMB's trust ratio. README.md beside this file says what is wanted; `./course test 52` judges it. */
#include "exercise.h"

/* [lamb] |p| / |r|; 1 where one of the two is 0. */
/* [lamb] |p| / |r|; 1 where one of the two is 0. */
real trust_ratio(const real *p, const real *r, size_t n)
{
    NOT_STARTED;
}
