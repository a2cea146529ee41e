/* poison.c: in a debug build, whoever uses a tensor after mm_graph_reset reads NaN, in every chunk of the arena. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mm/ops.h"

static void stale_numbers_are_nan(void **state)
{
    (void)state;
    enum { TENSORS = 40 };
    Graph *g = mm_graph_new(1);
    const real *data[TENSORS];
    size_t first = 0;
    for (int i = 0; i < TENSORS; i++) { /* 40 tensors of 64 KiB: the arena grows several times */
        Tensor *t = mm_input(g, MM_SHAPE(128, 128), NULL);
        data[i] = t->data;
        first = first ? first : mm_graph_bytes(g);
    }
    assert_true(mm_graph_bytes(g) > 2 * first);
    for (int i = 0; i < TENSORS; i++) {
        assert_true(data[i][0] == 0 && data[i][128 * 128 - 1] == 0);
    }
    mm_graph_reset(g);
    for (int i = 0; i < TENSORS; i++) {
        assert_true(isnan(data[i][0]) && isnan(data[i][128 * 128 - 1]));
    }
    mm_graph_free(g);
}

/* New tensors are not touched by it: inputs are copied or zero, results are written. */
static void fresh_numbers_are_right(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(3), (Init){MM_CONSTANT, 2});
    for (int step = 0; step < 3; step++) {
        mm_params_zero_grad(ps);
        Tensor *y = mm_sum(g, mm_mul(g, x, mm_add(g, x, mm_input(g, MM_SHAPE(3), NULL))), MM_ALL);
        mm_backward(g, y);
        assert_true(y->data[0] == 12 && x->grad[1] == 4);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stale_numbers_are_nan), cmocka_unit_test(fresh_numbers_are_right)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
