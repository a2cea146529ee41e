/* lapack.c: decompositions of matrices. The only file that knows LAPACK, which takes its products from the
 * BLAS that the system has chosen. */
#include "mm/core.h"

#include <lapacke.h>

#ifdef MM_DOUBLE
#define syevd LAPACKE_dsyevd
#define gesdd LAPACKE_dgesdd
#else
#define syevd LAPACKE_ssyevd
#define gesdd LAPACKE_sgesdd
#endif

bool mm_eigh(int n, real *a, real *w)
{
    return syevd(LAPACK_ROW_MAJOR, 'V', 'L', n, a, n, w) == 0;
}

bool mm_svd(int m, int n, real *a, real *u, real *s, real *vt)
{
    return gesdd(LAPACK_ROW_MAJOR, 'S', m, n, a, n, s, u, m < n ? m : n, vt, n) == 0;
}
