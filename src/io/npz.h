/* npz.h: NumPy's .npz: a zip archive of arrays (npz.c, npy.c). Private to src. */
#ifndef MM_NPZ_H
#define MM_NPZ_H

#include "mm/io.h"

enum { MM_NPY_RANK = 4 };

/* One array: numbers of <f2, <f4, <f8, <i4 or <i8, as real. */
typedef struct NpyArray {
    int rank, dim[MM_NPY_RANK];
    size_t n; /* numbers */
    real *data;
} NpyArray;

/* npz.c: the bytes of a member of an archive that is in memory, stored or deflated; *n of them; the caller frees. NULL and an empty error:
 * there is no member of this name. path is for messages. */
unsigned char *mm_zip_member(const char *path, const unsigned char *zip, size_t size, const char *name, size_t *n, Error *err);
/* npy.c: name is for messages. The caller frees data. */
bool mm_npy_read(const char *path, const char *name, const unsigned char *bytes, size_t n, NpyArray *a, Error *err);

#endif
