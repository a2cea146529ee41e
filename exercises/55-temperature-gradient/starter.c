/* Exercise 55: A temperature that divides. README.md beside this file says what is wanted; `./course test 55` judges it. */
#include "exercise.h"

/* dL/dt from dL/dZ and Z = S / t, of which there are n numbers. */
/* Z = S / t, so dZ/dt = -S / t^2 = -Z / t: dL/dt from dL/dZ and Z, of which there are n numbers. */
double d_temperature(const double *dZ, const double *Z, int n, double t)
{
    NOT_STARTED;
}
