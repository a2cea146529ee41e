/* vqa.c: answers as VQA's own code spells and counts them. */
#include "mm/metrics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void near(double got, double wanted)
{
    if (!(fabs(got - wanted) < 1e-15)) {
        fail_msg("%.17g is not %.17g", got, wanted);
    }
}

/* From vqaEval.py itself. */
static void spelling(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"Yes.", "yes"},
        {"two", "2"},
        {"on the table", "on table"},
        {"1,000", "1000"},
        {"1.5", "1.5"},
        {"u.s.a.", "usa"},
        {"dont", "don't"},
        {"isnt", "isn't"},
        {"black/white", "black white"},
        {"a-b", "b"},
        {"10 a.m.", "10 am"},
        {"none", "0"},
        {"T-shirt", "t shirt"},
        {"3.", "3"},
        {"1,000 - 2,000", "1000 2000"},
        {"an apple's", "apple's"},
        {"somebody'd", "somebodyd"},
        /* by its rules, worked out by hand */
        {"somebodyd've", "somebody'd've"},
        {"shouldn'tve", "shouldn't've"},
        {"ow's'at", "'ow's'at"},
        {"'ow'sat", "'ow's'at"},
        {"twas", "'twas"},
        {"youve", "you've"},
        {"ain", "ain"},
        {"cat - dog", "cat dog"},
        {"cat - dog-house", "cat doghouse"},
        {"The", ""},
        {"", ""},
        {"\xe4\xb8\x80\xe5\x8f\xaa\xe7\x8c\xab", "\xe4\xb8\x80\xe5\x8f\xaa\xe7\x8c\xab"},
        {"........................................", "........"}, /* 32 of 40 go */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *got = mm_vqa_answer(table[i][0]);
        assert_string_equal(got, table[i][1]);
        free(got);
    }
}

/* [vqa_accuracy] */
static void scores(void **state)
{
    (void)state;
    static const double of_ten[] = {0, .3, .6, .9, 1, 1, 1, 1, 1, 1, 1};
    for (int matches = 0; matches <= 10; matches++) {
        near(mm_vqa_score(matches, 10), of_ten[matches]);
        const char *answer[10];
        for (int i = 0; i < 10; i++) {
            answer[i] = i < matches ? "Red." : i % 2 ? "blue" : "green";
        }
        near(mm_vqa_accuracy("red", answer, 10), matches < 10 ? of_ten[matches] : 0);
    }
    near(mm_vqa_score(0, 0), 0);
}

/* Where all ten are the same to the letter nothing is normalised. */
static void unanimous(void **state)
{
    (void)state;
    const char *same[10], *almost[10];
    for (int i = 0; i < 10; i++) {
        same[i] = "two";
        almost[i] = i ? "two" : "2";
    }
    near(mm_vqa_accuracy("2", same, 10), 0);
    near(mm_vqa_accuracy(" two\n", same, 10), 1);
    near(mm_vqa_accuracy("2", almost, 10), 1);
    near(mm_vqa_accuracy("the two", almost, 10), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spelling), cmocka_unit_test(scores), cmocka_unit_test(unanimous)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
