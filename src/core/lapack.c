/* lapack.c: decompositions of matrices. The only file that knows LAPACK, which takes its products from the
 * BLAS that the system has chosen. Some share sums among all threads (OpenBLAS): with one thread the bits do not depend on how many
 * there are. */
#include "mm/core.h"

#include <lapacke.h>
#include <omp.h>

#ifdef MM_DOUBLE
#define syevd LAPACKE_dsyevd
#define gesdd LAPACKE_dgesdd
#else
#define syevd LAPACKE_ssyevd
#define gesdd LAPACKE_sgesdd
#endif

static int one_thread(void) /* returns how many there were */
{
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    return threads;
}

bool mm_eigh(int n, real *a, real *w)
{
    int threads = one_thread();
    bool ok = syevd(LAPACK_ROW_MAJOR, 'V', 'L', n, a, n, w) == 0;
    omp_set_num_threads(threads);
    return ok;
}

bool mm_svd(int m, int n, real *a, real *u, real *s, real *vt)
{
    int threads = one_thread();
    bool ok = gesdd(LAPACK_ROW_MAJOR, 'S', m, n, a, n, s, u, m < n ? m : n, vt, n) == 0;
    omp_set_num_threads(threads);
    return ok;
}
