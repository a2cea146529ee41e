/* dtype.c: the number formats of safetensors and what they become in C. */
#include "io/dtype.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they lie in the file, which is little-endian");

static const struct {
    const char *name;
    int bits;
} dtypes[] = {
    [MM_BOOL] = {"BOOL", 8},       [MM_F4] = {"F4", 4},    [MM_F6_E2M3] = {"F6_E2M3", 6}, [MM_F6_E3M2] = {"F6_E3M2", 6},
    [MM_U8] = {"U8", 8},           [MM_I8] = {"I8", 8},    [MM_F8_E5M2] = {"F8_E5M2", 8}, [MM_F8_E4M3] = {"F8_E4M3", 8},
    [MM_F8_E8M0] = {"F8_E8M0", 8}, [MM_I16] = {"I16", 16}, [MM_U16] = {"U16", 16},        [MM_F16] = {"F16", 16},
    [MM_BF16] = {"BF16", 16},      [MM_I32] = {"I32", 32}, [MM_U32] = {"U32", 32},        [MM_F32] = {"F32", 32},
    [MM_C64] = {"C64", 64},        [MM_F64] = {"F64", 64}, [MM_I64] = {"I64", 64},        [MM_U64] = {"U64", 64},
};

const char *mm_dtype_name(Dtype dtype)
{
    return dtypes[dtype].name;
}

int mm_dtype_bits(Dtype dtype)
{
    return dtypes[dtype].bits;
}

bool mm_dtype_find(const char *name, Dtype *dtype)
{
    for (int i = 0; i < (int)(sizeof dtypes / sizeof *dtypes); i++) {
        if (strcmp(dtypes[i].name, name) == 0) {
            *dtype = (Dtype)i;
            return true;
        }
    }
    return false;
}

/* IEEE 754 half precision: 1 sign, 5 exponent (bias 15), 10 fraction bits. Shifted to where a float has its exponent (bias 127) and
 * fraction, it is a float that is 2^112 times too small, also where it is subnormal; infinity and NaN need the largest exponent. */
static float half(uint16_t h)
{
    uint32_t size = (uint32_t)(h & 0x7fff) << 13, sign = (uint32_t)(h & 0x8000) << 16, bits;
    float f;
    memcpy(&f, &size, sizeof f);
    f *= 0x1p112f;
    memcpy(&bits, &f, sizeof bits);
    bits = ((h & 0x7c00) == 0x7c00 ? size | 0x7f800000 : bits) | sign;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* bfloat16 is the upper half of a float. */
static float bfloat(uint16_t h)
{
    uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* to = the expression in x, for n numbers that lie one after the other and are TYPE in C */
#define CONVERT(TYPE, expression)                                                                                                \
    for (size_t i = 0; i < n; i++) {                                                                                             \
        TYPE x;                                                                                                                  \
        memcpy(&x, from + i * sizeof x, sizeof x);                                                                               \
        to[i] = (real)(expression);                                                                                              \
    }

bool mm_dtype_to_real(Dtype dtype, const unsigned char *restrict from, size_t n, real *restrict to)
{
    switch (dtype) {
    case MM_F64: CONVERT(double, x) break;
    case MM_F32: CONVERT(float, x) break;
    case MM_F16: CONVERT(uint16_t, half(x)) break;
    case MM_BF16: CONVERT(uint16_t, bfloat(x)) break;
    case MM_I64: CONVERT(int64_t, x) break;
    case MM_I32: CONVERT(int32_t, x) break;
    case MM_U8: CONVERT(uint8_t, x) break;
    default: return false;
    }
    return true;
}

bool mm_dtype_to_i64(Dtype dtype, const unsigned char *from, size_t n, int64_t *to)
{
    for (size_t i = 0; i < n; i++) {
        int32_t x;
        switch (dtype) {
        case MM_I64: memcpy(to + i, from + 8 * i, 8); break;
        case MM_I32:
            memcpy(&x, from + 4 * i, 4);
            to[i] = x;
            break;
        case MM_U8: to[i] = from[i]; break;
        default: return false;
        }
    }
    return true;
}
