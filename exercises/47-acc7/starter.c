/* Exercise 47: Acc-7, as it is computed. README.md beside this file says what is wanted; `./course test 47` judges it. */
#include "exercise.h"

static double clipped(double x, double limit)
{
    return x < -limit ? -limit : x > limit ? limit : x; /* NaN stays NaN, which fmin and fmax would not let it */
}

/* [acc7] mean [round(clip(p)) = round(clip(y))]; nearbyint brings halves to even, as np.round does: processors do unless told otherwise. */
double mm_rounded_accuracy(const real *guess, const real *truth, int n, int limit)
{
    NOT_STARTED;
}
