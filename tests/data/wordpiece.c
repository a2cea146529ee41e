/* wordpiece.c: BERT's tokeniser against its rules in Python (tests/golden/make_wordpiece.py), its files, and what it learns. */
#include "data/wordpiece.h"
#include "../io/scratch.h"

enum { TEXT, UNCASED_WORDS, CASED_WORDS, UNCASED_TOKENS, CASED_TOKENS };

static json_t *golden;

static int read_golden(void **state)
{
    (void)state;
    Error err;
    golden = mm_json_read("tests/golden/wordpiece.json", 1 << 20, &err);
    return golden ? 0 : -1;
}

static int free_golden(void **state)
{
    (void)state;
    json_decref(golden);
    return 0;
}

static void put_vocab(const char *path)
{
    FILE *f = fopen(path, "wb");
    size_t i;
    json_t *token;
    json_array_foreach(json_object_get(golden, "vocab"), i, token)
    {
        fprintf(f, "%s\n", json_string_value(token));
    }
    assert_int_equal(fclose(f), 0);
}

static void check_words(const char *text, bool lower, const json_t *wanted)
{
    Error err;
    char *basic = mm_basic_tokens(text, lower, &err);
    const char *at = basic, *word;
    size_t n = 0;
    for (size_t size; (size = mm_next_basic(&at, &word)) > 0; n++) {
        const char *want = json_string_value(json_array_get(wanted, n));
        if (!want || strlen(want) != size || memcmp(want, word, size) != 0) {
            fail_msg("word %zu of \"%s\" is \"%.*s\", not \"%s\"", n, text, (int)size, word, want ? want : "(none)");
        }
    }
    assert_int_equal(n, json_array_size(wanted));
    free(basic);
}

static void check_tokens(const Wordpiece *w, const char *text, const json_t *wanted)
{
    Error err;
    int n, *ids = mm_wordpiece_encode(w, text, &n, &err);
    assert_non_null(ids);
    for (int i = 0; i < n; i++) {
        const char *want = json_string_value(json_array_get(wanted, (size_t)i)), *got = mm_wordpiece_text(w, ids[i]);
        if (!want || strcmp(want, got) != 0) {
            fail_msg("token %d of \"%s\" is \"%s\", not \"%s\"", i, text, got, want ? want : "(none)");
        }
    }
    if ((size_t)n != json_array_size(wanted)) {
        fail_msg("\"%s\" has %d tokens, not %zu", text, n, json_array_size(wanted));
    }
    free(ids);
}

static void as_the_rules_say(void **state)
{
    (void)state;
    Error err;
    put_vocab(scratch("vocab.txt"));
    Wordpiece *uncased = mm_wordpiece_load_vocab(scratch("vocab.txt"), true, &err),
              *cased = mm_wordpiece_load_vocab(scratch("vocab.txt"), false, &err);
    assert_non_null(uncased);
    assert_int_equal(mm_wordpiece_find(uncased, "[MASK]"), 5); /* the number of its line */
    json_t *rows = json_object_get(golden, "rows"), *row;
    size_t i;
    assert_true(json_array_size(rows) > 300);
    json_array_foreach(rows, i, row)
    {
        const char *text = json_string_value(json_array_get(row, TEXT));
        check_words(text, true, json_array_get(row, UNCASED_WORDS));
        check_words(text, false, json_array_get(row, CASED_WORDS));
        check_tokens(uncased, text, json_array_get(row, UNCASED_TOKENS));
        check_tokens(cased, text, json_array_get(row, CASED_TOKENS));
    }
    mm_wordpiece_free(uncased);
    mm_wordpiece_free(cased);
}

/* What the encoder reads: [CLS] … [SEP], padding, and how much of it counts. */
static void padded(void **state)
{
    (void)state;
    Error err;
    int ids[8], length;
    put_text(scratch("v"), "a\n[UNK]\n[PAD]\nb\n[CLS]\n[SEP]\n##b"); /* the last line without its end */
    Wordpiece *w = mm_wordpiece_load_vocab(scratch("v"), true, &err);
    assert_non_null(w);
    assert_int_equal(mm_wordpiece_size(w), 7);
    assert_true(mm_wordpiece_tokenize(w, "AB c", 8, ids, &length, &err));
    assert_memory_equal(ids, ((int[]){4, 0, 6, 1, 5, 2, 2, 2}), sizeof ids);
    assert_int_equal(length, 5);
    assert_true(mm_wordpiece_tokenize(w, "", 8, ids, &length, &err));
    assert_memory_equal(ids, ((int[]){4, 5, 2, 2, 2, 2, 2, 2}), sizeof ids);
    assert_true(mm_wordpiece_tokenize(w, "a b a b a b a b", 4, ids, &length, &err)); /* cut, with its end */
    assert_memory_equal(ids, ((int[]){4, 0, 3, 5}), 4 * sizeof *ids);
    assert_int_equal(length, 4);
    mm_wordpiece_free(w);
}

static void refuses(const char *vocab, size_t n, const char *what)
{
    Error err;
    put(scratch("vocab.txt"), vocab, n);
    assert_null(mm_wordpiece_load(scratch_folder, &err));
    says(&err, scratch("vocab.txt"), what);
}

#define REFUSES(vocab, what) refuses(vocab, sizeof(vocab) - 1, what)

static void bad_vocabularies(void **state)
{
    (void)state;
    Error err;
    assert_null(mm_wordpiece_load(scratch_folder, &err));
    says(&err, scratch("vocab.txt"), "No such file");
    REFUSES("[PAD]\n[CLS]\n[SEP]\na\n", "[UNK] is missing");
    REFUSES("", "[PAD] is missing");
    REFUSES("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\na\n", ":7: \"a\" a second time, after line 5");
    REFUSES("[PAD]\n[UNK]\n\n[CLS]\n[SEP]\n", ":3: an empty line");
    REFUSES("[PAD]\n[UNK]\n[CLS]\nb\xff\n", ":4:2: byte 0xff is not UTF-8");
    REFUSES("[PAD]\n[UNK]\0\n[CLS]\n[SEP]\n", "byte 12 is 0");
}

static void refuses_config(const char *config, const char *what)
{
    Error err;
    put_text(scratch("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
    put_text(scratch("tokenizer_config.json"), config);
    assert_null(mm_wordpiece_load(scratch_folder, &err));
    says(&err, scratch("tokenizer_config.json"), what);
}

static void configs(void **state)
{
    (void)state;
    Error err;
    refuses_config("{\"do_lower_case\": 1}", "true or false");
    refuses_config("{\"strip_accents\": false}", "both or neither");
    refuses_config("{\"tokenize_chinese_chars\": false}", "BERT always does");
    refuses_config("{", "'}'");
    put_text(scratch("tokenizer_config.json"), "{\"do_lower_case\": false, \"strip_accents\": null, \"model_max_length\": 512}");
    Wordpiece *cased = mm_wordpiece_load(scratch_folder, &err);
    assert_non_null(cased);
    assert_false(cased->lower);
    mm_wordpiece_free(cased);
    put_text(scratch("vocab.txt"), "\xef\xbb\xbf[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n"); /* as an editor on Windows leaves it */
    unlink(scratch("tokenizer_config.json"));
    Wordpiece *w = mm_wordpiece_load(scratch_folder, &err);
    assert_non_null(w);
    assert_true(w->lower);
    assert_int_equal(w->pad, 0);
    assert_int_equal(w->end, 3);
    mm_wordpiece_free(w);
}

/* Texts that nobody should have written. */
static void bad_texts(void **state)
{
    (void)state;
    Error err;
    int n;
    enum { MEGABYTE = 1000000 };
    put_vocab(scratch("vocab.txt"));
    Wordpiece *w = mm_wordpiece_load(scratch_folder, &err);
    assert_null(mm_wordpiece_encode(w, "ab\xc3", &n, &err));
    says(&err, "the text", "byte 3 (0xc3) is not UTF-8");
    char *large = malloc(2 * MEGABYTE);
    memset(large, 'a', MEGABYTE);
    large[MEGABYTE] = 0;
    int *ids = mm_wordpiece_encode(w, large, &n, &err); /* one word */
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], w->unknown);
    free(ids);
    for (int i = 1; i < MEGABYTE; i += 2) {
        large[i] = '!';
    }
    ids = mm_wordpiece_encode(w, large, &n, &err);
    assert_int_equal(n, MEGABYTE);
    free(ids);
    memset(large, 'a', 2 * MEGABYTE - 1);
    large[2 * MEGABYTE - 1] = 0;
    assert_null(mm_wordpiece_encode(w, large, &n, &err));
    says(&err, "1999999 bytes", "at most 1048576");
    for (int i = 0; i < 300; i++) {
        memcpy(large + 1 + 2 * i, "\xcc\x81", 3);
    }
    assert_null(mm_wordpiece_encode(w, large, &n, &err));
    says(&err, "byte 514", "more than 256 combining marks");
    free(large);
    mm_wordpiece_free(w);
}

static void learned(void **state)
{
    (void)state;
    static const char *const texts[] = {"low low low lower lower newest newest widest", "LOW 猫 猫 q"};
    Error err;
    Wordpiece *w = mm_wordpiece_learn(texts, 2, 100, true, &err);
    assert_non_null(w);
    assert_int_equal(mm_wordpiece_find(w, "[MASK]"), 4);
    assert_true(mm_wordpiece_find(w, "low") > 0);
    assert_true(mm_wordpiece_find(w, "newest") > 0);
    assert_true(mm_wordpiece_find(w, "widest") < 0); /* once: its parts are tokens */
    assert_true(mm_wordpiece_find(w, "##est") > 0);
    assert_true(mm_wordpiece_find(w, "猫") > 0);
    int n, *ids = mm_wordpiece_encode(w, "Lowest 猫 ☃", &n, &err);
    assert_int_equal(n, 4);
    assert_int_equal(ids[0], mm_wordpiece_find(w, "low"));
    assert_int_equal(ids[1], mm_wordpiece_find(w, "##est"));
    assert_int_equal(ids[3], w->unknown);
    const int whole[] = {w->start, ids[0], ids[1], ids[2], ids[2], ids[0], w->end, w->pad};
    char *text = mm_wordpiece_decode(w, whole, 8), *none = mm_wordpiece_decode(w, whole, 0);
    assert_string_equal(text, "lowest 猫猫 low");
    assert_string_equal(none, "");
    free(none);
    free(text);
    free(ids);
    assert_true(mm_wordpiece_save(w, scratch("t"), &err));
    Wordpiece *back = mm_wordpiece_load(scratch("t"), &err);
    assert_int_equal(back->n, w->n);
    for (int i = 0; i < w->n; i++) {
        assert_string_equal(back->token[i], w->token[i]);
    }
    mm_wordpiece_free(back);
    mm_wordpiece_free(w);
    Wordpiece *few = mm_wordpiece_learn(texts, 2, 8, true, &err); /* no room for all characters: the most frequent */
    assert_int_equal(few->n, 8);
    assert_true(mm_wordpiece_find(few, "##o") > 0); /* 6 times, as ##w; "l" as well */
    mm_wordpiece_free(few);
    assert_null(mm_wordpiece_learn(texts, 2, 4, true, &err));
    assert_null(mm_wordpiece_learn((const char *const[]){"a", "\xff"}, 2, 100, true, &err));
    says(&err, "text 2 of 2", "not UTF-8");
}

/* More words: what is a token stays what it was; a word that was cut or not known becomes one. */
static void extended(void **state)
{
    (void)state;
    static const char *const texts[] = {"low low lower lower newest newest"}, *const more[] = {"Lowest low, 猫",
                                                                                               "猫 low lowest ☃"};
    Error err;
    Wordpiece *w = mm_wordpiece_learn(texts, 1, 100, true, &err), *x = mm_wordpiece_extend(w, more, 2, &err);
    assert_non_null(x);
    for (int i = 0; i < w->n; i++) {
        assert_string_equal(x->token[i], w->token[i]);
    }
    static const char *const fresh[] = {"lowest", ",", "猫", "☃"};
    assert_int_equal(x->n, w->n + 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(mm_wordpiece_find(x, fresh[i]), w->n + i);
    }
    int n, *ids = mm_wordpiece_encode(x, "lowest 猫 low", &n, &err);
    assert_true(n == 3 && ids[0] == w->n && ids[1] == w->n + 2 && ids[2] == mm_wordpiece_find(w, "low"));
    free(ids);
    mm_wordpiece_free(x);
    assert_null(mm_wordpiece_extend(w, (const char *const[]){"a", "\xff"}, 2, &err));
    says(&err, "text 2 of 2", "not UTF-8");
    mm_wordpiece_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(as_the_rules_say), IN_SCRATCH(padded),    IN_SCRATCH(bad_vocabularies),
                                       IN_SCRATCH(configs),          IN_SCRATCH(bad_texts), IN_SCRATCH(learned),
                                       IN_SCRATCH(extended)};
    return cmocka_run_group_tests(tests, read_golden, free_golden);
}
