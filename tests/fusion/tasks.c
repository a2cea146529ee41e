/* tasks.c: modality dropout, targets, and the planted task: what is in it, and that fusions that multiply solve it and late fusion cannot. */
#include "learn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* [modality_dropout] What is dropped is dropped as often as asked for, but never all; what is missing does not come back. */
static void dropout(void **state)
{
    (void)state;
    enum { N = 20000 };
    static Triple triple[N];
    Signs *signs = signs_new(PLANTED_PARITY, 2, 1);
    Task t = signs_task(signs);
    Graph *g = mm_graph_new(1);
    assert_true(t.draw(&t, MM_TRAIN_SIDE, 1, N, triple, NULL));
    Batch b = task_batch(&t, triple, N, &(Disturb){.drop = 0.5}, mm_rng(1, "test"), g);
    double there[MM_MODALITIES] = {0};
    for (int i = 0; i < N; i++) {
        int sum = 0;
        for (int m = 0; m < MM_MODALITIES; m++) {
            sum += b.present[i * MM_MODALITIES + m] > 0;
            there[m] += (double)b.present[i * MM_MODALITIES + m] / N;
        }
        assert_true(sum > 0);
    }
    for (int m = 0; m < MM_MODALITIES; m++) { /* half, and a third of the eighth in which all would have been dropped */
        assert_true(fabs(there[m] - (0.5 + 1.0 / 24)) < 0.015);
    }
    b = task_batch(&t, triple, N, &(Disturb){.drop = 0.5, .missing = {[1] = true}}, mm_rng(1, "test"), g);
    for (int i = 0; i < N; i++) {
        assert_true(b.present[i * MM_MODALITIES + 1] == 0);
        assert_true(b.present[i * MM_MODALITIES] + b.present[i * MM_MODALITIES + 2] > 0);
    }
    mm_graph_free(g);
    signs_free(signs);
}

/* [valence] */
static void targets(void **state)
{
    (void)state;
    const Triple triple = {.label = 1, .valence = 1.5};
    assert_true(task_target(&(Task){.graded = true}, &triple) == (real)0.75);
    assert_true(task_target(&(Task){.graded = false}, &triple) == 1);
    assert_true(fabs((double)task_valence((real)0.75) - 1.5) < 1e-12);
    assert_true(task_valence((real)0.5) == 0);
}

static double accuracy(FusionKind kind, int signs, int alone)
{
    enum { N = 1000 };
    static Triple triple[N];
    static real p[N];
    const Recipe recipe = {.fusion = kind,
                           .width = 16,
                           .hidden = 32,
                           .products = 8,
                           .rank = 8,
                           .lr = 1e-2,
                           .batch = 50,
                           .epochs = 30,
                           .examples = 1000};
    Signs *s = signs_new(PLANTED_PARITY, signs, 5);
    Task t = signs_task(s);
    Net net = net_new(&t, &recipe, 1);
    assert_true(learn(&net, &t, 1, NULL, NULL, NULL));
    assert_true(t.draw(&t, MM_TEST_SIDE, 1, N, triple, NULL));
    Disturb d = {0};
    for (int m = 0; m < MM_MODALITIES && alone >= 0; m++) {
        d.missing[m] = m != alone;
    }
    net_predict(&net, &t, triple, N, &d, LATE_PRODUCT, 1, p);
    int right = 0;
    for (int i = 0; i < N; i++) {
        right += (p[i] > (real)0.5) == triple[i].label;
    }
    net_free(&net);
    signs_free(s);
    return right / (double)N;
}

/* [parity] Chance is .500 with a standard deviation of .016. */
static void planted(void **state)
{
    (void)state;
    assert_true(fabs(accuracy(FUSE_LATE, 2, -1) - 0.5) < 0.07);
    assert_true(fabs(accuracy(FUSE_LATE, 2, 0) - 0.5) < 0.07);
    assert_true(accuracy(FUSE_TENSOR, 2, -1) > 0.95);
    assert_true(accuracy(FUSE_TENSOR, 3, -1) > 0.95);
    assert_true(accuracy(FUSE_LOW_RANK, 3, -1) > 0.95);
}

/* The same seed gives the same bits. */
static void reproducible(void **state)
{
    (void)state;
    assert_true(accuracy(FUSE_GATED, 2, -1) == accuracy(FUSE_GATED, 2, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropout),
        cmocka_unit_test(targets),
        cmocka_unit_test(planted),
        cmocka_unit_test(reproducible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
