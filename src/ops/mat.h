/* mat.h: a matrix as mm_gemm takes it. Private to src/ops. */
#ifndef MM_MAT_H
#define MM_MAT_H

#include "mm/core.h"

/* The rows of p, stride apart. */
static inline Mat mm_by_rows(const real *p, int stride)
{
    return (Mat){(real *)p, stride, 1, 0};
}

/* Its transpose. */
static inline Mat mm_by_columns(const real *p, int stride)
{
    return (Mat){(real *)p, 1, stride, 0};
}

#endif
