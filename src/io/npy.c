/* npy.c: one array in NumPy's .npy: "\x93NUMPY", a version, the length of a header, the header, the numbers. The header is a Python
 * dictionary: {'descr': '<f2', 'fortran_order': False, 'shape': (36, 2048), } */
#include "io/dtype.h"
#include "io/memory.h"
#include "io/npz.h"

static bool bad(const char *path, const char *name, const char *reason, Error *err)
{
    return mm_error(err, "%s: %s: %s", path, name, reason);
}

/* Behind 'key': in the header, which ends with a 0. NULL: it is not there. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    at = at ? at + strlen(key) : NULL;
    return at ? at + strspn(at, " ") : NULL;
}

static bool read_shape(const char *text, NpyArray *a)
{
    size_t n = 1;
    if (*text++ != '(') {
        return false;
    }
    for (text += strspn(text, " "); *text != ')'; text += strspn(text, " ,")) {
        char *end;
        unsigned long long d = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
        if (!(*text >= '0' && *text <= '9') || d > 1 << 30 || a->rank == MM_NPY_RANK || (d > 0 && n > ((size_t)1 << 30) / d)) {
            return false;
        }
        a->dim[a->rank++] = (int)d;
        n *= (size_t)d;
        text = end;
    }
    a->n = n;
    return true;
}

static bool read_dtype(const char *text, Dtype *dtype)
{
    static const struct {
        const char *descr;
        Dtype dtype;
    } known[] = {{"'<f2'", MM_F16}, {"'<f4'", MM_F32}, {"'<f8'", MM_F64}, {"'<i4'", MM_I32}, {"'<i8'", MM_I64}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(text, known[i].descr, 5) == 0) {
            *dtype = known[i].dtype;
            return true;
        }
    }
    return false;
}

bool mm_npy_read(const char *path, const char *name, const unsigned char *bytes, size_t n, NpyArray *a, Error *err)
{
    *a = (NpyArray){0};
    if (n < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0 || bytes[6] < 1 || bytes[6] > 3) {
        return bad(path, name, "not an array of NumPy (.npy)", err);
    }
    size_t start = bytes[6] == 1 ? 10 : 12, length = bytes[8] | (size_t)bytes[9] << 8;
    length |= bytes[6] == 1 ? 0 : (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > n - start) {
        return bad(path, name, "its header reaches beyond its end", err);
    }
    char *header = mm_copy_text((const char *)bytes + start, length);
    const char *descr = value_of(header, "'descr':"), *order = value_of(header, "'fortran_order':"),
               *shape = value_of(header, "'shape':");
    Dtype dtype = MM_F32;
    const char *reason = NULL;
    if (!descr || !order || !shape) {
        reason = "its header does not say descr, fortran_order and shape";
    } else if (!read_dtype(descr, &dtype)) {
        reason = "its numbers must be <f2, <f4, <f8, <i4 or <i8";
    } else if (strncmp(order, "False", 5) != 0) {
        reason = "its numbers lie column by column (fortran_order); numpy.ascontiguousarray mends it";
    } else if (!read_shape(shape, a)) {
        reason = "its shape cannot be read, or is too large";
    } else if (a->n * (size_t)(mm_dtype_bits(dtype) / 8) != n - start - length) {
        reason = "its shape does not suit its length";
    }
    free(header);
    if (reason) {
        return bad(path, name, reason, err);
    }
    a->data = mm_take(a->n, sizeof *a->data);
    mm_dtype_to_real(dtype, bytes + start + length, a->n, a->data);
    return true;
}
