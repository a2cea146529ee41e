/* losses.c: losses and similarities that are made of ops. Numbers that official code printed (SigLIP, VSE++, SCAN), and PyTorch's
 * with the gradients. */
#include "case.h"
#include "mm/nn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <tgmath.h>

#include <cmocka.h>

static Tensor *unit_draws(Graph *g, Lcg *lcg, Shape shape)
{
    Tensor *x = mm_input(g, shape, NULL);
    lcg_fill(lcg, x->data, x->n, 2);
    return mm_l2norm(g, x, 0);
}

/* [siglip_loss] open_clip's loss, printed by a run in float; z stands for t * similarity + b. */
static void siglip(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Tensor *z = mm_input(g, MM_SHAPE(3, 3), (const real[]){2, 0.5, -1, 0.1, 1.5, 0.2, -0.3, 0.4, 0.9});
    golden_of_float("SigLIP", mm_siglip_loss(g, z, NULL)->data, (double[]){1.65558004}, 1);
    mm_graph_free(g);
}

/* At the start, with scale 10 and bias -10 and embeddings that know nothing: ln(1 + e^10) for the pair, next to nothing for others. */
static void siglip_at_the_start(void **state)
{
    (void)state;
    enum { N = 4 };
    Graph *g = mm_graph_new(1);
    Tensor *z = mm_affine(g, mm_input(g, MM_SHAPE(N, N), NULL), 1, -10);
    golden_number("SigLIP at the start", (double)*mm_siglip_loss(g, z, NULL)->data,
                  log(1 + exp(10.0)) + (N - 1) * log(1 + exp(-10.0)), 1e-6);
    mm_graph_free(g);
}

/* p = softmax((0 .. 7) / 3) and q = softmax((7 .. 0) / 2), as two rows of four. */
static void kl(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_input(g, MM_SHAPE(2, 4), (const real[]){0, 1, 2, 3, 4, 5, 6, 7});
    Tensor *reversed = mm_input(g, MM_SHAPE(2, 4), (const real[]){7, 6, 5, 4, 3, 2, 1, 0});
    Tensor *log_p = mm_log_softmax(g, mm_affine(g, x, 1 / (real)3, 0)), *q = mm_softmax(g, mm_affine(g, reversed, 0.5, 0), NULL);
    Tensor *rows = mm_kl_divergence(g, log_p, q->data);
    golden_decimals("KL(q || p) of each row", rows->data, (double[]){0.40448406, 0.40448406}, 2, 8);
    golden_decimals("KL, mean over elements", mm_affine(g, mm_mean(g, rows, 0), 0.25, 0)->data, (double[]){0.10112102}, 1, 8);
    mm_graph_free(g);
}

/* A class that is not wanted (q = 0) adds nothing, and KL(p || p) = 0. */
static void kl_of_zero(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    const real q[] = {0.5, 0, 0.5, 0.25, 0.25, 0.5};
    const real log_p[] = {log((real)0.25), log((real)0.5), log((real)0.25), log(q[3]), log(q[4]), log(q[5])};
    Tensor *rows = mm_kl_divergence(g, mm_input(g, MM_SHAPE(2, 3), log_p), q);
    golden_number("KL with a zero", (double)rows->data[0], log(2), 1e-6);
    assert_true(fabs(rows->data[1]) < 1e-6);
    mm_graph_free(g);
}

/* [hinge] [vse_loss] [order_scores] vsepp's code, printed in double. */
static void vsepp(void **state)
{
    (void)state;
    static const double cosines[] = {0.5111809683,  -0.7979408909, -0.3256348034, -0.9239335508, 0.8388591953,
                                     -0.2001367919, -0.0147041406, -0.4746924247, -0.6236175174};
    Graph *g = mm_graph_new(1);
    Lcg lcg = {31};
    Tensor *image = unit_draws(g, &lcg, MM_SHAPE(3, 4)), *text = unit_draws(g, &lcg, MM_SHAPE(3, 4));
    Tensor *scores = mm_matmul(g, image, text, MM_NT);
    golden_decimals("VSE++ cosines", scores->data, cosines, 9, 10);
    golden_number("VSE++ sum", (double)*mm_ranking_loss(g, scores, 0.2, false)->data, 2.279301908775828, 1e-14);
    golden_number("VSE++ max", (double)*mm_ranking_loss(g, scores, 0.2, true)->data, 1.432394102246214, 1e-14);
    Tensor *order = mm_order_scores(g, mm_abs(g, image), mm_abs(g, text), false);
    golden_number("order embeddings sum", (double)*mm_ranking_loss(g, order, 0.05, false)->data, 1.3441841933912246, 1e-14);
    golden_number("order embeddings max", (double)*mm_ranking_loss(g, order, 0.05, true)->data, 0.8372401289361793, 1e-14);
    mm_graph_free(g);
}

/* [scan] SCAN's code, printed in double. */
static void scan(void **state)
{
    (void)state;
    static const int words[] = {5, 3};
    static const struct {
        const char *name;
        ScanConfig config;
        double scores[4];
    } wanted[] = {
        {"SCAN t2i LSE", {true, 9, 6}, {0.8909197454, 0.9153835862, 0.9034147384, 0.4985164334}},
        {"SCAN t2i mean", {true, 9, 0}, {0.2601921404, 0.6017435628, 0.3403646157, 0.2602989885}},
        {"SCAN i2t LSE", {false, 4, 5}, {0.9398705764, 1.0240591433, 0.9700411637, 0.5790804478}},
        {"SCAN i2t mean", {false, 4, 0}, {0.6089957776, 0.6825360515, 0.6526552811, 0.3535668480}},
    };
    Graph *g = mm_graph_new(1);
    Lcg lcg = {32};
    Tensor *images = unit_draws(g, &lcg, MM_SHAPE(2, 3, 4)), *texts = unit_draws(g, &lcg, MM_SHAPE(2, 5, 4));
    for (int i = 0; i < 4; i++) {
        golden_decimals(wanted[i].name, mm_scan_scores(g, images, texts, words, wanted[i].config)->data, wanted[i].scores, 4, 10);
    }
    mm_graph_free(g);
}

/* [devise_loss] Rows with two right columns, and a column that is right for two rows. */
static const bool pairs[] = {true, false, true, false, false, true, true, false, false, false, false, false, false, true, false};

static void gradients(void **state)
{
    (void)state;
    static const real targets[] = {0.1, 0.4, 0, 0.3, 1, 0, 0, 1, 0, 0, 0.5, 0.25, 0, 0.25, 0};
    static const real q[] = {0.1, 0.4, 0, 0.3, 0.2, 0, 0, 1, 0, 0, 0.5, 0.25, 0, 0.25, 0};
    static const int labels[] = {4, 0, 2}, words[] = {5, 3};
    Case c = begin("bce_with_logits");
    end(&c, mm_bce_with_logits(c.g, input(&c, MM_SHAPE(3, 5), 8), targets));
    c = begin("kl_divergence");
    end(&c, mm_kl_divergence(c.g, mm_log_softmax(c.g, input(&c, MM_SHAPE(3, 5), 8)), q));
    c = begin("siglip");
    end(&c, mm_siglip_loss(c.g, input(&c, MM_SHAPE(5, 5), 8), NULL));
    c = begin("siglip_pairs");
    end(&c, mm_siglip_loss(c.g, input(&c, MM_SHAPE(3, 5), 8), pairs));
    c = begin("devise");
    end(&c, mm_devise_loss(c.g, input(&c, MM_SHAPE(3, 5), 2), labels, 0.1));
    c = begin("ranking_sum");
    end(&c, mm_ranking_loss(c.g, input(&c, MM_SHAPE(5, 5), 2), 0.2, false));
    c = begin("ranking_max");
    end(&c, mm_ranking_loss(c.g, input(&c, MM_SHAPE(5, 5), 2), 0.2, true));

    c = begin("cosine");
    Tensor *a = input(&c, MM_SHAPE(3, 5), 2), *b = input(&c, MM_SHAPE(3, 5), 2);
    end(&c, mm_cosine(c.g, a, b, 1e-8));
    c = begin("order");
    a = input(&c, MM_SHAPE(3, 4), 2), b = input(&c, MM_SHAPE(5, 4), 2);
    end(&c, mm_order_scores(c.g, a, b, false));
    c = begin("order_squared");
    a = input(&c, MM_SHAPE(3, 4), 2), b = input(&c, MM_SHAPE(5, 4), 2);
    end(&c, mm_order_scores(c.g, a, b, true));
    c = begin("scan");
    a = input(&c, MM_SHAPE(2, 3, 4), 2), b = input(&c, MM_SHAPE(2, 5, 4), 2);
    end(&c, mm_scan_scores(c.g, a, b, words, (ScanConfig){true, 9, 6}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siglip),    cmocka_unit_test(siglip_at_the_start),
        cmocka_unit_test(kl),        cmocka_unit_test(kl_of_zero),
        cmocka_unit_test(vsepp),     cmocka_unit_test(scan),
        cmocka_unit_test(gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
