/* operations.c: each operation, forward and backward, against PyTorch in double. The gradient check proves that backward
 * belongs to forward; this proves that forward is the function that everybody means. */
#include "case.h"
#include "mm/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void arithmetic(void **state)
{
    (void)state;
    Case c = begin("add");
    Tensor *a = input(&c, MM_SHAPE(3, 1, 4), 2), *b = input(&c, MM_SHAPE(5, 1), 2);
    end(&c, mm_add(c.g, a, b));

    c = begin("sub");
    a = input(&c, MM_SHAPE(5, 1), 2), b = input(&c, MM_SHAPE(3, 1, 4), 2);
    end(&c, mm_sub(c.g, a, b));

    c = begin("mul");
    a = input(&c, MM_SHAPE(3, 5, 4), 2), b = input(&c, MM_SHAPE(5, 1), 2);
    end(&c, mm_mul(c.g, a, b));

    c = begin("div");
    a = input(&c, MM_SHAPE(3, 5), 2), b = input(&c, MM_SHAPE(5), 2);
    end(&c, mm_div(c.g, a, b));
}

static void functions(void **state)
{
    (void)state;
    Case c = begin("affine");
    end(&c, mm_affine(c.g, input(&c, MM_SHAPE(3, 5), 2), -1.5, 0.25));
    c = begin("exp");
    end(&c, mm_exp(c.g, input(&c, MM_SHAPE(3, 5), 2)));
    c = begin("log_exp");
    end(&c, mm_log(c.g, mm_exp(c.g, input(&c, MM_SHAPE(3, 5), 2))));
    c = begin("relu");
    end(&c, mm_relu(c.g, input(&c, MM_SHAPE(3, 5), 2)));
    c = begin("gelu");
    end(&c, mm_gelu(c.g, input(&c, MM_SHAPE(5, 7), 8)));
    c = begin("quick_gelu");
    end(&c, mm_quick_gelu(c.g, input(&c, MM_SHAPE(5, 7), 8)));
    c = begin("sigmoid");
    end(&c, mm_sigmoid(c.g, input(&c, MM_SHAPE(5, 7), 8)));
    c = begin("tanh");
    end(&c, mm_tanh(c.g, input(&c, MM_SHAPE(5, 7), 8)));
    c = begin("silu");
    end(&c, mm_silu(c.g, input(&c, MM_SHAPE(5, 7), 8)));
    c = begin("softplus");
    end(&c, mm_softplus(c.g, input(&c, MM_SHAPE(5, 7), 8)));
    c = begin("gelu_tanh");
    end(&c, mm_gelu_tanh(c.g, input(&c, MM_SHAPE(5, 7), 8)));
    c = begin("leaky_relu");
    end(&c, mm_leaky_relu(c.g, input(&c, MM_SHAPE(3, 5), 2), 0.1));
}

/* x + 1.5 lies in [0.5, 2.5], x + 2.1 above 1, where the root and acosh are defined. */
static void functions_of_geometry(void **state)
{
    (void)state;
    Case c = begin("abs");
    end(&c, mm_abs(c.g, input(&c, MM_SHAPE(3, 5), 2)));
    c = begin("sqrt");
    end(&c, mm_sqrt(c.g, mm_affine(c.g, input(&c, MM_SHAPE(3, 5), 2), 1, 1.5)));
    c = begin("sinh");
    end(&c, mm_sinh(c.g, input(&c, MM_SHAPE(3, 5), 4)));
    c = begin("acosh");
    end(&c, mm_acosh(c.g, mm_affine(c.g, input(&c, MM_SHAPE(3, 5), 2), 1, 2.1)));
    c = begin("asin");
    end(&c, mm_asin(c.g, input(&c, MM_SHAPE(3, 5), 1.9)));
    c = begin("acos");
    end(&c, mm_acos(c.g, input(&c, MM_SHAPE(3, 5), 1.9)));
    c = begin("clamp");
    end(&c, mm_clamp(c.g, input(&c, MM_SHAPE(5, 7), 2), -0.6, 0.3));
}

static void reductions(void **state)
{
    (void)state;
    Case c = begin("sum");
    end(&c, mm_sum(c.g, input(&c, MM_SHAPE(3, 5, 7), 2), 1));
    c = begin("mean");
    end(&c, mm_mean(c.g, input(&c, MM_SHAPE(3, 5, 7), 2), 0));
    c = begin("max");
    end(&c, mm_max(c.g, input(&c, MM_SHAPE(3, 5, 7), 2), 1));
    c = begin("logsumexp");
    end(&c, mm_logsumexp(c.g, input(&c, MM_SHAPE(3, 5, 7), 8), 1));
    c = begin("norm");
    end(&c, mm_norm(c.g, input(&c, MM_SHAPE(3, 5, 7), 2), -1));
}

static void products(void **state)
{
    (void)state;
    Case c = begin("matmul_nn");
    Tensor *a = input(&c, MM_SHAPE(2, 3, 5), 2), *b = input(&c, MM_SHAPE(5, 7), 2);
    end(&c, mm_matmul(c.g, a, b, MM_NN));

    c = begin("matmul_nt");
    a = input(&c, MM_SHAPE(2, 3, 5), 2), b = input(&c, MM_SHAPE(2, 7, 5), 2);
    end(&c, mm_matmul(c.g, a, b, MM_NT));

    c = begin("matmul_tn");
    a = input(&c, MM_SHAPE(2, 5, 3), 2), b = input(&c, MM_SHAPE(2, 5, 7), 2);
    end(&c, mm_matmul(c.g, a, b, MM_TN));

    c = begin("linear");
    Tensor *x = input(&c, MM_SHAPE(2, 3, 5), 2), *w = input(&c, MM_SHAPE(7, 5), 2), *bias = input(&c, MM_SHAPE(7), 2);
    end(&c, mm_linear(c.g, x, w, bias));
}

static void attention(void **state)
{
    (void)state;
    Case c = begin("softmax");
    end(&c, mm_softmax(c.g, input(&c, MM_SHAPE(3, 5), 8), NULL));

    c = begin("softmax_mask");
    Tensor *mask = mm_input(c.g, MM_SHAPE(5, 5), NULL);
    for (int i = 0; i < 25; i++) {
        mask->data[i] = i % 5 > i / 5 ? -(real)INFINITY : 0;
    }
    end(&c, mm_softmax(c.g, input(&c, MM_SHAPE(3, 5, 5), 8), mask));

    c = begin("log_softmax");
    end(&c, mm_log_softmax(c.g, input(&c, MM_SHAPE(3, 5), 8)));

    c = begin("attention");
    end(&c, mm_attention(c.g, input(&c, MM_SHAPE(2, 3, 27), 4), 3, false));
    c = begin("attention_causal");
    end(&c, mm_attention(c.g, input(&c, MM_SHAPE(2, 5, 18), 4), 2, true));

    c = begin("sdpa");
    Tensor *q = input(&c, MM_SHAPE(2, 3, 4), 4), *k = input(&c, MM_SHAPE(2, 5, 4), 4), *v = input(&c, MM_SHAPE(2, 5, 6), 4);
    end(&c, mm_sdpa(c.g, q, k, v, 2, NULL, false, 0));
    c = begin("sdpa_causal");
    q = input(&c, MM_SHAPE(2, 3, 4), 4), k = input(&c, MM_SHAPE(2, 3, 4), 4), v = input(&c, MM_SHAPE(2, 3, 4), 4);
    end(&c, mm_sdpa(c.g, q, k, v, 2, NULL, true, 0));
    c = begin("sdpa_padding");
    q = input(&c, MM_SHAPE(2, 3, 6), 4), k = input(&c, MM_SHAPE(2, 5, 6), 4), v = input(&c, MM_SHAPE(2, 5, 3), 4);
    end(&c, mm_sdpa(c.g, q, k, v, 3, mm_padding_mask(c.g, (const int[]){5, 2}, 2, 5, -(real)INFINITY), false, 0));
}

static void recurrent(void **state)
{
    (void)state;
    Case c = begin("lstm");
    Tensor *x = input(&c, MM_SHAPE(3, 4, 5), 2), *w_ih = input(&c, MM_SHAPE(8, 5), 2), *w_hh = input(&c, MM_SHAPE(8, 2), 2);
    Tensor *b_ih = input(&c, MM_SHAPE(8), 2), *b_hh = input(&c, MM_SHAPE(8), 2);
    end(&c, mm_lstm(c.g, x, w_ih, w_hh, b_ih, b_hh, NULL));

    c = begin("gru");
    x = input(&c, MM_SHAPE(3, 4, 5), 2), w_ih = input(&c, MM_SHAPE(6, 5), 2), w_hh = input(&c, MM_SHAPE(6, 2), 2);
    b_ih = input(&c, MM_SHAPE(6), 2), b_hh = input(&c, MM_SHAPE(6), 2);
    end(&c, mm_gru(c.g, x, w_ih, w_hh, b_ih, b_hh, NULL));
}

static void batchnorm(const char *name, bool training, BatchnormOptions o)
{
    Case c = begin(name);
    Tensor *x = input(&c, MM_SHAPE(3, 3, 2, 5), 2), *w = input(&c, MM_SHAPE(3), 2), *b = input(&c, MM_SHAPE(3), 2);
    real mean[] = {0.1, -0.2, 0.3}, var[] = {0.5, 1.5, 2.5};
    mm_graph_train(c.g, training);
    Tensor *y = mm_batchnorm(c.g, x, w, b, mean, var, o);
    golden_compare(c.golden, "running_mean", mean, 3);
    golden_compare(c.golden, "running_var", var, 3);
    end(&c, y);
}

static void normalisation(void **state)
{
    (void)state;
    Case c = begin("layernorm");
    Tensor *x = input(&c, MM_SHAPE(3, 5, 7), 2), *w = input(&c, MM_SHAPE(7), 2), *b = input(&c, MM_SHAPE(7), 2);
    end(&c, mm_layernorm(c.g, x, w, b, 1e-5));
    c = begin("l2norm");
    end(&c, mm_l2norm(c.g, input(&c, MM_SHAPE(3, 5), 2), 1e-3));
    BatchnormOptions torch = MM_TORCH_BATCHNORM, keras = MM_KERAS_BATCHNORM;
    batchnorm("batchnorm_training", true, torch);
    batchnorm("batchnorm_evaluation", false, torch);
    batchnorm("batchnorm_keras", true, keras);
    torch.activation = MM_RELU;
    batchnorm("batchnorm_training_relu", true, torch);
    keras.activation = MM_SILU;
    batchnorm("batchnorm_keras_silu", true, keras);
}

static void pictures(void **state)
{
    (void)state;
    Case c = begin("conv2d");
    Tensor *x = input(&c, MM_SHAPE(2, 3, 5, 7), 2), *w = input(&c, MM_SHAPE(4, 3, 3, 3), 2), *b = input(&c, MM_SHAPE(4), 2);
    end(&c, mm_conv2d(c.g, x, w, b, (Conv2d){.stride = 2, .pad = 1}));

    c = begin("conv2d_same");
    x = input(&c, MM_SHAPE(2, 1, 5, 4), 2), w = input(&c, MM_SHAPE(3, 1, 5, 5), 2);
    end(&c, mm_conv2d(c.g, x, w, NULL, (Conv2d){.pad = 2}));

    c = begin("conv2d_patches");
    x = input(&c, MM_SHAPE(2, 3, 4, 6), 2), w = input(&c, MM_SHAPE(5, 3, 2, 2), 2);
    end(&c, mm_conv2d(c.g, x, w, NULL, (Conv2d){.stride = 2}));

    c = begin("conv2d_1x1");
    x = input(&c, MM_SHAPE(2, 3, 3, 5), 2), w = input(&c, MM_SHAPE(4, 3, 1, 1), 2), b = input(&c, MM_SHAPE(4), 2);
    end(&c, mm_conv2d(c.g, x, w, b, (Conv2d){0}));

    c = begin("conv2d_1x1_wide");
    x = input(&c, MM_SHAPE(3, 3, 12, 11), 2), w = input(&c, MM_SHAPE(4, 3, 1, 1), 2), b = input(&c, MM_SHAPE(4), 2);
    end(&c, mm_conv2d(c.g, x, w, b, (Conv2d){0}));

    c = begin("conv2d_1x1_pixel");
    x = input(&c, MM_SHAPE(5, 3, 1, 1), 2), w = input(&c, MM_SHAPE(4, 3, 1, 1), 2), b = input(&c, MM_SHAPE(4), 2);
    end(&c, mm_conv2d(c.g, x, w, b, (Conv2d){0}));

    c = begin("conv2d_end");
    x = input(&c, MM_SHAPE(2, 3, 6, 8), 2), w = input(&c, MM_SHAPE(4, 3, 5, 5), 2);
    end(&c, mm_conv2d(c.g, x, w, NULL, (Conv2d){.stride = 2, .pad = 1, .extra = 1}));
}

static void pictures_by_channel(void **state)
{
    (void)state;
    Case c = begin("conv2d_grouped");
    Tensor *x = input(&c, MM_SHAPE(2, 6, 5, 7), 2), *w = input(&c, MM_SHAPE(9, 2, 3, 3), 2), *b = input(&c, MM_SHAPE(9), 2);
    end(&c, mm_conv2d(c.g, x, w, b, (Conv2d){.stride = 2, .pad = 1, .groups = 3}));

    c = begin("conv2d_depthwise");
    x = input(&c, MM_SHAPE(2, 3, 4, 7), 2), w = input(&c, MM_SHAPE(3, 1, 5, 5), 2), b = input(&c, MM_SHAPE(3), 2);
    end(&c, mm_conv2d(c.g, x, w, b, (Conv2d){.pad = 2, .groups = 3}));

    c = begin("conv2d_depthwise_end");
    x = input(&c, MM_SHAPE(3, 4, 6, 10), 2), w = input(&c, MM_SHAPE(4, 1, 3, 3), 2);
    end(&c, mm_conv2d(c.g, x, w, NULL, (Conv2d){.stride = 2, .extra = 1, .groups = 4}));

    c = begin("conv2d_depthwise_far");
    x = input(&c, MM_SHAPE(2, 2, 7, 8), 2), w = input(&c, MM_SHAPE(2, 1, 2, 4), 2);
    end(&c, mm_conv2d(c.g, x, w, NULL, (Conv2d){.stride = 3, .pad = 1, .groups = 2}));
}

static void pools(void **state)
{
    (void)state;
    Case c = begin("avgpool2d");
    end(&c, mm_avgpool2d(c.g, input(&c, MM_SHAPE(2, 3, 6, 9), 2), (Pool2d){.size = 3}));
    c = begin("avgpool2d_all");
    end(&c, mm_avgpool2d(c.g, input(&c, MM_SHAPE(2, 3, 5, 4), 2), (Pool2d){0}));
    c = begin("avgpool2d_ceil");
    end(&c, mm_avgpool2d(c.g, input(&c, MM_SHAPE(2, 3, 8, 7), 2), (Pool2d){.size = 3, .stride = 2, .pad = 1, .ceil = true}));
    c = begin("maxpool2d");
    end(&c, mm_maxpool2d(c.g, input(&c, MM_SHAPE(2, 3, 7, 6), 2), (Pool2d){.size = 3, .stride = 2, .pad = 1}));
    c = begin("avgpool2d_ceil_border"); /* a further window would begin beyond the picture */
    end(&c, mm_avgpool2d(c.g, input(&c, MM_SHAPE(2, 3, 5, 7), 2), (Pool2d){.size = 2, .stride = 2, .pad = 1, .ceil = true}));
    c = begin("maxpool2d_ceil");
    end(&c, mm_maxpool2d(c.g, input(&c, MM_SHAPE(2, 3, 7, 6), 2), (Pool2d){.size = 2, .ceil = true}));
}

static void rows_and_shapes(void **state)
{
    (void)state;
    Case c = begin("embedding");
    static const int ids[] = {6, 0, 3, 3, 0, 1, 3, 5, 3, 2, 0, 6, 6, 1, 3};
    end(&c, mm_embedding(c.g, input(&c, MM_SHAPE(8, 5), 2), ids, MM_SHAPE(3, 5)));

    c = begin("gather_rows");
    end(&c, mm_gather_rows(c.g, input(&c, MM_SHAPE(3, 5, 7), 2), (const int[]){4, 0, 2}));

    c = begin("permute");
    end(&c, mm_permute(c.g, input(&c, MM_SHAPE(2, 3, 5, 4), 2), (const int[]){2, 0, 3, 1}));

    c = begin("concat");
    Tensor *a = input(&c, MM_SHAPE(3, 2, 5), 2), *b = input(&c, MM_SHAPE(3, 4, 5), 2);
    end(&c, mm_concat(c.g, 3, ((Tensor *[]){a, b, a}), 1));

    c = begin("slice");
    end(&c, mm_slice(c.g, input(&c, MM_SHAPE(3, 7, 5), 2), 1, 2, 3));
}

static void losses(void **state)
{
    (void)state;
    static const int labels[] = {4, 0, 2};
    static const real soft[] = {0.1, 0.4, 0, 0.3, 0.2, 0, 0, 1, 0, 0, 0.5, 0.25, 0, 0.25, 0};
    Case c = begin("cross_entropy");
    end(&c, mm_cross_entropy(c.g, input(&c, MM_SHAPE(3, 5), 8), labels, NULL, 0));
    c = begin("cross_entropy_smoothed");
    end(&c, mm_cross_entropy(c.g, input(&c, MM_SHAPE(3, 5), 8), labels, NULL, 0.1));
    c = begin("cross_entropy_soft");
    end(&c, mm_cross_entropy(c.g, input(&c, MM_SHAPE(3, 5), 8), NULL, soft, 0));
    c = begin("cross_entropy_soft_smoothed");
    end(&c, mm_cross_entropy(c.g, input(&c, MM_SHAPE(3, 5), 8), NULL, soft, 0.3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(functions),
        cmocka_unit_test(functions_of_geometry),
        cmocka_unit_test(reductions),
        cmocka_unit_test(products),
        cmocka_unit_test(attention),
        cmocka_unit_test(recurrent),
        cmocka_unit_test(normalisation),
        cmocka_unit_test(pictures),
        cmocka_unit_test(pictures_by_channel),
        cmocka_unit_test(pools),
        cmocka_unit_test(rows_and_shapes),
        cmocka_unit_test(losses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
