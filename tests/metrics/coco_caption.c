/* coco_caption.c: what coco-caption gives for three pictures, to its digits; each usual mistake gives something else. */
#include "../../src/metrics/caption_words.h"
#include "mm/metrics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance)) {
        fail_msg("%.12g is not %.12g", got, wanted);
    }
}

static const char *const beach[] = {"a man riding a horse on the beach", "a person rides a brown horse near the sea",
                                    "man on horse at beach"},
                         *const sofa[] = {"a cat sits on a red sofa", "the cat is sleeping on a couch"},
                         *const park[] = {"two dogs play with a ball in the park", "dogs playing in grass",
                                          "two brown dogs chase a ball"};
static const CaptionGuess three[] = {
    {"a man riding a brown horse", beach, 3}, {"a cat on a sofa", sofa, 2}, {"two dogs play in the grass with a ball", park, 3}};

/* [bleu] [rouge_l] [cider_d] From coco-caption itself. */
static void official(void **state)
{
    (void)state;
    static const double bleu[] = {.951229424, .799192571, .600910843, .370109879},
                        rouge_l[] = {.6963470320, 12.2 / 15.08, .7134502924}, cider_d[] = {2.61780964, 2.02585252, 2.33337122};
    double rouge[3], cider[3];
    CaptionScores s = mm_caption_scores(three, 3, rouge, cider);
    for (int k = 0; k < 4; k++) {
        near(s.bleu[k], bleu[k], 5e-10);
    }
    for (int i = 0; i < 3; i++) {
        near(rouge[i], rouge_l[i], 5e-11);
        near(cider[i], cider_d[i], 5e-9);
    }
    near(s.cider_d, 2.325677793, 5e-10);
    near(s.rouge_l, (rouge_l[0] + rouge_l[1] + rouge_l[2]) / 3, 5e-11);
}

/* A perfect caption of two words has no trigram: BLEU-3 is the root of 1e-15 / 1e-9. One that is too long costs nothing, one too short
 * does. */
static void bleu_alone(void **state)
{
    (void)state;
    const char *const reference[] = {"red apple", "one red apple"}, *const two[] = {"a b", "a b c d"};
    CaptionScores s = mm_caption_scores(&(CaptionGuess){"red apple", reference, 2}, 1, NULL, NULL);
    near(s.bleu[0], 1, 1e-8);
    near(s.bleu[1], 1, 1e-8);
    near(s.bleu[2], 0.01, 1e-8);
    s = mm_caption_scores(&(CaptionGuess){"red red apple", reference, 1}, 1, NULL, NULL);
    near(s.bleu[0], 2.0 / 3, 1e-8); /* clipped: the second red is not in any */
    s = mm_caption_scores(&(CaptionGuess){"red", reference, 1}, 1, NULL, NULL);
    near(s.bleu[0], exp(1 - 2.0), 1e-8);
    s = mm_caption_scores(&(CaptionGuess){"a b c", two, 2}, 1, NULL, NULL);
    near(s.bleu[0], 1, 1e-8); /* lengths 2 and 4 are as near: 2 is taken, and nothing is lost */
    s = mm_caption_scores(&(CaptionGuess){"", reference, 1}, 1, NULL, NULL);
    near(s.bleu[0] + s.rouge_l + s.cider_d, 0, 1e-300);
}

/* With one picture every n-gram is in all of them: worth nothing. Of two: the perfect caption has 10. */
static void cider_alone(void **state)
{
    (void)state;
    const char *const a[] = {"a red apple on a table"}, *const b[] = {"two dogs play with a ball"};
    double each[2];
    near(mm_caption_scores(&(CaptionGuess){a[0], a, 1}, 1, NULL, NULL).cider_d, 0, 0);
    CaptionGuess both[] = {{a[0], a, 1}, {b[0], b, 1}};
    near(mm_caption_scores(both, 2, NULL, NULL).cider_d, 10, 1e-12);
    both[0].guess = "a red apple on a table red red red"; /* repeating does not pay, and 8 bigrams are 3 more than 5 */
    mm_caption_scores(both, 2, NULL, each);
    assert_true(each[0] < 10 * exp(-9.0 / 72));
    const char *const red[] = {"red"};
    both[0] = (CaptionGuess){"red red", red, 1}; /* (1 of 2) for n = 1, nothing to compare for n = 2, 3, 4; one bigram too many */
    mm_caption_scores(both, 2, NULL, each);
    near(each[0], 10 * 0.5 / 4 * exp(-1.0 / 72), 1e-12);
    both[0].guess = "purple elephants";
    mm_caption_scores(both, 2, NULL, each);
    near(each[0], 0, 0);
    assert_true(mm_caption_scores(NULL, 0, NULL, NULL).cider_d == 0);
}

/* The longest common subsequence is in order, and may have gaps: a c of "a b c". */
static void rouge_alone(void **state)
{
    (void)state;
    const char *const reference[] = {"a b c d"};
    double score;
    mm_caption_scores(&(CaptionGuess){"a x c", reference, 1}, 1, &score, NULL);
    double precision = 2.0 / 3, recall = 0.5;
    near(score, 2.44 * precision * recall / (recall + 1.44 * precision), 1e-12);
    mm_caption_scores(&(CaptionGuess){"d c b a", reference, 1}, 1, &score, NULL);
    near(score, 0.25, 1e-12);
}

static void words(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"A dog's bone.", "a dog 's bone"},
        {"Don't!  They're  here, aren't they?", "do n't they 're here are n't they"},
        {"It cannot be \"true\" (or can it?)", "it can not be true or can it"},
        {"1,000 people at 10:30, 3.5 miles.", "1,000 people at 10:30 3.5 miles"},
        {"a t-shirt -- red - and blue...", "a t-shirt red and blue"},
        {"Mr. Jones of the U.S. is here at 5 p.m.", "mr. jones of the u.s. is here at 5 p.m."},
        {"the dogs' 'toys'", "the dogs toys"},
        {"$5 and 10%", "$ 5 and 10 %"},
        {"\xe2\x80\x9cIt\xe2\x80\x99s\xe2\x80\x9d \xe2\x80\x94 so", "it 's so"},
        {"\xe4\xb8\x80\xe5\x8f\xaa\xe7\x8c\xab\xe3\x80\x82", "\xe4\xb8\x80 \xe5\x8f\xaa \xe7\x8c\xab"},
        {"'tis the dog 's", "'t is the dog 's"},
        {"-5 .5 -- '", "-5 .5"},
        {" . ! ", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *got = mm_caption_words(table[i][0]);
        assert_string_equal(got, table[i][1]);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(official), cmocka_unit_test(bleu_alone), cmocka_unit_test(cider_alone),
                                       cmocka_unit_test(rouge_alone), cmocka_unit_test(words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
