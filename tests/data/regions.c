/* regions.c: region features as NumPy writes them (tests/fuzz/make_seeds.py) and as tables, and files that are not what they should be. */
#include "../io/scratch.h"
#include "mm/annotations.h"

static const char *corpus(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "tests/fuzz/corpus/npz/%s", name);
    return path;
}

static void is(const real *got, int n, const double *wanted)
{
    for (int i = 0; i < n; i++) {
        if (got[i] != (real)wanted[i]) {
            fail_msg("number %d is %.9g, not %.9g", i, (double)got[i], wanted[i]);
        }
    }
}

static const double feature[] = {1, -2, 0.5, 0.0999755859375, 65504, 0x1p-24, 0, 3},
                    box[] = {0, 0, 0.5, 0.25, 0.5, 0.25, 0.125, 0.25, 0.5, 1, 1, 0.75, 0.5, 0.375}; /* the second is cut at 1 */

static void numpy(void **state)
{
    (void)state;
    Error err;
    Regions r;
    assert_true(mm_regions_load(corpus("deflated"), &r, &err));
    assert_true(r.n == 2 && r.width == 4 && r.classes == 3);
    is(r.feature, 8, feature);
    is(r.box, 14, box);
    is(r.confidence, 2, (const double[]){0.75, 0.5});
    is(r.soft_label, 6, (const double[]){0.5, 0.25, 0.25, 1, 0, 0});
    mm_regions_free(&r);
    assert_true(mm_regions_load(corpus("stored"), &r, &err)); /* float32 and float64, and no confidences */
    is(r.feature, 8, feature);
    is(r.box, 14, box);
    assert_true(!r.confidence && !r.soft_label && r.classes == 0);
    mm_regions_free(&r);
    assert_true(mm_regions_load(corpus("none"), &r, &err));
    assert_true(r.n == 0 && r.width == 4);
    mm_regions_free(&r);
}

static void refused(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"by_column", "features: its numbers lie column by column"},
        {"integers", "features: its numbers must be <f2"},
        {"no_boxes", "no array \"norm_bb\""},
        {"three_boxes", "norm_bb must have a row for each feature"},
        {"five_numbers", "x1, y1, x2, y2, w, h"},
        {"outside", "box 0, from (2, 2)"},
        {"not_a_number", "features[0][0] is not a finite number"},
    };
    Error err;
    Regions r;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_false(mm_regions_load(corpus(table[i][0]), &r, &err));
        says(&err, corpus(table[i][0]), table[i][1]);
    }
}

/* Cut off anywhere, or with any one byte turned, a file is refused, or it says the same. */
static void damaged(void **state)
{
    (void)state;
    Error err;
    size_t n;
    char *bytes = mm_read_file(corpus("deflated"), 1 << 20, &n, &err);
    int refusals = 0;
    for (size_t i = 0; i < n; i++) {
        Regions r;
        put(scratch("x.npz"), bytes, i);
        assert_false(mm_regions_load(scratch("x.npz"), &r, &err));
        bytes[i] ^= 0x10;
        put(scratch("x.npz"), bytes, n);
        bytes[i] ^= 0x10;
        if (mm_regions_load(scratch("x.npz"), &r, &err)) {
            is(r.feature, 8, feature);
            is(r.box, 14, box);
            mm_regions_free(&r);
        } else {
            says(&err, scratch("x.npz"), "");
            refusals++;
        }
    }
    assert_true(refusals > (int)n / 2);
    free(bytes);
}

typedef struct Taken {
    int n;
    char id[2][16];
    Regions first; /* without its arrays */
} Taken;

static bool take(void *context, const char *image_id, const Regions *r, Error *err)
{
    (void)err;
    Taken *t = context;
    snprintf(t->id[t->n++], sizeof t->id[0], "%s", image_id);
    if (r->n > 0) {
        t->first = *r;
        is(r->feature, 6, (const double[]){1, -2, 0.5, 4, 5, 6});
        is(r->box, 14, box);
    }
    return true;
}

static void tables(void **state)
{
    (void)state;
    Error err;
    Taken t = {0};
    assert_true(mm_regions_table("tests/fuzz/corpus/regions_table/butd", take, &t, &err));
    assert_int_equal(t.n, 2);
    assert_string_equal(t.id[0], "9");
    assert_string_equal(t.id[1], "10");
    assert_true(t.first.n == 2 && t.first.width == 3);
    t = (Taken){0};
    assert_true(mm_regions_table("tests/fuzz/corpus/regions_table/lxmert", take, &t, &err));
    assert_int_equal(t.n, 1);
    assert_string_equal(t.id[0], "COCO_9");
    assert_false(mm_regions_table(scratch("none.tsv"), take, &t, &err));
    says(&err, scratch("none.tsv"), "No such file");
}

static void tables_refused(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"1\t2\t3", ":1: 3 columns"},
        {"1\t640\t480\tx\t\t", ":1: the picture's width"},
        {"1\t640\t480\t1\tAAAA\tAAAA", ":1: the boxes must be base64 of 4 floats for each of the 1"},
        {"1\t640\t480\t1\t*AAAAAAAAAAAAAAAAAAAAA==\tAAAAAA==", ":1: the boxes must be base64"},
        {"1\t640\t480\t1\tAAAAAAAAAAAAAAAAAAAAAA==\tAAAAAA==", ":1: box 0"},
        {"1\t640\t480\t1\tAAAAAAAAAAAAAAAAAAAAAA==\t", ":1: the features must be"},
        {"1\t640\t480\t0\t\tAAAAAA==", ":1: the features must be"},
        {"1\t640\t480\t0\t\t\n\n", ":2: 1 columns"},
        {"1\t0\t480\t0\t\t", ":1: the picture's width"},
        {"1\t640\t480\t99999\t\t", "at most 4096"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        Error err;
        Taken t = {0};
        put_text(scratch("x.tsv"), table[i][0]);
        assert_false(mm_regions_table(scratch("x.tsv"), take, &t, &err));
        says(&err, scratch("x.tsv"), table[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numpy), cmocka_unit_test(refused), IN_SCRATCH(damaged),
                                       IN_SCRATCH(tables), IN_SCRATCH(tables_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
