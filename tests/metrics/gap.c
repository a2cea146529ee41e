/* gap.c against its definition, one cosine after the other. */
#include "mm/metrics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>

enum { N = 7, D = 5 };

static void near(double a, double b)
{
    if (!(fabs(a - b) < (sizeof(real) == sizeof(double) ? 1e-12 : 1e-6))) {
        fail_msg("%.15g is not %.15g", a, b);
    }
}

static void draw(real *x, const char *name)
{
    Rng rng = mm_rng(1, name);
    for (int i = 0; i < N; i++) {
        double squares = 0;
        for (int d = 0; d < D; d++) {
            x[i * D + d] = (real)(mm_normal(&rng) + 0.5);
            squares += (double)x[i * D + d] * (double)x[i * D + d];
        }
        for (int d = 0; d < D; d++) {
            x[i * D + d] /= (real)sqrt(squares);
        }
    }
}

/* The mean of a_i b_j over i = j, or over i != j. */
static double mean_cosine(const real *a, const real *b, bool same)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            for (int d = 0; d < D && (i == j) == same; d++) {
                sum += (double)a[i * D + d] * (double)b[j * D + d];
            }
        }
    }
    return sum / (same ? N : N * (N - 1));
}

/* [modality_gap] */
static void definition(void **state)
{
    (void)state;
    real a[N * D], b[N * D];
    draw(a, "a");
    draw(b, "b");
    ModalityGap g = mm_modality_gap(a, b, N, D);
    near(g.within_a, mean_cosine(a, a, false));
    near(g.within_b, mean_cosine(b, b, false));
    near(g.pairs, mean_cosine(a, b, true));
    near(g.others, mean_cosine(a, b, false));
    double square = 0;
    for (int d = 0; d < D; d++) {
        double difference = 0;
        for (int i = 0; i < N; i++) {
            difference += (double)(a[i * D + d] - b[i * D + d]) / N;
        }
        square += difference * difference;
    }
    near(g.distance, sqrt(square));
    assert_true(fabs(g.within_a - mean_cosine(a, a, true)) > 0.1); /* with itself every row has cosine 1: leave that out */
    ModalityGap none = mm_modality_gap(a, a, N, D);
    near(none.distance, 0);
    near(none.pairs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(definition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
