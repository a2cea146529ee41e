/* sentiment.c: metrics of CMU-MOSI, worked out by hand; the usual mistakes give other numbers. */
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

/* [balanced_accuracy] [weighted_f1] Eight of class 0, two of class 1; the guess finds seven and one. */
static void classes(void **state)
{
    (void)state;
    const int truth[10] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1}, guess[10] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 0}, none[10] = {0};
    near(mm_accuracy(guess, truth, 10), 0.8);
    near(mm_balanced_accuracy(guess, truth, 10, 2), (7.0 / 8 + 1.0 / 2) / 2);
    near(mm_balanced_accuracy(none, truth, 10, 2), 0.5);
    near(mm_balanced_accuracy(none, truth, 8, 2), 1); /* only class 0 occurs */
    near(mm_balanced_accuracy(none, truth, 0, 2), 0);
    double f0 = 2 * 7.0 / (8 + 8), f1 = 2 * 1.0 / (2 + 2);
    near(mm_weighted_f1(guess, truth, 10, 2), 0.8 * f0 + 0.2 * f1);
    assert_true(fabs((f0 + f1) / 2 - mm_weighted_f1(guess, truth, 10, 2)) > 0.1); /* the macro mean is another */
    near(mm_weighted_f1(none, truth, 10, 2), 0.8 * 16 / 18);
    near(mm_weighted_f1(none, truth, 0, 2), 0);
}

/* scikit-learn 1.2: f1_score(average="weighted"), balanced_accuracy_score of these. */
static void three_classes(void **state)
{
    (void)state;
    const int truth[8] = {0, 1, 2, 2, 1, 0, 2, 2}, guess[8] = {0, 2, 2, 2, 1, 1, 0, 2};
    near(mm_weighted_f1(guess, truth, 8, 3), (2 * 2.0 / 4 + 2 * 2.0 / 4 + 4 * 6.0 / 8) / 8);
    near(mm_balanced_accuracy(guess, truth, 8, 3), (0.5 + 0.5 + 0.75) / 3);
}

/* [acc7] Halves go to even: 0.5 to 0, 1.5 to 2, 2.5 to 2, -0.5 to 0. Both sides are clipped first. */
static void rounding(void **state)
{
    (void)state;
    const real truth[6] = {0, 2, 2, 0, 3, -3}, guess[6] = {(real)0.5, (real)1.5, (real)2.5, (real)-0.5, 9, (real)-2.6};
    near(mm_rounded_accuracy(guess, truth, 6, 3), 1);
    near(mm_rounded_accuracy(guess, truth, 5, 2), 1);
    const real up[4] = {(real)0.51, (real)1.49, (real)2.51, (real)-0.51};
    near(mm_rounded_accuracy(up, truth, 4, 3), 0);
    near(mm_rounded_accuracy(up, truth, 4, 2), 0.25); /* 2.51 is clipped to 2 */
    near(mm_rounded_accuracy(up, truth, 0, 2), 0);
    const real not_a_number[1] = {NAN};
    near(mm_rounded_accuracy(not_a_number, truth + 5, 1, 3), 0);
}

/* [pearson] */
static void distances(void **state)
{
    (void)state;
    const real truth[4] = {1, 2, 3, 4}, guess[4] = {2, 2, 2, 6}, same[4] = {1, 1, 1, 1}, back[4] = {-1, -2, -3, -4};
    near(mm_mae(guess, truth, 4), 1);
    near(mm_mae(guess, truth, 0), 0);
    near(mm_pearson(guess, truth, 4), 6 / sqrt(5.0 * 12));
    near(mm_pearson(truth, truth, 4), 1);
    near(mm_pearson(back, truth, 4), -1);
    near(mm_pearson(same, truth, 4), 0);
    near(mm_pearson(truth, same, 4), 0);
}

static void scores(void **state)
{
    (void)state;
    const real truth[6] = {0, 0, 1, -2, 3, -1}, guess[6] = {1, -1, 2, -1, -1, -3};
    SentimentScores s = mm_sentiment_scores(guess, truth, 6, false), without = mm_sentiment_scores(guess, truth, 6, true);
    near(s.accuracy, 4.0 / 6);
    near(without.accuracy, 3.0 / 4);
    near(s.balanced, (0.75 + 0.5) / 2);
    near(without.balanced, (1 + 0.5) / 2);
    near(s.weighted_f1, 4.0 / 6 * 6 / 8 + 2.0 / 6 * 2 / 4);
    near(s.mae, (1 + 1 + 1 + 1 + 4 + 2) / 6.0);
    near(without.mae, s.mae); /* zeros count there */
    near(s.acc7, 0);
    near(s.acc5, 0);
    near(s.pearson, mm_pearson(guess, truth, 6));
}

/* ---- the bootstrap ---- */

static double mean(const int *pick, int n, const void *context)
{
    const double *x = context;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += x[pick[i]] / n;
    }
    return sum;
}

enum { N = 400 };

/* [bootstrap] Of a mean the interval is known: 1.96 standard errors to each side; over many samples it holds the truth 95 times of 100. */
static void interval(void **state)
{
    (void)state;
    double x[N];
    int holds = 0;
    for (int k = 0; k < 200; k++) {
        Rng rng = mm_rng((uint64_t)k, "sample");
        for (int i = 0; i < N; i++) {
            x[i] = mm_normal(&rng);
        }
        Interval v = mm_bootstrap(mean, x, N, NULL, 400, 0.95, 1);
        holds += v.low < 0 && v.high > 0;
        if (k == 0) {
            MeanSd s = mm_mean_sd(x, N);
            assert_true(fabs(v.value - s.mean) < 1e-12);
            assert_true(fabs((v.high - v.low) / (2 * 1.96 * s.sd / sqrt(N)) - 1) < 0.15);
            Interval again = mm_bootstrap(mean, x, N, NULL, 400, 0.95, 1), other = mm_bootstrap(mean, x, N, NULL, 400, 0.95, 2);
            assert_true(again.low == v.low && again.high == v.high && other.low != v.low);
        }
    }
    assert_in_range(holds, 182, 198); /* 190, give or take two and a half standard deviations */
}

/* Three seeds are few: the interval is 4.303 standard errors to each side, and holds the truth 95 times of 100, not 82 as 1.96 would. */
static void seeds(void **state)
{
    (void)state;
    const double by_hand[3] = {1, 2, 6};
    Interval v = mm_seed_interval(by_hand, 3);
    near(v.value, 3);
    near(v.high, 3 + 4.303 * sqrt(7) / sqrt(3));
    near(v.value - v.low, v.high - v.value);
    int holds = 0;
    for (int k = 0; k < 20000; k++) {
        Rng rng = mm_rng((uint64_t)k, "sample");
        double x[3] = {mm_normal(&rng), mm_normal(&rng), mm_normal(&rng)};
        v = mm_seed_interval(x, 3);
        holds += v.low < 0 && v.high > 0;
    }
    assert_in_range(holds, 18900, 19100); /* 19000, give or take three standard deviations */
    v = mm_seed_interval(by_hand, 1);
    assert_true(isinf(v.low) && isinf(v.high) && v.low < v.high && v.value == 1);
}

/* Twenty copies of each of twenty examples are twenty examples, and whoever counts 400 believes in an interval that is far too narrow. */
static void clusters(void **state)
{
    (void)state;
    double x[N], few[20];
    int cluster[N], sparse[N];
    Rng rng = mm_rng(1, "sample");
    for (int i = 0; i < 20; i++) {
        few[i] = mm_normal(&rng);
    }
    for (int i = 0; i < N; i++) {
        x[i] = few[i % 20];
        cluster[i] = i % 20;
        sparse[i] = 7 * (i % 20) + 3; /* numbers that nobody has are no clusters */
    }
    Interval alone = mm_bootstrap(mean, x, N, NULL, 1000, 0.9, 1), together = mm_bootstrap(mean, x, N, cluster, 1000, 0.9, 1);
    Interval of_few = mm_bootstrap(mean, few, 20, NULL, 1000, 0.9, 1), gaps = mm_bootstrap(mean, x, N, sparse, 1000, 0.9, 1);
    double width = together.high - together.low;
    assert_true(alone.high - alone.low < 0.3 * width);
    near(together.low, of_few.low);
    near(together.high, of_few.high);
    near(gaps.low, together.low);
    near(gaps.high, together.high);
    assert_true(together.low < together.value && together.value < together.high);
}

static void spread(void **state)
{
    (void)state;
    const double x[3] = {1, 2, 6};
    MeanSd s = mm_mean_sd(x, 3);
    near(s.mean, 3);
    near(s.sd, sqrt((4 + 1 + 9) / 2.0));
    near(mm_mean_sd(x, 1).sd, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),   cmocka_unit_test(three_classes), cmocka_unit_test(rounding),
        cmocka_unit_test(distances), cmocka_unit_test(scores),        cmocka_unit_test(interval),
        cmocka_unit_test(seeds),     cmocka_unit_test(clusters),      cmocka_unit_test(spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
