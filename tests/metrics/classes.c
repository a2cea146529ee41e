/* classes.c: accuracy, confusion and a classifier made of texts, worked out by hand; the usual mistakes give other numbers. */
#include "mm/metrics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>

static void near(double a, double b)
{
    if (!(fabs(a - b) < (sizeof(real) == sizeof(double) ? 1e-12 : 1e-6))) {
        fail_msg("%.15g is not %.15g", a, b);
    }
}

/* Five pictures, three classes: right; two tied at the top; all tied; wrong, the truth second; wrong, the truth third. */
static const real scores[15] = {3, 1, 2, 1, 1, 0, 0, 0, 0, 1, 3, 2, 3, 2, 1};
static const int truth[5] = {0, 1, 2, 2, 2};

static void accuracy(void **state)
{
    (void)state;
    const int guess[5] = {0, 1, 2, 0, 0};
    near(mm_accuracy(guess, truth, 5), 0.6);
    near(mm_accuracy(guess, truth, 0), 0);
    near(mm_majority(truth, 5), 0.6);
    near(mm_majority(truth, 1), 1);
    near(mm_topk(1, scores, 5, 3, truth), (1 + 0.5 + 1.0 / 3 + 0 + 0) / 5);
    near(mm_topk(2, scores, 5, 3, truth), (1 + 1 + 2.0 / 3 + 1 + 0) / 5);
    near(mm_topk(3, scores, 5, 3, truth), 1);
    near(mm_topk(7, scores, 5, 3, truth), 1); /* more than there are */
}

/* [class_recall] */
static void confusion(void **state)
{
    (void)state;
    const double t = 1.0 / 3, expected[9] = {1, 0, 0, 0.5, 0.5, 0, 1 + t, 1 + t, t};
    double m[9];
    mm_confusion(scores, 5, 3, truth, m);
    for (int i = 0; i < 9; i++) {
        near(m[i], expected[i]);
    }
    near((m[0] + m[4] + m[8]) / 5, mm_topk(1, scores, 5, 3, truth)); /* the diagonal is acc@1 */
    near(mm_class_recall(m, 3), (1 + 0.5 + t / 3) / 3);
    const double empty[9] = {2, 0, 0, 0, 0, 0, 1, 1, 2}; /* nothing is of class 1: it does not count */
    near(mm_class_recall(empty, 3), (1 + 0.5) / 2);
    const real broken[3] = {NAN, NAN, NAN};
    mm_confusion(broken, 1, 3, (const int[]){1}, m);
    near(m[3], t); /* no answer at all is a guess */
}

/* [prompt_ensemble] Two texts for class 0, one of them long: (3, 4) and (0, .1); one for class 2; none for class 1. */
static void ensemble(void **state)
{
    (void)state;
    const real embedding[6] = {3, 4, -2, 0, 0, (real)0.1};
    const int label[3] = {0, 2, 0};
    real w[6];
    mm_prompt_ensemble(embedding, label, 3, 3, 2, w);
    double x = 0.6, y = 0.8 + 1, length = sqrt(x * x + y * y);
    near((double)w[0], x / length);
    near((double)w[1], y / length);
    near((double)w[2], 0);
    near((double)w[3], 0);
    near((double)w[4], -1);
    near((double)w[5], 0);
    double raw = 3 / sqrt(9 + 4.1 * 4.1); /* the long text alone decides if nothing is normalised before the sum */
    assert_true(fabs(raw - (double)w[0]) > 0.1);
    assert_true(fabs(x / 2 - (double)w[0]) > 1e-2); /* and a mean that is not normalised after it is shorter than 1 */
}

/* Opposite texts cancel, and a text of zeros says nothing: no number of them is NaN. */
static void no_direction(void **state)
{
    (void)state;
    const real embedding[8] = {1, 0, -1, 0, 0, 0, 0, 5};
    const int label[4] = {0, 0, 1, 1};
    real w[4];
    mm_prompt_ensemble(embedding, label, 4, 2, 2, w);
    near((double)w[0], 0);
    near((double)w[1], 0);
    near((double)w[2], 0);
    near((double)w[3], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accuracy),
        cmocka_unit_test(confusion),
        cmocka_unit_test(ensemble),
        cmocka_unit_test(no_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
