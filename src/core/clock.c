/* clock.c: time for profiles and progress. */
#include "mm/core.h"

#include <time.h>

double mm_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
