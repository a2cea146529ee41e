/* text.c: UTF-8, tables and JSON from other people. */
#include "scratch.h"

#include <jansson.h>

static void utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t good; /* bytes before the first wrong one; -1: all are good */
    } cases[] = {{"", (size_t)-1},
                 {"plain", (size_t)-1},
                 {"é 猫 😀", (size_t)-1},
                 {"\x7f\xc2\x80\xf4\x8f\xbf\xbf", (size_t)-1},
                 {"ab\xff", 2},
                 {"ab\x80", 2}, /* a continuation of nothing */
                 {"ab\xe7\x8c", 2},
                 {"ab\xe7\x8cz", 2}, /* cut short */
                 {"\xc0\xaf", 0},
                 {"\xe0\x80\xaf", 0}, /* overlong */
                 {"a\xed\xa0\x80", 1},
                 {"a\xf4\x90\x80\x80", 1}, /* a surrogate; above U+10FFFF */
                 {"\xf0\x9f\x98\x80\xfe", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].text);
        assert_int_equal(mm_utf8_invalid(cases[i].text, n), cases[i].good == (size_t)-1 ? n : cases[i].good);
    }
    Error err;
    assert_false(mm_utf8_check("one\ntwo\xff", 8, "file", 5, &err));
    assert_string_equal(err.text, "file:6:4: byte 0xff is not UTF-8");
    assert_false(mm_utf8_check("one\ntwo\xff", 8, "the query", 0, &err));
    assert_string_equal(err.text, "the query: byte 8 (0xff) is not UTF-8");
    assert_true(mm_utf8_check("one", 3, "file", 1, &err));
}

static void table(void **state)
{
    (void)state;
    Error err;
    put_text(scratch("t"), "\xef\xbb\xbf"
                           "code\ten\tzh\r\n1F431\tcat face\t猫\r\n\t\"quoted\"\t\r\n9\ta\rb\tc"); /* no line end at the end */
    Tsv *t = mm_tsv_read(scratch("t"), &err);
    assert_non_null(t);
    assert_int_equal(mm_tsv_rows(t), 3);
    assert_int_equal(mm_tsv_columns(t), 3);
    int zh = mm_tsv_column(t, "zh", &err), en = mm_tsv_column(t, "en", &err);
    assert_int_equal(mm_tsv_column(t, "code", &err), 0);
    assert_string_equal(mm_tsv_cell(t, 0, zh), "猫");
    assert_string_equal(mm_tsv_cell(t, 1, en), "\"quoted\"");
    assert_string_equal(mm_tsv_cell(t, 1, 0), "");
    assert_string_equal(mm_tsv_cell(t, 1, zh), "");
    assert_string_equal(mm_tsv_cell(t, 2, en), "a\rb");
    assert_string_equal(mm_tsv_cell(t, 2, zh), "c");
    assert_int_equal(mm_tsv_line(t, 1), 3);
    assert_int_equal(mm_tsv_column(t, "fr", &err), -1);
    says(&err, scratch("t"), "no column named \"fr\"");
    mm_tsv_free(t);

    put_text(scratch("t"), "only a header\n");
    t = mm_tsv_read(scratch("t"), &err);
    assert_int_equal(mm_tsv_rows(t), 0);
    mm_tsv_free(t);
    put_text(scratch("t"), "one column\n\nx\n"); /* an empty line is a row with an empty cell */
    t = mm_tsv_read(scratch("t"), &err);
    assert_int_equal(mm_tsv_rows(t), 2);
    assert_string_equal(mm_tsv_cell(t, 0, 0), "");
    mm_tsv_free(t);
}

static void bad_tables(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n;
        const char *what;
    } cases[] = {
        {"", 0, "empty"},
        {"\xef\xbb\xbf", 3, "empty"},
        {"a\tb\nx\ty\nz\n", 10, ":3: 1 cell, but the header has 2"},
        {"a\tb\nx\ty\tz\n", 10, ":2: 3 cells, but the header has 2"},
        {"a\tb\n\n", 5, ":2: 1 cell"},
        {"a\ta\n", 4, ":1: two columns named \"a\""},
        {"a\tb\nx\t\xe7\x8c\n", 9, ":2:3: byte 0xe7 is not UTF-8"},
        {"a\tb\nx\ty\0\n", 9, "byte 8 is 0"},
    };
    Error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(scratch("t"), cases[i].text, cases[i].n);
        assert_null(mm_tsv_read(scratch("t"), &err));
        says(&err, scratch("t"), cases[i].what);
    }
    char *wide = malloc(100001);
    memset(wide, '\t', 100000);
    wide[100000] = '\n';
    put(scratch("t"), wide, 100001);
    free(wide);
    assert_null(mm_tsv_read(scratch("t"), &err));
    says(&err, scratch("t"), "100001 columns");
    assert_null(mm_tsv_read(scratch("none"), &err));
    says(&err, scratch("none"), "No such file");
}

static void commas(void **state)
{
    (void)state;
    Error err;
    put_text(scratch("t"), "\xef\xbb\xbfimage,\"the \"\"caption\"\"\",n\r\n" /* line 1 */
                           "a.jpg,\"one, two\r\nthree\n\"\"four\"\"\",1\r\n" /* lines 2 to 4 */
                           "\"\",\"\"\"\",\n"                                /* line 5 */
                           "猫.jpg, a\tb ,\"3\"");
    Tsv *t = mm_csv_read(scratch("t"), &err);
    assert_non_null(t);
    assert_true(mm_tsv_rows(t) == 3 && mm_tsv_columns(t) == 3);
    assert_int_equal(mm_tsv_column(t, "the \"caption\"", &err), 1);
    static const char *const cells[3][3] = {
        {"a.jpg", "one, two\r\nthree\n\"four\"", "1"}, {"", "\"", ""}, {"猫.jpg", " a\tb ", "3"}};
    for (int i = 0; i < 9; i++) {
        assert_string_equal(mm_tsv_cell(t, i / 3, i % 3), cells[i / 3][i % 3]);
    }
    assert_int_equal(mm_tsv_line(t, 0), 2);
    assert_int_equal(mm_tsv_line(t, 1), 5);
    assert_int_equal(mm_tsv_line(t, 2), 6);
    mm_tsv_free(t);
    static const char *const ends[] = {"a,b\nx,", "a,b\nx,\n", "a,b\nx,\r\n", "a,b\nx,\"\"", "a,b\r\nx,\"\"\r\n", "a,b\nx,\r"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        put_text(scratch("t"), ends[i]);
        t = mm_csv_read(scratch("t"), &err);
        assert_non_null(t);
        assert_true(mm_tsv_rows(t) == 1 && mm_tsv_columns(t) == 2);
        assert_string_equal(mm_tsv_cell(t, 0, 0), "x");
        assert_string_equal(mm_tsv_cell(t, 0, 1), "");
        mm_tsv_free(t);
    }
}

static void bad_commas(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "empty"},
        {"a,b\nx,y\nz\n", ":3: 1 cell, but the header has 2"},
        {"a,b\n\"x\n\",y,z\n", ":2: 3 cells, but the header has 2"},
        {"a,b\nx,\"y\nz\n", ":2: a quote that begins here does not end"},
        {"a,b\n\"x\n\"y,z\n", ":3: a quote inside a cell must be written twice"},
        {"a,b\nx\"y,z\n", ":2: a quote inside a cell must be written twice"},
        {"a,b\n\"x\" ,z\n", ":2: a quote inside a cell must be written twice"},
        {"a,\"a\"\n", ":1: two columns named \"a\""},
        {"a,b\nx,\"\xe7\x8c\"\n", ":2:4: byte 0xe7 is not UTF-8"},
    };
    Error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_text(scratch("t"), cases[i][0]);
        assert_null(mm_csv_read(scratch("t"), &err));
        says(&err, scratch("t"), cases[i][1]);
    }
}

static void json(void **state)
{
    (void)state;
    Error err;
    put_text(scratch("j"), "{\"a\": [1, 2]}\n");
    json_t *j = mm_json_read(scratch("j"), 100, &err);
    assert_int_equal(json_array_size(json_object_get(j, "a")), 2);
    json_decref(j);
    static const char *const bad[] = {"", "{\"a\": 1", "{\"a\": 1, \"a\": 2}", "{\"a\": \"\xff\"}", "{} {}", "nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_text(scratch("j"), bad[i]);
        assert_null(mm_json_read(scratch("j"), 100, &err));
        says(&err, scratch("j"), ":1:");
    }
    put_text(scratch("j"), "{\"a\":\n  [1 2]}");
    assert_null(mm_json_read(scratch("j"), 100, &err));
    says(&err, scratch("j"), ":2:");
    assert_null(mm_json_read(scratch("j"), 13, &err));
    says(&err, scratch("j"), "more than 13 bytes");
    for (int depth = MM_JSON_DEPTH; depth <= MM_JSON_DEPTH + 1; depth++) {
        char *deep = malloc(2 * (size_t)depth);
        memset(deep, '[', (size_t)depth);
        memset(deep + depth, ']', (size_t)depth);
        put(scratch("j"), deep, 2 * (size_t)depth);
        free(deep);
        j = mm_json_read(scratch("j"), 10000, &err);
        assert_true((j != NULL) == (depth == MM_JSON_DEPTH));
        json_decref(j);
    }
    says(&err, scratch("j"), "depth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8), IN_SCRATCH(table),      IN_SCRATCH(bad_tables),
        IN_SCRATCH(commas),     IN_SCRATCH(bad_commas), IN_SCRATCH(json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
