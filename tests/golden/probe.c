/* probe.c: [logistic] the optimum of the linear probe is scikit-learn's; with the usual mistakes in the objective it is another one. */
#include "golden.h"
#include "mm/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 60, D = 8, CLASSES = 4, NUMBERS = CLASSES * D + CLASSES };

static real x[N * D];
static int y[N];

static int load(void **state)
{
    (void)state;
    Golden g = golden_open("probe.json", "examples");
    for (int i = 0; i < N * D; i++) {
        x[i] = (real)json_number_value(json_array_get(json_object_get(g.arrays, "x"), (size_t)i));
    }
    for (int i = 0; i < N; i++) {
        y[i] = (int)json_integer_value(json_array_get(json_object_get(g.arrays, "y"), (size_t)i));
    }
    golden_close(g);
    return 0;
}

static Logistic fit(double C, Logistic *from)
{
    Logistic l = from ? *from : (Logistic){0};
    double tolerance = sizeof(real) == sizeof(double) ? 1e-9 : 1e-5;
    assert_true(mm_logistic_fit(x, y, N, D, CLASSES, (LogisticOptions){.C = C, .tolerance = tolerance}, &l));
    return l;
}

/* The largest difference to the golden, relative to the largest number of it. */
static double off(const Logistic *l, const char *name)
{
    Golden g = golden_open("probe.json", name);
    double largest = 0, most = 0;
    for (int k = 0; k < NUMBERS; k++) {
        const char *key = k < CLASSES * D ? "weight" : "bias";
        int at = k < CLASSES * D ? k : k - CLASSES * D;
        double wanted = json_number_value(json_array_get(json_object_get(g.arrays, key), (size_t)at));
        double got = (double)(k < CLASSES * D ? l->weight[at] : l->bias[at]);
        largest = fmax(largest, fabs(wanted));
        most = fmax(most, fabs(wanted - got));
    }
    golden_close(g);
    return most / largest;
}

static const struct {
    const char *name;
    double C;
} goldens[] = {{"C = 0.01", 0.01}, {"C = 0.316", 0.316}, {"C = 10", 10}};

/* [logistic] The line search compares losses, of which float knows seven digits; around an optimum a loss differs by the square of the distance
 * to it, so half of these are left. */
static void optimum(void **state)
{
    const double allowed = sizeof(real) == sizeof(double) ? 1e-6 : 1e-3;
    (void)state;
    Logistic along = {0};
    for (int i = 0; i < 3; i++) {
        Logistic l = fit(goldens[i].C, NULL);
        along = fit(goldens[i].C, &along); /* from the optimum of the C before */
        double cold = off(&l, goldens[i].name), warm = off(&along, goldens[i].name);
        printf("| logistic, %-10s | from 0: %.1e | from the one before: %.1e |\n", goldens[i].name, cold, warm);
        assert_true(cold < allowed && warm < allowed);
        mm_logistic_free(&l);
    }
    mm_logistic_free(&along);
}

/* The mean in the place of the sum, and |W|^2 in the place of its half, are other C; a penalty on the bias moves it. */
static void mistakes(void **state)
{
    (void)state;
    Logistic mean = fit(0.316 / N, NULL), whole = fit(0.158, NULL);
    assert_true(off(&mean, "C = 0.316") > 0.1);
    assert_true(off(&whole, "C = 0.316") > 0.1);
    mm_logistic_free(&mean);
    mm_logistic_free(&whole);
    Logistic l = fit(0.01, NULL);
    double loss = l.loss;
    for (int c = 0; c < CLASSES; c++) {
        l.bias[c] = 0;
    }
    assert_true(off(&l, "C = 0.01") > 0.1);
    assert_true(mm_logistic_fit(x, y, N, D, CLASSES, (LogisticOptions){.C = 0.01, .iterations = 1, .tolerance = 1e-9}, &l));
    assert_true(l.loss > loss && !l.converged); /* one step does not lead there */
    mm_logistic_free(&l);
}

static void broken(void **state)
{
    (void)state;
    real bad[N * D];
    for (int i = 0; i < N * D; i++) {
        bad[i] = i == 5 ? (real)NAN : x[i];
    }
    Logistic l = {0};
    assert_false(mm_logistic_fit(bad, y, N, D, CLASSES, (LogisticOptions){.C = 1, .tolerance = 1e-5}, &l));
    mm_logistic_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimum),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(broken),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
