/* step.c: the step of training in double: its gradients by differences, both losses; what is frozen stays, what is not gets the same
 * gradient as ever. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mm/train.h"
#include "step.h"

enum { N = 3, TEXTS = 5, T = 4, SIZE = 8, VOCAB = 12 };

typedef struct Bench {
    Params *ps;
    Clip clip;
    Objective objective;
    Batch batch;
} Bench;

static real pixels[N * 3 * SIZE * SIZE];
static int ids[2][TEXTS * T], length[2][TEXTS];
/* Text 4 is a tag that fits pictures 0 and 2; names are the pictures' own. */
static bool named[N * N] = {true, false, false, false, true, false, false, false, true};
static bool fits[TEXTS * N] = {true, false, false, false, true, false, true, false, true, false, true, false, true, false, true};

static Bench bench_new(ImageEncoder image, bool bias, Objective o)
{
    ClipConfig c = {.image = image, .size = SIZE, .embed = 6, .context = T, .vocab = VOCAB, .text_width = 8, .text_layers = 1};
    c.text_heads = 2;
    c.bias = bias;
    c.vit = (VitConfig){.size = SIZE, .patch = 4, .width = 8, .layers = 1, .heads = 2, .embed = 6};
    c.resnet = (ResnetConfig){.size = SIZE, .stages = 2, .width = {4, 6}, .blocks = {0, 1}, .embed = 6};
    Bench b = {.ps = mm_params_new(3), .objective = o};
    b.clip = clip_init(b.ps, c);
    b.clip.logit_scale->data[0] = (real)0.5;
    b.batch = (Batch){.n = N, .texts = TEXTS, .languages = 2, .rows = {0, N, N}, .pixels = pixels};
    Rng rng = mm_rng(1, "batch");
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++) {
        pixels[i] = (real)mm_normal(&rng);
    }
    for (int l = 0; l < 2; l++) {
        for (int i = 0; i < TEXTS; i++) {
            length[l][i] = 2 + mm_below(&rng, T - 1);
            for (int t = 0; t < T; t++) {
                ids[l][i * T + t] = mm_below(&rng, VOCAB);
            }
        }
        b.batch.T[l] = T;
        b.batch.ids[l] = ids[l];
        b.batch.length[l] = length[l];
        b.batch.named[l] = named;
        b.batch.fits[l] = fits;
    }
    return b;
}

/* Forward and backward; the loss. */
static double run(Bench *b, int micro)
{
    Graph *g = mm_graph_new(1);
    FeatureCache *cache = mm_feature_cache_new();
    real loss;
    mm_params_zero_grad(b->ps);
    step_gradients(g, &(Step){.clip = &b->clip, .objective = b->objective, .micro = micro, .cache = cache}, &b->batch, &loss);
    mm_feature_cache_free(cache);
    mm_graph_free(g);
    return (double)loss;
}

/* p += h v with v drawn from N(0, 1), of what is learned; returns v . gradient. */
static double move(Bench *b, double h, uint64_t direction)
{
    Rng rng = mm_rng(direction, "direction");
    double along = 0;
    for (int i = 0; i < mm_params_count(b->ps); i++) {
        Tensor *p = mm_params_at(b->ps, i);
        for (size_t k = 0; p->needs_grad && k < p->n; k++) {
            double v = mm_normal(&rng);
            p->data[k] += (real)(h * v);
            along += v * (double)p->grad[k];
        }
    }
    return along;
}

/* The gradient along a direction against central differences. Running statistics have no say while a tower is trained. */
static void gradients(void **state)
{
    (void)state;
    static const Objective objectives[] = {{LOSS_SOFTMAX, .smoothing = (real)0.1},
                                           {LOSS_SIGLIP},
                                           {LOSS_SIGLIP, .text = FREEZE_BODY},
                                           {LOSS_SOFTMAX, .text = FREEZE_TOWER},
                                           {LOSS_SOFTMAX, .image = FREEZE_TOWER}};
    const double h = 1e-6;
    for (size_t i = 0; i < 2 * sizeof objectives / sizeof *objectives; i++) {
        Bench b = bench_new(i % 2 ? CLIP_VIT : CLIP_RESNET, objectives[i / 2].loss == LOSS_SIGLIP, objectives[i / 2]);
        if (b.clip.logit_bias) {
            b.clip.logit_bias->data[0] = -1; /* where every cell has a say */
        }
        step_freeze(b.ps, &b.objective);
        for (uint64_t d = 1; d <= 3; d++) {
            run(&b, 0);
            double analytic = move(&b, h, d), above = run(&b, 0);
            move(&b, -2 * h, d);
            double numeric = (above - run(&b, 0)) / (2 * h);
            move(&b, h, d);
            if (fabs(analytic - numeric) > 1e-6 * (1 + fabs(numeric))) {
                fail_msg("objective %zu: %.10g, by differences %.10g", i / 2, analytic, numeric);
            }
        }
        mm_params_free(b.ps);
    }
}

/* One step with everything learned and one with parts frozen, from the same numbers. */
static void compare(ImageEncoder image, Objective o)
{
    Bench whole = bench_new(image, true, (Objective){o.loss, .smoothing = o.smoothing}), b = bench_new(image, true, o),
          start = bench_new(image, true, o);
    int frozen = step_freeze(b.ps, &b.objective), seen = 0, moved = 0, learned = 0;
    OptimizerConfig adamw = {&mm_adamw, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-8, .weight_decay = (real)0.5};
    Optimizer *opt = mm_optimizer_new(b.ps, adamw);
    assert_true(frozen > 0);
    double expected = run(&whole, 0), got = run(&b, 0);
    assert_true(got == expected || image == CLIP_RESNET);
    for (int i = 0; i < mm_params_count(b.ps); i++) {
        const Tensor *p = mm_params_at(b.ps, i), *q = mm_params_at(whole.ps, i);
        seen += q->needs_grad && !p->needs_grad;
        assert_true(p->needs_grad == (p->grad != NULL));
        if (p->grad && (o.image == FREEZE_NOTHING || image == CLIP_VIT)) { /* a frozen BatchNorm is another function */
            assert_memory_equal(p->grad, q->grad, p->n * sizeof(real));
        }
    }
    assert_int_equal(seen, frozen);
    if (image == CLIP_VIT) { /* in parts of two rows, where a frozen tower is not walked a second time */
        Bench parts = bench_new(image, true, o);
        step_freeze(parts.ps, &o);
        assert_true(fabs(run(&parts, 2) - got) < 1e-12);
        for (int i = 0; i < mm_params_count(b.ps); i++) {
            const Tensor *p = mm_params_at(b.ps, i), *q = mm_params_at(parts.ps, i);
            for (size_t k = 0; p->grad && k < p->n; k++) {
                assert_true(fabs((double)p->grad[k] - (double)q->grad[k]) < 1e-12);
            }
        }
        mm_params_free(parts.ps);
    }
    mm_optimizer_step(opt, (real)0.1);
    for (int i = 0; i < mm_params_count(b.ps); i++) {
        const Tensor *p = mm_params_at(b.ps, i), *q = mm_params_at(start.ps, i);
        bool same = memcmp(p->data, q->data, p->n * sizeof(real)) == 0;
        bool statistics = !q->needs_grad; /* of BatchNorm: those of a frozen tower stay */
        moved += !same && p->needs_grad;
        learned += p->needs_grad;
        assert_true(same || p->needs_grad || (statistics && o.image == FREEZE_NOTHING));
    }
    assert_in_range(moved, learned - 2, learned); /* a bias may have no say in a batch as small as this */
    mm_params_free(b.ps);
    mm_params_free(whole.ps);
    mm_params_free(start.ps);
}

static void frozen(void **state)
{
    (void)state;
    for (int image = CLIP_RESNET; image <= CLIP_VIT; image++) {
        compare((ImageEncoder)image, (Objective){LOSS_SOFTMAX, .text = FREEZE_TOWER});
        compare((ImageEncoder)image, (Objective){LOSS_SIGLIP, .image = FREEZE_TOWER});
        compare((ImageEncoder)image, (Objective){LOSS_SOFTMAX, .image = FREEZE_BODY, .text = FREEZE_BODY});
    }
}

/* [wise_ft] A quarter of the way from one model to the other, in every tensor. */
static void mixed(void **state)
{
    (void)state;
    Bench a = bench_new(CLIP_RESNET, true, (Objective){0}), b = bench_new(CLIP_RESNET, true, (Objective){0}),
          start = bench_new(CLIP_RESNET, true, (Objective){0});
    run(&b, 0); /* its running statistics move */
    move(&b, 0.1, 1);
    mm_params_mix(a.ps, b.ps, 0.25);
    int differ = 0;
    for (int i = 0; i < mm_params_count(a.ps); i++) {
        const Tensor *p = mm_params_at(a.ps, i), *q = mm_params_at(b.ps, i), *r = mm_params_at(start.ps, i);
        for (size_t k = 0; k < p->n; k++) {
            assert_true(fabs((double)p->data[k] - (0.75 * (double)r->data[k] + 0.25 * (double)q->data[k])) < 1e-12);
            differ += p->data[k] != r->data[k] && p->data[k] != q->data[k];
        }
    }
    assert_true(differ > 1000);
    mm_params_free(a.ps);
    mm_params_free(b.ps);
    mm_params_free(start.ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients), cmocka_unit_test(frozen), cmocka_unit_test(mixed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
