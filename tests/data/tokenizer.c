/* tokenizer.c: merges worked out by hand, and text of many kinds. */
#include "../io/scratch.h"
#include "mm/data.h"

#include "data/tokenizer.h"

#define COUNT(a) (int)(sizeof(a) / sizeof *(a))

/* The words of Sennrich, Haddow and Birch: low x5, lower x2, newest x6, widest x3; and one that comes once. */
static const char *const corpus[] = {"low low low low low lower lower", "Newest newest NEWEST newest newest newest widest",
                                     "widest\twidest once"};

static Tokenizer *learn(int vocab_size)
{
    Error err;
    Tokenizer *tok = mm_tokenizer_learn(corpus, COUNT(corpus), vocab_size, false, &err);
    assert_non_null(tok);
    return tok;
}

/* At 9: es and st</w> (6 + 3 times), "e" sorts before "s". At 6: e w, n e and w est</w>. At 3: d est</w>, i d, w i. At 2: e r</w>,
 * w e, lo w. What occurs once is not merged. */
static void merges_by_hand(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"e", "s"},         {"es", "t</w>"}, {"l", "o"},        {"e", "w"},        {"ew", "est</w>"},
        {"n", "ewest</w>"}, {"lo", "w</w>"}, {"d", "est</w>"},  {"i", "dest</w>"}, {"w", "idest</w>"},
        {"e", "r</w>"},     {"lo", "w"},     {"low", "er</w>"},
    };
    Tokenizer *tok = learn(1000);
    assert_int_equal(tok->n_merges, COUNT(expected));
    assert_int_equal(mm_vocab_size(tok), 512 + COUNT(expected) + 2);
    for (int i = 0; i < COUNT(expected); i++) {
        assert_string_equal(tok->token[tok->merge[i].left], expected[i][0]);
        assert_string_equal(tok->token[tok->merge[i].right], expected[i][1]);
        assert_int_equal(tok->merge[i].result, 512 + i);
    }
    assert_int_equal(mm_token_start(tok), 512 + COUNT(expected));
    assert_int_equal(mm_token_end(tok), 512 + COUNT(expected) + 1);
    assert_string_equal(mm_token_text(tok, mm_token_end(tok)), "<|endoftext|>");
    mm_tokenizer_free(tok);

    tok = learn(517); /* only as many as fit */
    assert_int_equal(tok->n_merges, 3);
    assert_int_equal(mm_vocab_size(tok), 517);
    mm_tokenizer_free(tok);
    tok = learn(514);
    assert_int_equal(tok->n_merges, 0);
    mm_tokenizer_free(tok);
}

/* Whatever the words overlap like, no two merges make the same token: the ids count up without a gap. */
static void no_token_twice(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "xab xab xab xab xab xab cdx cdx cdx cdx cdx abcdx abcdx bcd bcd bcd bcd abcd abcd abcd abcd"};
    Error err;
    Tokenizer *tok = mm_tokenizer_learn(texts, 1, 600, false, &err);
    for (int i = 0; i < mm_vocab_size(tok); i++) {
        assert_int_equal(mm_token_find(tok, tok->token[i]), i);
    }
    for (int i = 0; i < tok->n_merges; i++) {
        assert_int_equal(tok->merge[i].result, 512 + i);
    }
    mm_tokenizer_free(tok);
}

static void bytes_as_characters(void **state)
{
    (void)state;
    bool used[2 * MM_BYTES] = {false};
    for (int byte = 0; byte < MM_BYTES; byte++) {
        int c = mm_character_of_byte(byte);
        assert_false(used[c]);
        used[c] = true;
        assert_int_equal(mm_byte_of_character(c), byte);
    }
    assert_int_equal(mm_byte_of_character(324), -1);
    assert_int_equal(mm_byte_of_character(' '), -1);
    Tokenizer *tok = learn(514);
    static const struct {
        int id;
        const char *text;
    } fixed[] = {{0, "!"},   {93, "~"},       {94, "¡"},       {105, "¬"}, {106, "®"},     {187, "ÿ"},
                 {188, "Ā"}, {188 + 32, "Ġ"}, {188 + 33, "ġ"}, {255, "Ń"}, {256, "!</w>"}, {511, "Ń</w>"}};
    for (int i = 0; i < COUNT(fixed); i++) {
        assert_string_equal(mm_token_text(tok, fixed[i].id), fixed[i].text);
    }
    mm_tokenizer_free(tok);
}

static void cleaned(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"", ""},
        {" \t\r\n", ""},
        {"  A  cat\n\nand\u00a0a\u3000dog\u2003 ", "a cat and a dog"},
        {"CAFÉ cafe\u0301", "café café"},
        {"Straße ẞ ΑΒΓ ДА", "straße ß αβγ да"},
        {"İstanbul", "i\u0307stanbul"},
        {"Ⱥ", "ⱥ"},         /* 2 bytes become 3 */
        {"“q” ﬁ", "“q” ﬁ"}, /* what ftfy would change */
        {"一只 可爱的猫", "一只 可爱的猫"},
        {"zero\u200bwidth", "zero\u200bwidth"}, /* not white space */
    };
    Error err;
    for (int i = 0; i < COUNT(cases); i++) {
        char *clean = mm_clean_text(cases[i].text, false, &err);
        assert_string_equal(clean, cases[i].clean);
        free(clean);
    }
    assert_null(mm_clean_text("caf\xe9", false, &err));
    assert_string_equal(err.text, "the text: byte 4 (0xe9) is not UTF-8");
    char *large = malloc(MM_TEXT_LIMIT + 2);
    memset(large, 'a', MM_TEXT_LIMIT + 1);
    large[MM_TEXT_LIMIT + 1] = 0;
    assert_null(mm_clean_text(large, false, &err));
    says(&err, "1048577", "at most 1048576");
    free(large);
}

static void words(void **state)
{
    (void)state;
    static const char *const cases[][16] = {
        {"it's the dogs' toys, isn't it?", "it", "'s", "the", "dogs", "'", "toys", ",", "isn", "'t", "it", "?"},
        {"they'd've", "they", "'d", "'ve"},
        {"'sun 'ſ 'x", "'s", "un", "'ſ", "'", "x"}, /* the first alternative that fits, not the best */
        {"!'s", "!'", "s"},
        {"t-shirt2021x", "t", "-", "shirt", "2", "0", "2", "1", "x"},
        {"½٣Ⅷ", "½", "٣", "Ⅷ"},
        {"猫😀!? e\u0301\u0301", "猫", "😀!?", "e", "\u0301\u0301"}, /* marks are neither letters nor numbers */
        {"<|endoftext|>a <|startoftext|>", "<|endoftext|>", "a", "<|startoftext|>"},
        {"!<|endoftext|>", "!<|", "endoftext", "|>"},
        {"", NULL},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        const char *at = cases[i][0], *word;
        for (int k = 1; cases[i][k]; k++) {
            size_t n = mm_next_word(&at, &word);
            if (n != strlen(cases[i][k]) || strncmp(word, cases[i][k], n) != 0) {
                fail_msg("%s: word %d is \"%.*s\", not \"%s\"", cases[i][0], k, (int)n, word, cases[i][k]);
            }
        }
        assert_int_equal(mm_next_word(&at, &word), 0);
    }
}

static void encoded(void **state)
{
    (void)state;
    Tokenizer *tok = learn(1000);
    Error err;
    int n, *ids = mm_encode(tok, "Lowest lower  new!", &n, &err);
    static const char *const expected[] = {"low", "est</w>", "lower</w>", "n", "e", "w</w>", "!</w>"};
    assert_int_equal(n, COUNT(expected));
    for (int i = 0; i < n; i++) {
        assert_string_equal(mm_token_text(tok, ids[i]), expected[i]);
    }
    free(ids);
    ids = mm_encode(tok, "", &n, &err);
    assert_non_null(ids);
    assert_int_equal(n, 0);
    free(ids);
    assert_null(mm_encode(tok, "a\xff", &n, &err));
    says(&err, "byte 2", "0xff");
    mm_tokenizer_free(tok);
}

/* [bpe] a a a with a merge a a: the left pair is taken. */
static void left_to_right(void **state)
{
    (void)state;
    int ids[] = {7, 7, 7, 7, 7, 8};
    assert_int_equal(mm_merge_pair(ids, 6, (Merge){7, 7, 9}), 4);
    assert_memory_equal(ids, ((int[]){9, 9, 7, 8}), 4 * sizeof *ids);
    assert_int_equal(mm_merge_pair(ids, 4, (Merge){7, 8, 10}), 3);
    assert_int_equal(mm_merge_pair(ids, 1, (Merge){9, 9, 10}), 1);
}

static void context(void **state)
{
    (void)state;
    Tokenizer *tok = learn(1000);
    Error err;
    int ids[9], length, start = mm_token_start(tok), end = mm_token_end(tok);
    int low = mm_token_find(tok, "low</w>");
    assert_true(mm_tokenize(tok, "low low", 8, ids, &length, &err));
    assert_memory_equal(ids, ((int[]){start, low, low, end, 0, 0, 0, 0}), 8 * sizeof *ids);
    assert_int_equal(length, 4);
    ids[8] = -7; /* must not be touched */
    assert_true(mm_tokenize(tok, "low low low low low low", 8, ids, &length, &err));
    assert_memory_equal(ids, ((int[]){start, low, low, low, low, low, low, end, -7}), 9 * sizeof *ids);
    assert_int_equal(length, 8);
    assert_true(mm_tokenize(tok, "low low low low low low low low", 8, ids, NULL, &err));
    assert_memory_equal(ids, ((int[]){start, low, low, low, low, low, low, end, -7}), 9 * sizeof *ids);
    assert_true(mm_tokenize(tok, "", 8, ids, &length, &err));
    assert_memory_equal(ids, ((int[]){start, end, 0, 0, 0, 0, 0, 0, -7}), 9 * sizeof *ids);
    assert_int_equal(length, 2);
    assert_true(mm_tokenize(tok, "low", 2, ids, &length, &err));
    assert_memory_equal(ids, ((int[]){start, end}), 2 * sizeof *ids);
    assert_false(mm_tokenize(tok, "\xc3", 8, ids, &length, &err));
    says(&err, "byte 1", "0xc3");
    mm_tokenizer_free(tok);
}

static void decoded(void **state)
{
    (void)state;
    Tokenizer *tok = learn(1000);
    Error err;
    static const struct {
        const char *text, *back;
    } cases[] = {
        {"low lower newest", "low lower newest"},
        {"  Low\tLOWER ", "low lower"},
        {"红苹果 is a red apple 🍎", "红苹果 is a red apple 🍎"},
        {"don't 2021 ok!", "don 't 2 0 2 1 ok !"}, /* words, not spaces, are what is encoded */
        {"", ""},
        {"a <|endoftext|> b", "a b"},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        int n, *ids = mm_encode(tok, cases[i].text, &n, &err);
        char *back = mm_decode(tok, ids, n);
        assert_string_equal(back, cases[i].back);
        free(back);
        free(ids);
    }
    int n, *ids = mm_encode(tok, "猫", &n, &err); /* three bytes */
    assert_int_equal(n, 3);
    char *back = mm_decode(tok, ids, 2);
    assert_string_equal(back, "\ufffd\ufffd");
    free(back);
    free(ids);
    mm_tokenizer_free(tok);
}

/* Learned on the names that ship, in both languages: fast, reproducible, and it puts their words together. */
static void shipped_names(void **state)
{
    (void)state;
    Error err;
    Concepts c;
    assert_true(mm_concepts_load("datasets/emoji/concepts.tsv", &c, &err));
    const char **texts = malloc((size_t)c.n * 4 * sizeof *texts);
    for (int i = 0; i < c.n; i++) {
        const Concept *k = c.at + i;
        memcpy(texts + (size_t)i * 4, ((const char *[]){k->en, k->tags_en, k->zh, k->tags_zh}), 4 * sizeof *texts);
    }
    Tokenizer *tok = mm_tokenizer_learn(texts, 4 * c.n, 2500, false, &err),
              *again = mm_tokenizer_learn(texts, 4 * c.n, 2500, false, &err);
    assert_int_equal(mm_vocab_size(tok), 2500);
    assert_memory_equal(tok->merge, again->merge, (size_t)tok->n_merges * sizeof *tok->merge);
    int n, *ids = mm_encode(tok, "smiling face", &n, &err);
    assert_int_equal(n, 2);
    free(ids);
    ids = mm_encode(tok, "猫", &n, &err);
    assert_int_equal(n, 1);
    free(ids);
    for (int i = 0; i < 4 * c.n; i++) { /* what is encoded comes back; only the spaces may differ */
        char *clean = mm_clean_text(texts[i], false, &err);
        ids = mm_encode(tok, texts[i], &n, &err);
        char *back = mm_decode(tok, ids, n), *a = back, *b = clean;
        for (; *a || *b; a++, b++) {
            a += *a == ' ';
            b += *b == ' ';
            assert_int_equal(*a, *b);
        }
        free(clean);
        free(back);
        free(ids);
    }
    free(texts);
    mm_tokenizer_free(tok);
    mm_tokenizer_free(again);
    mm_concepts_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_by_hand), cmocka_unit_test(no_token_twice), cmocka_unit_test(bytes_as_characters),
        cmocka_unit_test(cleaned),        cmocka_unit_test(words),          cmocka_unit_test(encoded),
        cmocka_unit_test(left_to_right),  cmocka_unit_test(context),        cmocka_unit_test(decoded),
        cmocka_unit_test(shipped_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
