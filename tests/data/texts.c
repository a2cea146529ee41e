/* texts.c: texts are cleaned and cut into words as Python does it (tests/golden/make_texts.py), whatever is in them. */
#include "../io/scratch.h"
#include "data/tokenizer.h"

static void check(const char *text, const char *wanted, const json_t *words)
{
    Error err;
    char *clean = mm_clean_text(text, false, &err);
    if (!clean || strcmp(clean, wanted) != 0) {
        fail_msg("\"%s\" becomes \"%s\", not \"%s\"", text, clean ? clean : err.text, wanted);
    }
    const char *at = clean, *word;
    size_t n = 0;
    for (size_t size; (size = mm_next_word(&at, &word)) > 0; n++) {
        const char *want = json_string_value(json_array_get(words, n));
        if (!want || strlen(want) != size || memcmp(want, word, size) != 0) {
            fail_msg("word %zu of \"%s\" is \"%.*s\", not \"%s\"", n, clean, (int)size, word, want ? want : "(none)");
        }
    }
    assert_int_equal(n, json_array_size(words));
    free(clean);
}

static void as_python(void **state)
{
    (void)state;
    Error err;
    json_t *all = mm_json_read("tests/golden/texts.json", 1 << 20, &err), *row;
    size_t i;
    assert_true(json_array_size(all) > 350);
    json_array_foreach(all, i, row)
    {
        check(json_string_value(json_array_get(row, 0)), json_string_value(json_array_get(row, 1)), json_array_get(row, 2));
    }
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_python)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
