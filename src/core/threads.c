/* threads.c: how many threads the loops use. */
#include "mm/core.h"

#include <omp.h>

void mm_set_threads(int n)
{
    omp_set_num_threads(n > 0 ? n : omp_get_num_procs());
}

int mm_threads(void)
{
    return omp_get_max_threads();
}
