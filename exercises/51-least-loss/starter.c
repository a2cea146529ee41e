/* Exercise 51: The least loss. README.md beside this file says what is wanted; `./course test 51` judges it. */
#include "exercise.h"

/* Of a row: 1 - e + e/K for its class, e/K for each of the others. */
/* Of a row: 1 - e + e/K for its class, e/K for each of the others. */
double mm_smoothed_entropy(int K, double smoothing)
{
    NOT_STARTED;
}
