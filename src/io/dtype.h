/* dtype.h: the number formats of safetensors. Private to src/io. */
#ifndef MM_DTYPE_H
#define MM_DTYPE_H

#include "mm/io.h"

int mm_dtype_bits(Dtype dtype);
bool mm_dtype_find(const char *name, Dtype *dtype);
/* n numbers, little-endian and not aligned, to a C type. false: this dtype cannot become that type. */
bool mm_dtype_to_real(Dtype dtype, const unsigned char *restrict from, size_t n, real *restrict to);
bool mm_dtype_to_i64(Dtype dtype, const unsigned char *from, size_t n, int64_t *to);

#endif
