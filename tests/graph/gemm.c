/* gemm.c: mm_gemm against three plain loops, in float and in double. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mm/core.h"

typedef struct Case {
    int batch, m, n, k;
    double alpha, beta;
    bool a_t, b_t, c_t;  /* stored transposed */
    int gap;             /* unused elements after each row as it is stored */
    bool shared_a, hole; /* one A for the batch; NaN in what must not be read */
} Case;

/* A rows x columns matrix for each member of the batch, in fresh random memory. */
static Mat matrix(Rng *rng, int batch, int rows, int columns, bool transposed, int gap, bool shared, size_t *size)
{
    int line = (transposed ? rows : columns) + gap, lines = transposed ? columns : rows;
    ptrdiff_t one = (ptrdiff_t)line * lines;
    *size = (size_t)one * (size_t)(shared ? 1 : batch);
    real *p = malloc(*size * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < *size; i++) {
        p[i] = (int)(i % (size_t)line) < line - gap ? (real)mm_normal(rng) : (real)NAN;
    }
    return (Mat){p, transposed ? 1 : line, transposed ? line : 1, shared ? 0 : one};
}

static double element(Mat m, int batch, int row, int column)
{
    return (double)m.p[batch * m.batch + row * m.rs + column * m.cs];
}

static double worst_error(const Case *c, Mat a, Mat b, Mat before, Mat after)
{
    double worst = 0;
    for (int i = 0; i < c->batch; i++) {
        for (int row = 0; row < c->m; row++) {
            for (int column = 0; column < c->n; column++) {
                double sum = 0, scale = 1;
                for (int k = 0; k < c->k; k++) {
                    double term = element(a, i, row, k) * element(b, i, k, column);
                    sum += term;
                    scale += fabs(term);
                }
                double old = c->beta == 0 ? 0 : c->beta * element(before, i, row, column);
                double error = fabs(c->alpha * sum + old - element(after, i, row, column)) / (fabs(c->alpha) * scale + fabs(old));
                worst = error >= worst ? error : isnan(error) ? INFINITY : worst;
            }
        }
    }
    return worst;
}

static void run(const Case *c, uint64_t seed)
{
    Rng rng = mm_rng(seed, "gemm");
    size_t na, nb, nc;
    Mat a = matrix(&rng, c->batch, c->m, c->k, c->a_t, c->gap, c->shared_a, &na);
    Mat b = matrix(&rng, c->batch, c->k, c->n, c->b_t, c->gap, false, &nb);
    Mat y = matrix(&rng, c->batch, c->m, c->n, c->c_t, c->gap, false, &nc), before = y;
    if (c->hole) { /* beta = 0 means: not read */
        for (size_t i = 0; i < nc; i++) {
            y.p[i] = (real)NAN;
        }
    }
    before.p = malloc(nc * sizeof(real));
    assert_non_null(before.p);
    memcpy(before.p, y.p, nc * sizeof(real));
    mm_gemm(c->batch, c->m, c->n, c->k, (real)c->alpha, a, b, (real)c->beta, y);
    double worst = worst_error(c, a, b, before, y), allowed = sizeof(real) == 4 ? 2e-6 : 1e-14;
    if (worst > allowed) {
        fail_msg("%d x (%d,%d) (%d,%d) alpha %g beta %g, transposed %d %d %d, gap %d: error %g", c->batch, c->m, c->k, c->k, c->n,
                 c->alpha, c->beta, c->a_t, c->b_t, c->c_t, c->gap, worst);
    }
    int line = (c->c_t ? c->m : c->n) + c->gap;
    for (size_t i = 0; i < nc; i++) { /* the gaps are not written */
        assert_true((int)(i % (size_t)line) < line - c->gap || isnan(y.p[i]));
    }
    free(a.p);
    free(b.p);
    free(y.p);
    free(before.p);
}

static void odd_sizes_and_transposes(void **state)
{
    (void)state;
    const int sizes[][3] = {{1, 1, 1}, {1, 7, 3}, {7, 1, 3}, {5, 3, 1}, {8, 8, 8}, {17, 31, 13}, {49, 6, 97}, {3, 101, 5}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int layout = 0; layout < 8; layout++) {
            Case c = {.batch = 1, .m = sizes[s][0], .n = sizes[s][1], .k = sizes[s][2], .alpha = 1};
            c.a_t = layout & 1;
            c.b_t = layout & 2;
            c.c_t = layout & 4;
            run(&c, s);
            c.beta = 1; /* as gradients are added */
            c.gap = 3;
            run(&c, s);
            c.beta = -0.5;
            c.alpha = 0.125;
            c.batch = 3;
            run(&c, s);
        }
    }
}

static void beta_0_does_not_read(void **state)
{
    (void)state;
    run(&(Case){.batch = 2, .m = 9, .n = 5, .k = 4, .alpha = 1, .hole = true}, 1);
    run(&(Case){.batch = 1, .m = 300, .n = 200, .k = 100, .alpha = 2, .hole = true, .b_t = true}, 1);
}

static void one_operand_for_the_batch(void **state)
{
    (void)state;
    run(&(Case){.batch = 5, .m = 9, .n = 5, .k = 4, .alpha = 1, .shared_a = true}, 1);
    run(&(Case){.batch = 40, .m = 3, .n = 2, .k = 7, .alpha = 1, .beta = 1, .shared_a = true, .a_t = true}, 1);
}

/* Large enough to be cut into tiles, by rows and by columns. */
static void tiles(void **state)
{
    (void)state;
    run(&(Case){.batch = 1, .m = 523, .n = 129, .k = 65, .alpha = 1, .beta = 1, .gap = 1}, 1);
    run(&(Case){.batch = 1, .m = 131, .n = 517, .k = 67, .alpha = 1, .a_t = true}, 2);
    run(&(Case){.batch = 3, .m = 211, .n = 333, .k = 49, .alpha = 0.5, .c_t = true}, 3);
    run(&(Case){.batch = 33, .m = 61, .n = 63, .k = 65, .alpha = 1, .b_t = true}, 4);
}

/* More columns and longer sums than one block of B holds. */
static void blocks(void **state)
{
    (void)state;
    for (int layout = 0; layout < 4; layout++) {
        Case c = {.batch = 1, .m = 61, .n = 803, .k = 1541, .alpha = 1, .gap = 1, .a_t = layout & 1, .b_t = layout & 2};
        for (c.beta = -1; c.beta <= 1; c.beta++) { /* C is written by the first part of a sum, and added to by the others */
            c.hole = c.beta == 0;
            run(&c, (uint64_t)layout);
        }
    }
}

static void same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    Rng rng = mm_rng(1, "threads");
    enum { M = 333, N = 450, K = 900 };
    size_t na, nb, nc;
    Mat a = matrix(&rng, 2, M, K, false, 0, false, &na), b = matrix(&rng, 2, K, N, true, 0, false, &nb);
    Mat c = matrix(&rng, 2, M, N, false, 0, false, &nc);
    real *first = malloc(nc * sizeof *first);
    assert_non_null(first);
    for (int threads = 1; threads <= 5; threads++) {
        mm_set_threads(threads);
        mm_gemm(2, M, N, K, 1, a, b, 0, c);
        mm_gemm(1, N, M, K, 1, (Mat){b.p, b.cs, b.rs, 0}, (Mat){a.p, a.cs, a.rs, 0}, 1, (Mat){c.p, c.cs, c.rs, 0});
        if (threads == 1) {
            memcpy(first, c.p, nc * sizeof *first);
        }
        assert_memory_equal(first, c.p, nc * sizeof *first);
    }
    mm_set_threads(0);
    free(first);
    free(a.p);
    free(b.p);
    free(c.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_sizes_and_transposes),
        cmocka_unit_test(beta_0_does_not_read),
        cmocka_unit_test(one_operand_for_the_batch),
        cmocka_unit_test(tiles),
        cmocka_unit_test(blocks),
        cmocka_unit_test(same_bits_for_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
