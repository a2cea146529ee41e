/* lexicon.c: words that were rated, negations, and lists that are not as they should be. */
#include "lexicon.h"
#include "../io/scratch.h"

#include "io/memory.h"

static void sums(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double glad, sad;
    } expected[] = {
        {"", 0, 0},
        {"It is a phone.", 0, 0},
        {"Good, and GREAT!", 3 + 3.5, 0},
        {"good but bad", 3, -2.5},
        {"goodness", 0, 0},
        {"Not good.", 0, -3},
        {"isn't very good", 0, -3},
        {"not good bad great", 2.5, -6.5},
        {"not at all so good", 3, 0}, /* the fourth word after it */
        {"No. Good!", 3, 0},          /* another sentence */
        {"not, good", 3, 0},
        {"never never good", 0, -3},
        {"\xe5\xa5\xbd good \xff\xfe", 3, 0}, /* Chinese, and bytes that are no UTF-8 */
        {"na\xc3\xafve", 0, -1},
    };
    put_text(scratch("words.tsv"), "word\tvalence\ngreat\t3.5\nbad\t-2.5\ngood\t3\nna\xc3\xafve\t-1\n");
    Error err;
    Lexicon *l = lexicon_load(scratch("words.tsv"), &err);
    assert_non_null(l);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        real sum[LEXICON_SUMS];
        lexicon_read(l, expected[i].text, sum);
        if (sum[0] != expected[i].glad || sum[1] != expected[i].sad) {
            fail_msg("\"%s\": %g and %g, expected %g and %g", expected[i].text, sum[0], sum[1], expected[i].glad,
                     expected[i].sad);
        }
    }
    lexicon_free(l);
}

static void very_long_words(void **state)
{
    (void)state;
    enum { LONG = 1 << 20 };
    char *text = mm_take(LONG + 8, 1);
    memset(text, 'g', LONG);
    strcpy(text + LONG, " good");
    put_text(scratch("words.tsv"), "word\tvalence\ngood\t3\n");
    Error err;
    real sum[LEXICON_SUMS];
    Lexicon *l = lexicon_load(scratch("words.tsv"), &err);
    lexicon_read(l, text, sum);
    assert_true(sum[0] == 3 && sum[1] == 0);
    lexicon_free(l);
    free(text);
}

static void bad_lists(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"word\tvalue\ngood\t3\n", ":1: no column named \"valence\""},
        {"valence\n3\n", "no column named \"word\""},
        {"word\tvalence\ngood\tvery\n", ":2: the valence \"very\""},
        {"word\tvalence\ngood\t3\nbad\t-6\n", ":3: the valence \"-6\" is not a number from -5 to 5"},
        {"word\tvalence\ngood\tnan\n", ":2: the valence \"nan\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error err;
        put_text(scratch("words.tsv"), bad[i][0]);
        assert_null(lexicon_load(scratch("words.tsv"), &err));
        says(&err, "words.tsv", bad[i][1]);
    }
    Error err;
    assert_null(lexicon_load(scratch("none.tsv"), &err));
    says(&err, "none.tsv", "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(sums), IN_SCRATCH(very_long_words), IN_SCRATCH(bad_lists)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
