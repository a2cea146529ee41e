/* elementary.c: small numbers that can be found with a pocket calculator, or in other implementations: 10 decimals in double,
 * 6 in float. And what must hold of dropout, whose numbers nobody else has. */
#include "golden.h"
#include "mm/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_decimals(double got, double wanted)
{
    if (!(fabs(got - wanted) <= (sizeof(real) == sizeof(double) ? 1e-10 : 1e-6))) {
        fail_msg("%.12f instead of %.10f", got, wanted);
    }
}

static void two_gelus(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_input(g, MM_SHAPE(5), (const real[]){-3, -1, 0, 0.5, 2});
    static const double quick[] = {-0.0180713097, -0.1542042341, 0, 0.3503884366, 1.9356586231};
    static const double with_erf[] = {-0.0040496941, -0.1586552539, 0, 0.3457312306, 1.9544997361};
    const Tensor *q = mm_quick_gelu(g, x), *e = mm_gelu(g, x);
    golden_decimals("QuickGELU at -3, -1, 0, 0.5, 2", q->data, quick, 5, 10);
    golden_decimals("GELU at -3, -1, 0, 0.5, 2", e->data, with_erf, 5, 10);
    mm_graph_free(g);
}

/* Far from 0 all are 0 or x, without overflow on the way, and what is not a number stays so. */
static void activations_of_large_numbers(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_input(g, MM_SHAPE(5), (const real[]){-1e4, -90, 90, 1e4, (real)NAN});
    const Tensor *y[] = {mm_quick_gelu(g, x), mm_gelu(g, x), mm_gelu_tanh(g, x), mm_silu(g, x), mm_softplus(g, x)};
    for (int k = 0; k < 5; k++) {
        for (int i = 0; i < 4; i++) {
            assert_decimals((double)y[k]->data[i], fmax(0, (double)x->data[i]));
        }
        assert_true(isnan(y[k]->data[4]));
    }
    mm_graph_free(g);
}

static void cross_entropies(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Tensor *z = mm_input(g, MM_SHAPE(3, 3), (const real[]){2, 0.5, -1, 0.1, 1.5, 0.2, -0.3, 0.4, 0.9});
    Tensor *z_t = mm_permute(g, z, (const int[]){1, 0});
    static const int pairs[] = {0, 1, 2};
    Tensor *rows = mm_cross_entropy(g, z, pairs, NULL, 0), *columns = mm_cross_entropy(g, z_t, pairs, NULL, 0);
    Tensor *smoothed = mm_cross_entropy(g, z, pairs, NULL, 0.1), *clip = mm_affine(g, mm_add(g, rows, columns), 0.5, 0);
    golden_decimals("cross-entropy", rows->data, (double[]){0.4351198821}, 1, 10);
    golden_decimals("cross-entropy, smoothing 0.1", smoothed->data, (double[]){0.5340087710}, 1, 10);
    golden_decimals("cross-entropy both ways, CLIP's loss", clip->data, (double[]){0.4263127348}, 1, 10);
    mm_graph_free(g);
}

/* A vector of zeros has length 0 and feels no pull; of several that are largest, the first feels all of it; what a clamp holds at
 * the edge of asin feels nothing of the infinite slope there. */
static void corners(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Params *ps = mm_params_new(1);
    Tensor *zero = mm_param(ps, "zero", MM_SHAPE(3), (Init){MM_ZERO, 0}),
           *same = mm_param(ps, "same", MM_SHAPE(3), (Init){MM_CONSTANT, 1});
    Tensor *two = mm_param(ps, "two", MM_SHAPE(3), (Init){MM_CONSTANT, 2});
    Tensor *angle = mm_asin(g, mm_clamp(g, two, -1, 1));
    Tensor *y = mm_add(g, mm_add(g, mm_norm(g, zero, 0), mm_max(g, same, 0)), mm_mean(g, angle, 0));
    mm_backward(g, y);
    assert_decimals((double)*y->data, 1 + M_PI_2);
    for (int i = 0; i < 3; i++) {
        assert_decimals((double)zero->grad[i], 0);
        assert_decimals((double)same->grad[i], i == 0);
        assert_decimals((double)two->grad[i], 0);
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

/* A class that is hidden (-infinity) and not wanted costs nothing. */
static void cross_entropy_of_a_hidden_class(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Tensor *z = mm_input(g, MM_SHAPE(1, 3), (const real[]){0, -(real)INFINITY, 0});
    assert_decimals((double)*mm_cross_entropy(g, z, (const int[]){2}, NULL, 0)->data, log(2));
    mm_graph_free(g);
}

enum { MANY = 40000 };

static Tensor *dropped(Graph *g, int threads)
{
    mm_set_threads(threads);
    Tensor *ones = mm_affine(g, mm_input(g, MM_SHAPE(MANY), NULL), 0, 1);
    return mm_dropout(g, ones, 0.25);
}

/* p = 1/4: an element is 0 or 4/3, and a quarter of them is 0, within five standard deviations of sqrt(3/16 / MANY). */
static void dropout(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(7), *same_seed = mm_graph_new(7);
    const Tensor *y = dropped(g, 1), *next = dropped(g, 1), *with_threads = dropped(same_seed, 2);
    int zeros = 0, differ = 0;
    for (int i = 0; i < MANY; i++) {
        zeros += y->data[i] == 0;
        differ += y->data[i] != next->data[i];
        assert_decimals((double)y->data[i], y->data[i] == 0 ? 0 : 4 / 3.0);
    }
    assert_true(fabs(zeros / (double)MANY - 0.25) < 5 * sqrt(3 / 16.0 / MANY));
    assert_true(fabs(differ / (double)MANY - 0.375) < 0.02); /* the second is dropped at other places: 2 1/4 3/4 */
    assert_memory_equal(y->data, with_threads->data, MANY * sizeof(real));
    mm_graph_train(g, false);
    Tensor *x = mm_input(g, MM_SHAPE(3), NULL);
    assert_ptr_equal(mm_dropout(g, x, 0.25), x);
    mm_graph_free(g);
    mm_graph_free(same_seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_gelus), cmocka_unit_test(activations_of_large_numbers),    cmocka_unit_test(cross_entropies),
        cmocka_unit_test(corners),   cmocka_unit_test(cross_entropy_of_a_hidden_class), cmocka_unit_test(dropout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
