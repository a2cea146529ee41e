/* nearest.c: exact search against sorting everything. */
#include "mm/metrics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_score(const void *a, const void *b)
{
    const Neighbour *x = a, *y = b;
    if (x->score != y->score) {
        return x->score < y->score ? 1 : -1;
    }
    return x->at - y->at;
}

/* Small whole numbers: sums are exact in any order, and most scores occur many times. */
static real *whole_numbers(Rng rng, size_t n, int most)
{
    real *x = malloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        x[i] = (real)(mm_below(&rng, 2 * most + 1) - most);
    }
    return x;
}

static void same(const Neighbour *a, const Neighbour *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (a[i].at != b[i].at || !(a[i].score == b[i].score)) {
            fail_msg("place %d: row %d with %g, not row %d with %g", i, b[i].at, (double)b[i].score, a[i].at, (double)a[i].score);
        }
    }
}

/* [k_best] */
static void against_sorting(int n, int m, int width, int k, int most)
{
    real *query = whole_numbers(mm_rng(1, "query"), (size_t)n * (size_t)width, most);
    real *stored = whole_numbers(mm_rng(2, "stored"), (size_t)m * (size_t)width, most);
    Neighbour *found = malloc((size_t)(n * k + 1) * sizeof *found), *all = malloc((size_t)m * sizeof *all);
    mm_nearest(query, n, stored, m, width, k, found);
    for (int q = 0; q < n; q++) {
        for (int j = 0; j < m; j++) {
            all[j] = (Neighbour){0, j};
            for (int i = 0; i < width; i++) {
                all[j].score += query[q * width + i] * stored[j * width + i];
            }
        }
        qsort(all, (size_t)m, sizeof *all, by_score);
        same(all, found + q * k, k);
    }
    free(query);
    free(stored);
    free(found);
    free(all);
}

/* One query, a few, enough for a GEMM, more than a group; less than a block, and blocks that do not come out even; k from 1 to all. */
static void all_sizes(void **state)
{
    (void)state;
    static const int queries[] = {1, 3, 16, 40, 200}, stored[] = {1, 5, 256, 257, 1500}, ks[] = {1, 2, 10, 257, 1500};
    for (int n = 0; n < 5; n++) {
        for (int m = 0; m < 5; m++) {
            for (int k = 0; k < 5; k++) {
                if (ks[k] <= stored[m] && (n < 3 || k < 3)) {
                    against_sorting(queries[n], stored[m], 7, ks[k], 2);
                }
            }
        }
    }
    against_sorting(2, 600, 64, 5, 9);
    against_sorting(9, 600, 1, 600, 1); /* three scores in all */
}

static void equal_ones_as_stored(void **state)
{
    (void)state;
    enum { M = 2000 };
    real stored[M];
    Neighbour found[50];
    for (int i = 0; i < M; i++) {
        stored[i] = 1;
    }
    mm_nearest((const real[]){1}, 1, stored, M, 1, 50, found);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(found[i].at, i);
    }
}

static void no_number_comes_last(void **state)
{
    (void)state;
    const real stored[5] = {NAN, -1, -(real)INFINITY, 2, NAN}, one = 1;
    const int order[5] = {3, 1, 0, 2, 4};
    Neighbour found[5];
    mm_nearest(&one, 1, stored, 5, 1, 5, found);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(found[i].at, order[i]);
    }
    mm_nearest(&one, 1, stored, 5, 1, 1, found);
    assert_int_equal(found[0].at, 3);
    Neighbour many[32];
    real ones[16];
    for (int i = 0; i < 16; i++) {
        ones[i] = 1;
    }
    mm_nearest(ones, 16, stored, 5, 1, 2, many); /* by GEMM */
    for (int i = 0; i < 32; i++) {
        assert_int_equal(many[i].at, order[i % 2]);
    }
}

static void any_number_of_threads(void **state)
{
    (void)state;
    enum { N = 20, M = 3000, WIDTH = 33, K = 20 };
    Neighbour found[2][N * K];
    for (int n = 1; n <= N; n += N - 1) {
        real *query = malloc(N * WIDTH * sizeof *query), *stored = malloc(M * WIDTH * sizeof *stored);
        Rng rng = mm_rng(3, "any");
        for (int i = 0; i < N * WIDTH; i++) {
            query[i] = (real)mm_normal(&rng);
        }
        for (int i = 0; i < M * WIDTH; i++) {
            stored[i] = (real)mm_normal(&rng);
        }
        for (int t = 0; t < 2; t++) {
            mm_set_threads(1 + 2 * t);
            mm_nearest(query, n, stored, M, WIDTH, K, found[t]);
        }
        same(found[0], found[1], n * K);
        free(query);
        free(stored);
    }
    mm_set_threads(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes),
        cmocka_unit_test(equal_ones_as_stored),
        cmocka_unit_test(no_number_comes_last),
        cmocka_unit_test(any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
