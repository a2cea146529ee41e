/* clip_vocabulary.c: the tokens of OpenAI's own tokeniser, printed by its code without ftfy (which needs its vocabulary:
 * MM_CLIP_BPE=…/bpe_simple_vocab_16e6.txt.gz, from github.com/openai/CLIP). Without it the test is skipped. */
#include "../io/scratch.h"
#include "mm/data.h"

#define COUNT(a) (int)(sizeof(a) / sizeof *(a))

static const struct {
    const char *text;
    int ids[40]; /* up to a 0 */
} golden[] = {
    {"a diagram", {320, 22697}},
    {"a dog", {320, 1929}},
    {"a cat", {320, 2368}},
    {"a photo of a cat", {320, 1125, 539, 320, 2368}},
    {"hello world!", {3306, 1002, 256}},
    {"it's the dogs' toys, isn't it?", {585, 568, 518, 3255, 262, 7162, 267, 2923, 713, 585, 286}},
    {"2021", {273, 271, 273, 272}},
    {"café naïve", {15304, 1097, 35689, 563}},
    {"cafe\u0301", {15304}}, /* NFC, as with ftfy */
    {"日本語", {39121, 44353, 34002, 508}},
    {"😀 smile", {7334, 3490}},
    {"<|endoftext|> inside", {49407, 2912}},
    {"I'M I'm", {328, 880, 328, 880}},
    {"&amp;lt;b&amp;gt; x", {283, 321, 285, 343}},
    {"supercalifragilisticexpialidocious", {1642, 2857, 13093, 2076, 5868, 26850, 835, 639, 38466}},
    {"", {0}},
    {"don't", {847, 713}},
    {"You should've done this", {592, 1535, 1200, 1700, 589}},
    {"this is a test string of text", {589, 533, 320, 1628, 9696, 539, 4160}},
    {"We're 100% sure; they'd've gone.", {649, 982, 272, 271, 271, 260, 1650, 282, 889, 1896, 1200, 3601, 269}},
    {"T-shirt (red)", {339, 268, 2523, 263, 736, 264}},
    {"☕️ coffee ❤️", {15499, 2453, 1752}},
    {"a photo of the number: \"7\".", {320, 1125, 539, 518, 2842, 281, 257, 278, 2811}},
    {"A\n'll 11p223RF☆ho!!to?'d'd''d of a cat to-$''d.",
     {320, 1342, 272,  272, 335, 273, 273,  274, 16368, 13439, 2971, 748, 531, 13610,
      323, 1896, 8445, 323, 539, 320, 2368, 531, 12,    3,     8445, 323, 269}},
    {"ﬁ", {171, 105, 479}},
    {"½", {33613}},
    {"x'S y'ſ", {343, 568, 344, 6, 129, 379}},
    {"İstanbul ẞ", {328, 16384, 11231, 127, 509}},
    {"l’été", {331, 728, 503, 3459, 39694}},
    {"١٢٣", {149, 350, 149, 351, 149, 352}},
};

static void golden_tokens(void **state)
{
    (void)state;
    const char *path = getenv("MM_CLIP_BPE");
    if (!path) {
        print_message("MM_CLIP_BPE does not name CLIP's bpe_simple_vocab_16e6.txt.gz\n");
        skip();
    }
    Error err;
    Tokenizer *tok = mm_tokenizer_load_merges(path, 49408, &err);
    if (!tok) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(mm_vocab_size(tok), 49408);
    assert_int_equal(mm_token_start(tok), 49406);
    assert_int_equal(mm_token_end(tok), 49407);
    for (int i = 0; i < COUNT(golden); i++) {
        int n, *ids = mm_encode(tok, golden[i].text, &n, &err);
        assert_non_null(ids);
        for (int k = 0; k < n || golden[i].ids[k]; k++) {
            if (k >= n || ids[k] != golden[i].ids[k]) {
                fail_msg("%s: token %d of %d is %d, not %d", golden[i].text, k, n, k < n ? ids[k] : -1, golden[i].ids[k]);
            }
        }
        free(ids);
    }
    int ids[77], length;
    assert_true(mm_tokenize(tok, "a diagram", 77, ids, &length, &err));
    assert_memory_equal(ids, ((int[]){49406, 320, 22697, 49407}), 4 * sizeof *ids);
    for (int t = 4; t < 77; t++) {
        assert_int_equal(ids[t], 0);
    }
    assert_int_equal(length, 4);

    /* In Hugging Face's two files and back. */
    assert_true(mm_tokenizer_save(tok, scratch("clip"), &err));
    Tokenizer *back = mm_tokenizer_load(scratch("clip"), &err);
    assert_int_equal(mm_vocab_size(back), 49408);
    for (int i = 0; i < 49408; i++) {
        assert_string_equal(mm_token_text(tok, i), mm_token_text(back, i));
    }
    mm_tokenizer_free(tok);
    mm_tokenizer_free(back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(golden_tokens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
