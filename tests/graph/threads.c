/* threads.c: every op of ops.def, at sizes where threads share the work, gives the same bits with 1, 2 and 4 of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mm/ops.h"

enum { MAX_INPUTS = 5, LENGTH = 200, BATCH = 64, CLASSES = 700 };

/* An op at a large size: shapes of its parameters, and the call. */
typedef struct Large {
    const char *op;
    Tensor *(*build)(Graph *g, Tensor *const *x);
    Shape in[MAX_INPUTS];
    int n_in;
} Large;

#define BUILD(name, call)                                                                                                        \
    static Tensor *build_##name(Graph *g, Tensor *const *x)                                                                      \
    {                                                                                                                            \
        return call;                                                                                                             \
    }

BUILD(add, mm_add(g, x[0], x[1]))
BUILD(sub, mm_sub(g, x[0], x[1]))
BUILD(mul, mm_mul(g, x[0], x[1]))
BUILD(div, mm_div(g, x[0], mm_exp(g, x[1])))
BUILD(affine, mm_affine(g, x[0], (real)0.3, (real)0.7))
BUILD(exp, mm_exp(g, x[0]))
BUILD(log, mm_log(g, mm_exp(g, x[0])))
BUILD(relu, mm_relu(g, x[0]))
BUILD(gelu, mm_gelu(g, x[0]))
BUILD(quick_gelu, mm_quick_gelu(g, x[0]))
BUILD(sigmoid, mm_sigmoid(g, x[0]))
BUILD(tanh, mm_tanh(g, x[0]))
BUILD(silu, mm_silu(g, x[0]))
BUILD(softplus, mm_softplus(g, x[0]))
BUILD(gelu_tanh, mm_gelu_tanh(g, x[0]))
BUILD(leaky_relu, mm_leaky_relu(g, x[0], (real)0.1))
BUILD(abs, mm_abs(g, x[0]))
BUILD(sqrt, mm_sqrt(g, mm_exp(g, x[0])))
BUILD(sinh, mm_sinh(g, x[0]))
BUILD(acosh, mm_acosh(g, mm_affine(g, mm_exp(g, x[0]), 1, 1)))
BUILD(asin, mm_asin(g, mm_affine(g, mm_sigmoid(g, x[0]), 1, (real)-0.5)))
BUILD(acos, mm_acos(g, mm_affine(g, mm_sigmoid(g, x[0]), 1, (real)-0.5)))
BUILD(clamp, mm_clamp(g, x[0], (real)-0.5, 1))
BUILD(sum, mm_sum(g, x[0], 0))
BUILD(sum_all, mm_sum(g, x[0], MM_ALL))
BUILD(mean, mm_mean(g, x[0], 1))
BUILD(mean_all, mm_mean(g, x[0], MM_ALL))
BUILD(max, mm_max(g, x[0], 1))
BUILD(logsumexp, mm_logsumexp(g, x[0], 1))
BUILD(norm, mm_norm(g, x[0], -1))
BUILD(matmul, mm_matmul(g, x[0], x[1], MM_NT))
BUILD(linear, mm_linear(g, x[0], x[1], x[2]))
BUILD(softmax, mm_softmax(g, x[0], NULL))
BUILD(log_softmax, mm_log_softmax(g, x[0]))
BUILD(attention, mm_attention(g, x[0], 4, true))
BUILD(sdpa, mm_sdpa(g, x[0], x[1], x[2], 4, NULL, false, (real)0.3))
BUILD(layernorm, mm_layernorm(g, x[0], x[1], x[2], (real)1e-5))
BUILD(l2norm, mm_l2norm(g, x[0], (real)1e-6))
BUILD(conv2d, mm_conv2d(g, x[0], x[1], x[2], (Conv2d){.stride = 2, .pad = 1}))
BUILD(conv2d_1x1, mm_conv2d(g, x[0], x[1], x[2], (Conv2d){0}))
BUILD(depthwise, mm_conv2d(g, x[0], x[1], x[2], (Conv2d){.stride = 2, .pad = 1, .extra = 1, .groups = 16}))
BUILD(avgpool2d, mm_avgpool2d(g, x[0], (Pool2d){.size = 2}))
BUILD(maxpool2d, mm_maxpool2d(g, x[0], (Pool2d){.size = 3, .stride = 2, .pad = 1}))
BUILD(lstm, mm_lstm(g, x[0], x[1], x[2], x[3], x[4], NULL))
BUILD(gru, mm_gru(g, x[0], x[1], x[2], x[3], x[4], NULL))
BUILD(reshape, mm_reshape(g, x[0], MM_SHAPE(300, 200)))
BUILD(permute, mm_permute(g, x[0], (const int[]){2, 0, 1}))
BUILD(concat, mm_concat(g, 2, x, 1))
BUILD(slice, mm_slice(g, x[0], 1, 7, 150))
BUILD(dcca, mm_dcca(g, x[0], x[1], (real)1e-3))
BUILD(dropout, mm_dropout(g, x[0], (real)0.3))
BUILD(drop_connect, mm_drop_connect(g, x[0], (real)0.3))
#undef BUILD

/* Rank 0 of two that have the same rows. */
static void gather_twins(const Ranks *r, const real *own, real *all, const int *count)
{
    (void)r;
    memcpy(all, own, (size_t)count[0] * sizeof *own);
    memcpy(all + count[0], own, (size_t)count[1] * sizeof *own);
}

static void scatter_sum_twins(const Ranks *r, const real *all, real *own, const int *count)
{
    (void)r;
    for (int i = 0; i < count[0]; i++) {
        own[i] = all[i] + all[count[0] + i];
    }
}

static Tensor *build_all_gather(Graph *g, Tensor *const *x)
{
    static const Ranks twins = {.rank = 0, .n = 2, .gather = gather_twins, .scatter_sum = scatter_sum_twins};
    return mm_all_gather(g, x[0], &twins, 2 * x[0]->shape.d[0]);
}

static void some_numbers(int *ids, int n, int below)
{
    for (int i = 0; i < n; i++) {
        ids[i] = i * i % below;
    }
}

static Tensor *build_batchnorm(Graph *g, Tensor *const *x)
{
    Tensor *mean = mm_input(g, x[1]->shape, NULL), *variance = mm_input(g, x[1]->shape, NULL);
    return mm_batchnorm(g, x[0], x[1], x[2], mean->data, variance->data,
                        (BatchnormOptions){(real)0.1, (real)1e-5, .activation = MM_SILU});
}

static Tensor *build_embedding(Graph *g, Tensor *const *x)
{
    int ids[BATCH * LENGTH];
    some_numbers(ids, BATCH * LENGTH, x[0]->shape.d[0]);
    return mm_embedding(g, x[0], ids, MM_SHAPE(BATCH, LENGTH));
}

static Tensor *build_gather_rows(Graph *g, Tensor *const *x)
{
    int row[BATCH];
    some_numbers(row, BATCH, x[0]->shape.d[1]);
    return mm_gather_rows(g, x[0], row);
}

static Tensor *build_cross_entropy(Graph *g, Tensor *const *x)
{
    int labels[LENGTH];
    some_numbers(labels, LENGTH, CLASSES);
    return mm_cross_entropy(g, x[0], labels, NULL, (real)0.1);
}

#define CUBE MM_DIMS(20, 60, 50)
static const Large large[] = {
    {"all_gather", build_all_gather, {MM_DIMS(300, 200)}, 1},
    {"add", build_add, {CUBE, MM_DIMS(50)}, 2},
    {"sub", build_sub, {CUBE, MM_DIMS(60, 1)}, 2},
    {"mul", build_mul, {CUBE, {0}}, 2},
    {"div", build_div, {CUBE, MM_DIMS(60, 50)}, 2},
    {"affine", build_affine, {CUBE}, 1},
    {"exp", build_exp, {CUBE}, 1},
    {"log", build_log, {CUBE}, 1},
    {"relu", build_relu, {CUBE}, 1},
    {"gelu", build_gelu, {CUBE}, 1},
    {"quick_gelu", build_quick_gelu, {CUBE}, 1},
    {"sigmoid", build_sigmoid, {CUBE}, 1},
    {"tanh", build_tanh, {CUBE}, 1},
    {"silu", build_silu, {CUBE}, 1},
    {"softplus", build_softplus, {CUBE}, 1},
    {"gelu_tanh", build_gelu_tanh, {CUBE}, 1},
    {"leaky_relu", build_leaky_relu, {CUBE}, 1},
    {"abs", build_abs, {CUBE}, 1},
    {"sqrt", build_sqrt, {CUBE}, 1},
    {"sinh", build_sinh, {CUBE}, 1},
    {"acosh", build_acosh, {CUBE}, 1},
    {"asin", build_asin, {CUBE}, 1},
    {"acos", build_acos, {CUBE}, 1},
    {"clamp", build_clamp, {CUBE}, 1},
    {"sum", build_sum, {CUBE}, 1},
    {"sum", build_sum_all, {CUBE}, 1},
    {"mean", build_mean, {CUBE}, 1},
    {"mean", build_mean_all, {CUBE}, 1},
    {"max", build_max, {CUBE}, 1},
    {"logsumexp", build_logsumexp, {CUBE}, 1},
    {"norm", build_norm, {CUBE}, 1},
    {"matmul", build_matmul, {MM_DIMS(3, 160, 130), MM_DIMS(3, 170, 130)}, 2},
    {"linear", build_linear, {MM_DIMS(20, 60, 130), MM_DIMS(300, 130), MM_DIMS(300)}, 3},
    {"softmax", build_softmax, {CUBE}, 1},
    {"log_softmax", build_log_softmax, {CUBE}, 1},
    {"attention", build_attention, {MM_DIMS(8, 33, 192)}, 1},
    {"sdpa", build_sdpa, {MM_DIMS(8, 33, 192), MM_DIMS(8, 27, 192), MM_DIMS(8, 27, 64)}, 3},
    {"layernorm", build_layernorm, {CUBE, MM_DIMS(50), MM_DIMS(50)}, 3},
    {"batchnorm", build_batchnorm, {MM_DIMS(10, 6, 30, 35), MM_DIMS(6), MM_DIMS(6)}, 3},
    {"l2norm", build_l2norm, {CUBE}, 1},
    {"conv2d", build_conv2d, {MM_DIMS(19, 6, 30, 35), MM_DIMS(8, 6, 3, 3), MM_DIMS(8)}, 3},
    {"conv2d", build_conv2d_1x1, {MM_DIMS(19, 6, 30, 35), MM_DIMS(8, 6, 1, 1), MM_DIMS(8)}, 3},
    {"conv2d", build_depthwise, {MM_DIMS(19, 16, 30, 35), MM_DIMS(16, 1, 5, 5), MM_DIMS(16)}, 3},
    {"avgpool2d", build_avgpool2d, {MM_DIMS(20, 16, 30, 35)}, 1},
    {"maxpool2d", build_maxpool2d, {MM_DIMS(20, 16, 30, 35)}, 1},
    {"embedding", build_embedding, {MM_DIMS(70, 100)}, 1},
    {"gather_rows", build_gather_rows, {MM_DIMS(BATCH, 20, 300)}, 1},
    {"lstm", build_lstm, {MM_DIMS(40, 9, 60), MM_DIMS(480, 60), MM_DIMS(480, 120), MM_DIMS(480), MM_DIMS(480)}, 5},
    {"gru", build_gru, {MM_DIMS(50, 9, 60), MM_DIMS(360, 60), MM_DIMS(360, 120), MM_DIMS(360), MM_DIMS(360)}, 5},
    {"reshape", build_reshape, {CUBE}, 1},
    {"permute", build_permute, {CUBE}, 1},
    {"concat", build_concat, {CUBE, MM_DIMS(20, 33, 50)}, 2},
    {"slice", build_slice, {MM_DIMS(20, 170, 50)}, 1},
    {"dropout", build_dropout, {CUBE}, 1},
    {"drop_connect", build_drop_connect, {CUBE}, 1},
    {"dcca", build_dcca, {MM_DIMS(600, 90), MM_DIMS(600, 70)}, 2},
    {"cross_entropy", build_cross_entropy, {MM_DIMS(LENGTH, CLASSES)}, 1},
};
#undef CUBE

/* Runs forward and backward; returns y and all gradients, one after the other. */
static real *result_of(const Large *l, int threads, size_t *n)
{
    mm_set_threads(threads);
    Params *ps = mm_params_new(7);
    Graph *g = mm_graph_new(7);
    Tensor *x[MAX_INPUTS];
    for (int i = 0; i < l->n_in; i++) {
        x[i] = mm_param(ps, mm_name(ps, "x%d", i), l->in[i], (Init){MM_NORMAL, 1});
    }
    Tensor *y = l->build(g, x), *dy = mm_input(g, y->shape, NULL);
    Rng rng = mm_rng(7, "dy");
    for (size_t i = 0; i < dy->n; i++) {
        dy->data[i] = (real)mm_normal(&rng);
    }
    mm_backward_from(g, y, dy->data);
    *n = y->n + mm_params_numel(ps);
    real *result = malloc(*n * sizeof *result), *at = result;
    assert_non_null(result);
    memcpy(at, y->data, y->n * sizeof *at);
    at += y->n;
    for (int i = 0; i < l->n_in; i++) {
        memcpy(at, x[i]->grad, x[i]->n * sizeof *at);
        at += x[i]->n;
    }
    mm_graph_free(g);
    mm_params_free(ps);
    return result;
}

static void same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        size_t n, m;
        real *one = result_of(&large[i], 1, &n);
        for (int threads = 2; threads <= 4; threads *= 2) {
            real *many = result_of(&large[i], threads, &m);
            assert_int_equal(n, m);
            for (size_t k = 0; k < n; k++) {
                if (memcmp(&one[k], &many[k], sizeof *one) != 0) {
                    fail_msg("%s: number %zu of %zu is %.9g with 1 thread, %.9g with %d", large[i].op, k, n, (double)one[k],
                             (double)many[k], threads);
                }
            }
            free(many);
        }
        free(one);
    }
    mm_set_threads(0);
}

static void every_op_is_here(void **state)
{
    (void)state;
    static const char *const names[] = {
#define MM_OP(name) #name,
#include "../../src/ops/ops.def"
#undef MM_OP
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof large / sizeof *large; k++) {
            found = found || strcmp(large[k].op, names[i]) == 0;
        }
        if (!found) {
            fail_msg("%s is not tried with several threads: add a line to `large`", names[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bits), cmocka_unit_test(every_op_is_here)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
