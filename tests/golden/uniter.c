/* uniter.c: the losses of UNITER's tasks for a tiny model, against numbers that its official pretrain.py printed in double, with
 * 10 decimals. Optimal transport it computes in float. */
#include "uniter.h"
#include "fill.h"
#include "golden.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const int ids[2][4] = {{1, 5, 9, 2}, {1, 7, 2, 0}}, text_length[] = {4, 3}, regions[] = {2, 3};
static const int masked[2][3] = {{0, 1, 0}, {1, 0, 1}};
static const int masked_rows[] = {5, 6 + 3, 6 + 5}; /* these regions among the 2 x 6 hidden states */

typedef struct Tiny {
    Params *ps;
    Graph *g;
    Uniter u;
    UniterBatch batch;
    Lcg lcg;
} Tiny;

static Tiny begin(void)
{
    Tiny t = {.ps = mm_params_new(1), .g = mm_graph_new(1), .lcg = {2024}};
    t.u = uniter_init(t.ps);
    lcg_fill_params(&t.lcg, t.ps, 0.6);
    Tensor *feat = mm_input(t.g, MM_SHAPE(2, 3, IMG_DIM), NULL), *box = mm_input(t.g, MM_SHAPE(2, 3, BOX), NULL);
    lcg_fill(&t.lcg, feat->data, feat->n, 4);
    lcg_fill(&t.lcg, box->data, box->n, 1);
    for (size_t i = 0; i < box->n; i++) {
        box->data[i] = i / BOX == 2 ? 0 : box->data[i] + (real)0.5;
    }
    for (int i = 0; i < IMG_DIM; i++) {
        feat->data[2 * IMG_DIM + i] = 0; /* the first example has two regions */
    }
    t.batch = (UniterBatch){
        .B = 2, .T = 4, .R = 3, .L = 6, .ids = *ids, .text_length = text_length, .regions = regions, .feat = feat, .box = box};
    return t;
}

static void end(Tiny *t)
{
    mm_graph_free(t->g);
    mm_params_free(t->ps);
}

/* The loss of each row of logits (N, K) alone: the mean of one. */
static void row_losses(Graph *g, Tensor *logits, const int *labels, const real *soft, real *loss)
{
    int K = mm_last(logits->shape);
    for (int i = 0; i < logits->shape.d[0]; i++) {
        Tensor *row = mm_slice(g, logits, 0, i, 1);
        loss[i] = *mm_cross_entropy(g, row, labels ? labels + i : NULL, soft ? soft + i * K : NULL, 0)->data;
    }
}

static void hidden_states(void **state)
{
    (void)state;
    Tiny t = begin();
    const Tensor *h = uniter_forward(t.g, &t.u, &t.batch);
    golden_decimals("UNITER hidden[0,0,:4]", h->data, (const double[]){-0.2390168579, 1.0389344128, 0.7255021693, -1.6907042572},
                    4, 10);
    golden_decimals("UNITER hidden[1,5,:4]", h->data + 11 * WIDTH,
                    (const double[]){-2.1477153518, 1.3997332915, 1.3357934159, -0.6232432157}, 4, 10);
    end(&t);
}

static void masked_language(void **state)
{
    (void)state;
    Tiny t = begin();
    real loss[2];
    Tensor *rows = uniter_rows(t.g, uniter_forward(t.g, &t.u, &t.batch), (const int[]){1, 6 + 1}, 2);
    row_losses(t.g, uniter_mlm(t.g, &t.u, rows), (const int[]){11, 13}, NULL, loss);
    golden_decimals("UNITER MLM", loss, (const double[]){4.4360589289, 4.9661499013}, 2, 10);
    end(&t);
}

static void masked_regions(void **state)
{
    (void)state;
    Tiny t = begin();
    t.batch.masked = *masked;
    Tensor *rows = uniter_rows(t.g, uniter_forward(t.g, &t.u, &t.batch), masked_rows, 3);

    Tensor *wanted = uniter_rows(t.g, t.batch.feat, (const int[]){1, 3, 5}, 3);
    Tensor *off = mm_sub(t.g, uniter_mrfr(t.g, &t.u, rows), wanted);
    golden_number("UNITER MRFR", (double)*mm_mean(t.g, mm_mul(t.g, off, off), MM_ALL)->data, 2.2136894065261226, 1e-12);

    Tensor *scores = mm_input(t.g, MM_SHAPE(3, LABELS), NULL);
    lcg_fill(&t.lcg, scores->data, scores->n, 6);
    const real *soft = mm_softmax(t.g, scores, NULL)->data;
    real kl[3], mean = 0, mrc[3];
    int best[3] = {1, 1, 1}; /* but background, which is class 0 */
    Tensor *logits = uniter_mrc(t.g, &t.u, rows);
    row_losses(t.g, logits, NULL, soft, kl);
    for (int i = 0; i < 3; i++) { /* KL = cross-entropy - entropy */
        for (int k = 0; k < LABELS; k++) {
            real q = soft[i * LABELS + k];
            kl[i] += q * log(q);
            best[i] = k > 0 && q > soft[i * LABELS + best[i]] ? k : best[i];
        }
        mean += kl[i] / (3 * LABELS);
    }
    golden_decimals("UNITER MRC-kl of each region", kl, (const double[]){0.9803934555, 1.3881901317, 0.9651052996}, 3, 10);
    golden_number("UNITER MRC-kl", (double)mean, 0.12346995877254477, 1e-12);
    row_losses(t.g, logits, best, NULL, mrc);
    /* 9 decimals: the last number was cut off, not rounded. */
    golden_decimals("UNITER MRC", mrc, (const double[]){2.6419830678, 2.8017188844, 3.3337719999}, 3, 9);
    end(&t);
}

static void matching(void **state)
{
    (void)state;
    Tiny t = begin();
    real loss[2];
    Tensor *hidden = uniter_forward(t.g, &t.u, &t.batch);
    row_losses(t.g, uniter_itm(t.g, &t.u, hidden), (const int[]){1, 0}, NULL, loss);
    golden_decimals("UNITER ITM", loss, (const double[]){0.5517966822, 0.8744333524}, 2, 10);
    const Tensor *ot = uniter_transport(t.g, &t.batch, hidden);
    golden_number("UNITER OT of a pair", (double)ot->data[0], 0.6239244342, 1e-6);
    golden_number("UNITER OT of no pair", (double)ot->data[1], 0.6211507320, 1e-6);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_states),
        cmocka_unit_test(masked_language),
        cmocka_unit_test(masked_regions),
        cmocka_unit_test(matching),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
