/* npy.c: NumPy's arrays as bytes in memory: every version of the header, every kind of number, and what is refused. */
#include "scratch.h"

#include "io/npz.h"

enum { ROOM = 512 };

/* Version 1 has two bytes for the length of the header, those after it four. */
static size_t array(unsigned char *to, int version, const char *header, const void *numbers, size_t bytes)
{
    size_t length = strlen(header), start = version == 1 ? 10 : 12;
    memset(to, 0, start);
    memcpy(to, "\x93NUMPY", 6);
    to[6] = (unsigned char)version;
    to[8] = (unsigned char)(length & 0xff);
    to[9] = (unsigned char)(length >> 8);
    memcpy(to + start, header, length);
    memcpy(to + start + length, numbers, bytes);
    return start + length + bytes;
}

static const char *header_of(const char *descr, const char *order, const char *shape)
{
    static char text[256];
    snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape);
    return text;
}

static void every_version(void **state)
{
    (void)state;
    const float numbers[6] = {1, -2, 3, -4, 5.5F, 6};
    for (int version = 1; version <= 3; version++) {
        unsigned char bytes[ROOM];
        NpyArray a;
        Error err;
        size_t n = array(bytes, version, header_of("<f4", "False", "(2, 3)"), numbers, sizeof numbers);
        assert_true(mm_npy_read("x.npz", "features", bytes, n, &a, &err));
        assert_true(a.rank == 2 && a.dim[0] == 2 && a.dim[1] == 3 && a.n == 6);
        for (int i = 0; i < 6; i++) {
            assert_true(a.data[i] == (real)numbers[i]);
        }
        free(a.data);
    }
}

static void every_kind_of_number(void **state)
{
    (void)state;
    const struct {
        const char *descr;
        unsigned char bytes[8];
        size_t size;
    } minus_two[] = {{"<f2", {0, 0xc0}, 2},
                     {"<f4", {0, 0, 0, 0xc0}, 4},
                     {"<f8", {0, 0, 0, 0, 0, 0, 0, 0xc0}, 8},
                     {"<i4", {0xfe, 0xff, 0xff, 0xff}, 4},
                     {"<i8", {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 8}};
    for (size_t i = 0; i < sizeof minus_two / sizeof *minus_two; i++) {
        unsigned char bytes[ROOM];
        NpyArray a;
        Error err;
        size_t n = array(bytes, 1, header_of(minus_two[i].descr, "False", "(1,)"), minus_two[i].bytes, minus_two[i].size);
        assert_true(mm_npy_read("x.npz", "features", bytes, n, &a, &err));
        assert_true(a.n == 1 && a.data[0] == -2);
        free(a.data);
    }
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *descr, *order, *shape, *reason;
    } wrong[] = {{">f4", "False", "(1,)", "must be <f2, <f4, <f8, <i4 or <i8"},
                 {"<f4", "True", "(1,)", "fortran_order"},
                 {"<f4", "False", "(2,)", "does not suit its length"},
                 {"<f4", "False", "(-1,)", "shape cannot be read"},
                 {"<f4", "False", "(1, 1, 1, 1, 1)", "shape cannot be read"}};
    const float one = 1;
    unsigned char bytes[ROOM];
    NpyArray a;
    Error err;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t n = array(bytes, 1, header_of(wrong[i].descr, wrong[i].order, wrong[i].shape), &one, sizeof one);
        assert_false(mm_npy_read("x.npz", "features", bytes, n, &a, &err));
        says(&err, "x.npz: features", wrong[i].reason);
    }
    size_t n = array(bytes, 2, header_of("<f4", "False", "(1,)"), &one, sizeof one);
    bytes[10] = 1; /* the third byte of the length */
    assert_false(mm_npy_read("x.npz", "features", bytes, n, &a, &err));
    says(&err, "x.npz: features", "reaches beyond its end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version),
        cmocka_unit_test(every_kind_of_number),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
