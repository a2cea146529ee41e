/* safetensors.c: round trips, the official bytes, and files that lie. */
#include "scratch.h"

#include <fcntl.h>
#include <float.h>
#include <math.h>

/* A file with this header, announced as `size` bytes (0: its own), and n bytes of data. */
static const char *file_of(uint64_t size, const char *header, size_t n)
{
    const char *path = scratch("x.safetensors");
    FILE *f = fopen(path, "wb");
    size = size ? size : strlen(header);
    fwrite(&size, 8, 1, f);
    fputs(header, f);
    for (size_t i = 0; i < n; i++) {
        fputc((int)i, f);
    }
    fclose(f);
    return path;
}

static void round_trip(void **state)
{
    (void)state;
    const real w[6] = {0, -1.5f, (real)3.14159274101257324, INFINITY, NAN, -(real)FLT_MIN}, s = (real)1e-30, d = (real)1 / 3;
    const int64_t ids[3] = {INT64_MIN, -1, INT64_MAX};
    const uint8_t bytes[5] = {0, 1, 127, 128, 255};
    const SafeArray arrays[] = {
        {"w", MM_F32, MM_SHAPE(2, 3), w},  {"bytes", MM_U8, MM_SHAPE(5), bytes},   {"层.猫", MM_F32, MM_SCALAR, &s},
        {"ids", MM_I64, MM_SHAPE(3), ids}, {"none", MM_F32, MM_SHAPE(4, 0), NULL}, {"d", MM_F64, MM_SHAPE(1), &d},
    };
    const char *const metadata[] = {"format", "pt", "quote", "\"\\\n猫", NULL};
    Error err;
    assert_true(mm_safe_write(scratch("x"), arrays, 6, metadata, &err));
    SafeFile *f = mm_safe_open(scratch("x"), &err);
    assert_non_null(f);
    assert_int_equal(mm_safe_count(f), 6);
    static const char *const order[] = {"ids", "d", "none", "w", "层.猫", "bytes"};
    for (int i = 0; i < 6; i++) {
        assert_string_equal(mm_safe_at(f, i)->name, order[i]);
    }
    assert_string_equal(mm_safe_metadata(f, "quote"), "\"\\\n猫");
    assert_null(mm_safe_metadata(f, "none"));
    real r[6];
    const SafeTensor *t = mm_safe_find(f, "w");
    assert_true(t->dtype == MM_F32 && mm_shape_equal(t->shape, MM_SHAPE(2, 3)) && t->n == 6 && t->offset % 4 == 0);
    assert_true(mm_safe_read(f, t, r, &err));
    assert_memory_equal(r, w, 4 * sizeof *r);
    assert_true(isnan(r[4]) && r[5] == w[5]);
    assert_true(mm_safe_read(f, mm_safe_find(f, "层.猫"), r, &err));
    assert_true((float)r[0] == 1e-30f && mm_safe_find(f, "层.猫")->shape.rank == 0);
    assert_true(mm_safe_read(f, mm_safe_find(f, "d"), r, &err) && r[0] == d);
    assert_true(mm_safe_read(f, mm_safe_find(f, "none"), r, &err) && mm_safe_find(f, "none")->n == 0);
    int64_t back[5];
    assert_true(mm_safe_read_i64(f, mm_safe_find(f, "ids"), back, &err));
    assert_memory_equal(back, ids, sizeof ids);
    assert_true(mm_safe_read_i64(f, mm_safe_find(f, "bytes"), back, &err) && back[4] == 255);
    uint8_t u[5];
    assert_true(mm_safe_read_u8(f, mm_safe_find(f, "bytes"), u, &err));
    assert_memory_equal(u, bytes, 5);
    assert_false(mm_safe_read_i64(f, mm_safe_find(f, "w"), back, &err));
    says(&err, scratch("x"), "w: F32 cannot be read as integers");
    assert_false(mm_safe_read_u8(f, mm_safe_find(f, "ids"), u, &err));
    says(&err, scratch("x"), "ids: I64 cannot be read as bytes");
    mm_safe_close(f);
}

static void more_than_a_buffer(void **state)
{
    (void)state;
    enum { N = 100001 };
    real *w = malloc(N * sizeof *w), *back = malloc(N * sizeof *w);
    for (int i = 0; i < N; i++) {
        w[i] = (real)(i * 0.5);
    }
    Error err;
    for (int k = 0; k < 2; k++) {
        assert_true(mm_safe_write(scratch("x"), &(SafeArray){"w", k ? MM_F64 : MM_F32, MM_SHAPE(N), w}, 1, NULL, &err));
        SafeFile *f = mm_safe_open(scratch("x"), &err);
        assert_true(mm_safe_read(f, mm_safe_at(f, 0), back, &err));
        assert_memory_equal(back, w, N * sizeof *w);
        mm_safe_close(f);
    }
    free(w);
    free(back);
}

/* What the official library's own tests expect (safetensors/src/tensor.rs: test_serialization, test_serialization_forced_alignment). */
static void official_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *header;
    } cases[] = {
        {"attn.0", "{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}"},
        {"attn0", "{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}} "},
    };
    const real w[6] = {0, 1, 2, 3, 4, 5};
    const float w32[6] = {0, 1, 2, 3, 4, 5};
    Error err;
    for (int i = 0; i < 2; i++) {
        size_t n;
        assert_true(mm_safe_write(scratch("x"), &(SafeArray){cases[i].name, MM_F32, MM_SHAPE(1, 2, 3), w}, 1, NULL, &err));
        char *bytes = mm_read_file(scratch("x"), 1000, &n, &err);
        assert_int_equal(n, 8 + 64 + 24);
        assert_memory_equal(bytes, "\x40\0\0\0\0\0\0\0", 8);
        assert_memory_equal(bytes + 8, cases[i].header, 64);
        assert_memory_equal(bytes + 72, w32, 24);
        free(bytes);
    }
    assert_true(mm_safe_write(scratch("x"), NULL, 0, (const char *const[]){"b", "1", "a", "2", NULL}, &err));
    char *bytes = mm_read_file(scratch("x"), 1000, NULL, &err);
    assert_string_equal(bytes + 8, "{\"__metadata__\":{\"b\":\"1\",\"a\":\"2\"}}      ");
    free(bytes);
}

static void refused_to_write(void **state)
{
    (void)state;
    const real w = 0;
    Error err;
    SafeArray two[] = {{"w", MM_F32, MM_SCALAR, &w}, {"w", MM_F32, MM_SCALAR, &w}};
    assert_false(mm_safe_write(scratch("x"), two, 2, NULL, &err));
    says(&err, scratch("x"), "\"w\" is taken");
    two[1].name = "__metadata__";
    assert_false(mm_safe_write(scratch("x"), two, 2, NULL, &err));
    says(&err, scratch("x"), "is taken");
    two[1].name = "\xff";
    assert_false(mm_safe_write(scratch("x"), two, 2, NULL, &err));
    says(&err, scratch("x"), "not UTF-8");
    two[1] = (SafeArray){"v", MM_BF16, MM_SCALAR, &w};
    assert_false(mm_safe_write(scratch("x"), two, 2, NULL, &err));
    says(&err, scratch("x"), "BF16 cannot be written");
    assert_false(mm_safe_write(scratch("x"), two, 1, (const char *const[]){"k", "\xff", NULL}, &err));
    says(&err, scratch("x"), "metadata \"k\" is not UTF-8");
    assert_false(mm_safe_write(scratch("none/x"), two, 1, NULL, &err));
    says(&err, scratch("none/x"), "No such file");
    assert_int_equal(files_in_scratch(), 0);
}

static void conversions(void **state)
{
    (void)state;
    static const struct {
        const char *dtype;
        uint64_t bits;
        int bytes;
        double value;
    } cases[] = {
        {"F16", 0x3c00, 2, 1},
        {"F16", 0xc000, 2, -2},
        {"F16", 0x7bff, 2, 65504},
        {"F16", 0x0001, 2, 0x1p-24},
        {"F16", 0x03ff, 2, 0x3ffp-24},
        {"F16", 0x0400, 2, 0x1p-14},
        {"F16", 0x3555, 2, 0x555p-12},
        {"F16", 0x7c00, 2, INFINITY},
        {"F16", 0xfc00, 2, -INFINITY},
        {"F16", 0x0000, 2, 0},
        {"BF16", 0x3f80, 2, 1},
        {"BF16", 0xc049, 2, -3.140625},
        {"BF16", 0x7f80, 2, INFINITY},
        {"F32", 0x40490fdb, 4, (float)3.14159265358979},
        {"F64", 0x3ff8000000000000, 8, 1.5},
        {"I64", (uint64_t)-3, 8, -3},
        {"I32", 0xfffffffe, 4, -2},
        {"U8", 0xff, 1, 255},
    };
    Error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[128];
        int n = snprintf(bytes + 8, sizeof bytes - 8, "{\"x\":{\"dtype\":\"%s\",\"shape\":[],\"data_offsets\":[0,%d]}}",
                         cases[i].dtype, cases[i].bytes);
        memcpy(bytes, &(uint64_t){(uint64_t)n}, 8);
        memcpy(bytes + 8 + n, &cases[i].bits, (size_t)cases[i].bytes); /* not aligned: the header is not padded */
        put(scratch("x"), bytes, (size_t)(8 + n + cases[i].bytes));
        SafeFile *f = mm_safe_open(scratch("x"), &err);
        real x;
        assert_true(mm_safe_read(f, mm_safe_at(f, 0), &x, &err));
        assert_true(x == (real)cases[i].value && !signbit(x) == !signbit(cases[i].value));
        mm_safe_close(f);
    }
}

/* Known, so that a file that holds it opens; but there is no number in C for it here. */
static void dtypes_not_read(void **state)
{
    (void)state;
    Error err;
    SafeFile *f = mm_safe_open(file_of(0, "{\"x\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}  ", 4), &err);
    assert_non_null(f); /* trailing spaces, and numbers that are NaN or not, are fine */
    mm_safe_close(f);
    static const char *const unread[] = {"BOOL", "I8", "F8_E5M2", "F4", "C64", "U64"};
    static const int bytes[] = {4, 4, 4, 2, 32, 32};
    for (int i = 0; i < 6; i++) {
        char header[128];
        real x[8];
        snprintf(header, sizeof header, "{\"x\":{\"dtype\":\"%s\",\"shape\":[4],\"data_offsets\":[0,%d]}}", unread[i], bytes[i]);
        f = mm_safe_open(file_of(0, header, (size_t)bytes[i]), &err);
        assert_non_null(f);
        assert_string_equal(mm_dtype_name(mm_safe_at(f, 0)->dtype), unread[i]);
        assert_false(mm_safe_read(f, mm_safe_at(f, 0), x, &err));
        says(&err, unread[i], "cannot be read as real numbers");
        mm_safe_close(f);
    }
}

#define T(dtype, shape, begin, end) "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

/* Files that lie, and what must be said of them. */
static const struct {
    uint64_t size;
    const char *header;
    size_t n;
    const char *what;
} lies[] = {
    {100000001, "{}", 0, "too large"},
    {UINT64_MAX, "{}", 0, "too large"},
    {3, "{}", 0, "does not fit"},
    {1000, "{}", 10, "does not fit"},
    {0, "[]", 0, "does not begin with '{'"},
    {0, " {}", 0, "does not begin with '{'"},
    {0, "{\"\xff\":1}", 0, "not UTF-8 at its byte 3"},
    {0, "{\"a\":", 0, "not JSON"},
    {0, "{} x", 0, "not JSON"},
    {0, "{\"a\":" T("F32", "[1]", 0, 4) ",\"a\":" T("F32", "[1]", 4, 8) "}", 8, "twice"},
    {0, "{\"a\":1}", 0, "a: dtype is missing"},
    {0, "{\"a\":{\"shape\":[],\"data_offsets\":[0,4]}}", 4, "a: dtype is missing"},
    {0, "{\"a\":" T("F33", "[]", 0, 4) "}", 4, "\"F33\" is not known"},
    {0, "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "shape is missing"},
    {0, "{\"a\":" T("F32", "[-1]", 0, 4) "}", 4, "not a size"},
    {0, "{\"a\":" T("F32", "[1.5]", 0, 4) "}", 4, "not a size"},
    {0, "{\"a\":" T("F32", "[1,1,1,1,1,1,1]", 0, 4) "}", 4, "7 dimensions"},
    {0, "{\"a\":" T("F32", "[2147483648]", 0, 4) "}", 4, "dimension of 2147483648"},
    {0, "{\"a\":" T("F32", "[2147483647,2147483647,2147483647]", 0, 4) "}", 4, "overflow"},
    {0, "{\"a\":" T("F32", "[2147483647,2147483647]", 0, 4) "}", 4, "overflow"},
    {0, "{\"a\":" T("F32", "[99999999999999999999]", 0, 4) "}", 4, "not JSON"},
    {0, "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets are missing"},
    {0, "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 8, "data_offsets are missing"},
    {0, "{\"a\":" T("F32", "[1]", -4, 0) "}", 4, "data_offsets are missing"},
    {0, "{\"a\":" T("F32", "[1]", 4, 0) "}", 4, "end before they begin"},
    {0, "{\"a\":" T("F32", "[2]", 0, 4) "}", 4, "F32 of shape (2) needs 8 bytes, data_offsets give 4"},
    {0, "{\"a\":" T("F4", "[3]", 0, 1) "}", 1, "needs 2 bytes"},
    {0, "{\"a\":" T("F32", "[1]", 4, 8) "}", 8, "a hole"},
    {0, "{\"a\":" T("F32", "[1]", 0, 4) ",\"b\":" T("F32", "[1]", 8, 12) "}", 12, "b: begins at byte 8 of the data"},
    {0, "{\"a\":" T("F32", "[2]", 0, 8) ",\"b\":" T("F32", "[1]", 4, 8) "}", 8, "they overlap"},
    {0, "{\"a\":" T("F32", "[1]", 0, 4) ",\"b\":" T("F32", "[1]", 0, 4) "}", 4, "they overlap"},
    {0, "{\"a\":" T("F32", "[2]", 0, 8) "}", 7, "truncated"},
    {0, "{\"a\":" T("F32", "[2]", 0, 8) "}", 9, "too long"},
    {0, "{\"a\":" T("F32", "[1]", 0, 9223372036854775807) "}", 4, "needs 4 bytes"},
    {0, "{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
    {0, "{\"__metadata__\":{\"k\":1}}", 0, "__metadata__: k is not a string"},
    {0, "{\"a\\u0000b\":" T("F32", "[1]", 0, 4) "}", 4, "not JSON"},
};

static void hostile(void **state)
{
    (void)state;
    Error err;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        const char *path = file_of(lies[i].size, lies[i].header, lies[i].n);
        SafeFile *f = mm_safe_open(path, &err);
        if (f) {
            fail_msg("opened: %s", lies[i].header);
        }
        says(&err, path, lies[i].what);
    }
    for (size_t n = 0; n < 8; n++) {
        put(scratch("x"), "\2\0\0\0\0\0\0", n);
        assert_null(mm_safe_open(scratch("x"), &err));
        says(&err, scratch("x"), "too few");
    }
    assert_null(mm_safe_open(scratch_folder, &err));
    says(&err, scratch_folder, "Is a directory");
    assert_null(mm_safe_open(scratch("none"), &err));
    says(&err, scratch("none"), "No such file");
    assert_int_equal(mkfifo(scratch("fifo"), 0600), 0);
    assert_null(mm_safe_open(scratch("fifo"), &err));
    says(&err, scratch("fifo"), "not a regular file");
}

/* Empty tensors lie where their neighbours begin, in any order of names. */
static void empty_tensors(void **state)
{
    (void)state;
    Error err;
    SafeFile *f = mm_safe_open(
        file_of(0, "{\"z\":" T("F32", "[0]", 0, 0) ",\"b\":" T("F32", "[1]", 0, 4) ",\"a\":" T("I64", "[2,0]", 4, 4) "}", 4),
        &err);
    assert_non_null(f);
    assert_string_equal(mm_safe_at(f, 0)->name, "z");
    assert_string_equal(mm_safe_at(f, 1)->name, "b");
    mm_safe_close(f);
}

/* Shortened, the file must be refused; with a byte changed it may be read or refused, but not break anything. */
static void damaged(void **state)
{
    (void)state;
    const real w[6] = {0, 1, 2, 3, 4, 5};
    const int64_t ids[2] = {1, 2};
    const SafeArray arrays[] = {{"w", MM_F32, MM_SHAPE(2, 3), w}, {"v", MM_F32, MM_SHAPE(1), w}, {"i", MM_I64, MM_SHAPE(2), ids}};
    Error err;
    assert_true(mm_safe_write(scratch("x"), arrays, 3, (const char *const[]){"k", "v", NULL}, &err));
    size_t n;
    char *bytes = mm_read_file(scratch("x"), 10000, &n, &err);
    int fd = open(scratch("x"), O_RDWR);
    Rng rng = mm_rng(1, "damage");
    real numbers[64];
    for (int k = 0; k < 4000; k++) {
        off_t at = mm_below(&rng, (int)n);
        assert_int_equal(pwrite(fd, &(char){(char)mm_below(&rng, 256)}, 1, at), 1);
        SafeFile *f = mm_safe_open(scratch("x"), &err);
        for (int i = 0; f && i < mm_safe_count(f); i++) {
            assert_true(mm_safe_at(f, i)->n <= 64);
            mm_safe_read(f, mm_safe_at(f, i), numbers, &err);
        }
        mm_safe_close(f);
        assert_int_equal(pwrite(fd, bytes + at, 1, at), 1);
    }
    for (size_t size = n; size-- > 0;) {
        assert_int_equal(ftruncate(fd, (off_t)size), 0);
        assert_null(mm_safe_open(scratch("x"), &err));
    }
    close(fd);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(round_trip),       IN_SCRATCH(more_than_a_buffer), IN_SCRATCH(official_bytes),
        IN_SCRATCH(refused_to_write), IN_SCRATCH(conversions),        IN_SCRATCH(dtypes_not_read),
        IN_SCRATCH(hostile),          IN_SCRATCH(empty_tensors),      IN_SCRATCH(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
