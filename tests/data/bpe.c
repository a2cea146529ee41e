/* bpe.c: words are merged as the rule says, however the merges came about, and a long word takes no time. */
#include "../io/scratch.h"

#include "data/tokenizer.h"

#include <limits.h>
#include <time.h>

/* The rule itself: of all neighbours the pair of the lowest rank, everywhere, from left to right; again, until there is none. */
static int merge_by_rounds(const Tokenizer *tok, int *ids, int n)
{
    for (;;) {
        int first = INT_MAX, kept = 0;
        for (int i = 0; i + 1 < n; i++) {
            int rank = mm_pair_find(&tok->rank, ids[i], ids[i + 1]);
            first = rank >= 0 && rank < first ? rank : first;
        }
        if (first == INT_MAX) {
            return n;
        }
        Merge merge = tok->merge[first];
        for (int i = 0; i < n; kept++) {
            bool pair = i + 1 < n && ids[i] == merge.left && ids[i + 1] == merge.right;
            ids[kept] = pair ? merge.result : ids[i];
            i += pair ? 2 : 1;
        }
        n = kept;
    }
}

static char letter(Rng *rng, int letters)
{
    return (char)('a' + mm_below(rng, letters));
}

/* Merges of random tokens in random order: a token may well have a merge before the one that makes it. */
static Tokenizer *random_tokenizer(Rng *rng, int letters, int merges)
{
    Tokenizer *tok = mm_tokenizer_of_bytes();
    int bytes = tok->n;
    for (int i = 0; i < merges; i++) {
        int left = mm_below(rng, 2) ? tok->byte[(int)letter(rng, letters)] : bytes + mm_below(rng, tok->n - bytes + 1);
        int right = mm_below(rng, 2) ? tok->byte[(int)letter(rng, letters)] : bytes + mm_below(rng, tok->n - bytes + 1);
        if (left < tok->n && right < tok->n) {
            char *text = mm_merge_text(tok, left, right);
            mm_token_add(tok, text);
            mm_merge_add(tok, (Merge){left, right, mm_token_find(tok, text)});
            free(text);
        }
    }
    for (int i = tok->n_merges - 1; i > 0; i--) { /* ranks in another order than that in which tokens were made */
        int k = mm_below(rng, i + 1);
        Merge swap = tok->merge[i];
        tok->merge[i] = tok->merge[k];
        tok->merge[k] = swap;
    }
    for (int i = 0; i < tok->n_merges; i++) {
        *mm_pair_value(&tok->rank, tok->merge[i].left, tok->merge[i].right, 0) = i;
    }
    mm_token_add_specials(tok);
    return tok;
}

static void as_the_rule_says(void **state)
{
    (void)state;
    enum { MOST = 40 };
    Rng rng = mm_rng(1, "words");
    Merging *merging = mm_merging_new(MOST);
    int merged = 0;
    for (int round = 0; round < 300; round++) {
        int letters = 1 + mm_below(&rng, 3);
        Tokenizer *tok = random_tokenizer(&rng, letters, 2 + mm_below(&rng, 20));
        for (int i = 0; i < 100; i++) {
            char word[MOST];
            int n = 1 + mm_below(&rng, MOST), expected[MOST], got[MOST];
            for (int k = 0; k < n; k++) {
                word[k] = letter(&rng, letters);
            }
            mm_word_bytes(tok, word, (size_t)n, expected);
            memcpy(got, expected, sizeof got);
            int m = merge_by_rounds(tok, expected, n);
            assert_int_equal(mm_merge_word(tok, merging, got, n), m);
            assert_memory_equal(got, expected, (size_t)m * sizeof *got);
            merged += n - m;
        }
        mm_tokenizer_free(tok);
    }
    assert_true(merged > 100000); /* there was something to do */
    mm_merging_free(merging);
}

/* Of three equal neighbours the first two are the pair. */
static void left_to_right(void **state)
{
    (void)state;
    Error err;
    Tokenizer *tok = mm_tokenizer_learn((const char *const[]){"aab aab aab"}, 1, 515, false, &err); /* a a */
    int n, *ids = mm_encode(tok, "aaaaab", &n, &err), a = tok->byte['a'], aa = tok->merge[0].result;
    assert_int_equal(n, 4);
    assert_memory_equal(ids, ((int[]){aa, aa, a, tok->byte_end['b']}), sizeof(int[4]));
    free(ids);
    mm_tokenizer_free(tok);
}

/* A megabyte without a space. In rounds over the whole word these merges take a minute. */
static void long_word(void **state)
{
    (void)state;
    Rng rng = mm_rng(2, "words");
    Tokenizer *tok = random_tokenizer(&rng, 26, 8000);
    char *text = malloc(MM_TEXT_LIMIT + 1);
    for (int i = 0; i < MM_TEXT_LIMIT; i++) {
        text[i] = letter(&rng, 26);
    }
    text[MM_TEXT_LIMIT] = 0;
    Error err;
    int n;
    clock_t start = clock();
    int *ids = mm_encode(tok, text, &n, &err);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_non_null(ids);
    assert_true(n < MM_TEXT_LIMIT * 3 / 4);
    if (seconds > 10) { /* a tenth of this in a release build, more under a sanitizer */
        fail_msg("%.1f s for %d tokens", seconds, n);
    }
    char *back = mm_decode(tok, ids, n);
    assert_string_equal(back, text);
    free(back);
    free(ids);
    free(text);
    mm_tokenizer_free(tok);
}

/* Accents are sorted in the square of their number. */
static void marks(void **state)
{
    (void)state;
    Error err;
    Tokenizer *tok = mm_tokenizer_of_bytes();
    mm_token_add_specials(tok);
    char text[2 + 2 * (MM_MARKS_LIMIT + 1)] = "e";
    for (int i = 0; i < MM_MARKS_LIMIT; i++) {
        strcat(text, i % 2 ? "\u0301" : "\u0316");
    }
    int n, *ids = mm_encode(tok, text, &n, &err);
    assert_non_null(ids);
    free(ids);
    strcat(text, "\u0301");
    assert_null(mm_encode(tok, text, &n, &err));
    says(&err, "the text: byte 514", "more than 256 combining marks on one letter");
    mm_tokenizer_free(tok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_rule_says),
        cmocka_unit_test(left_to_right),
        cmocka_unit_test(long_word),
        cmocka_unit_test(marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
