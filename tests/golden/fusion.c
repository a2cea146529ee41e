/* fusion.c: optimal transport, tensor fusion and its low-rank form, deep CCA, against numbers that official code printed in double. */
#include "fill.h"
#include "golden.h"
#include "mm/nn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static Tensor *drawn(Graph *g, Lcg *lcg, Shape s, double scale)
{
    Tensor *x = mm_input(g, s, NULL);
    lcg_fill(lcg, x->data, x->n, scale);
    return x;
}

/* [ipot] x[b,i,d] = sin(1+3i+7d+b), y[b,j,d] = cos(2+5j+3d-b), the last row of the second example padded. UNITER's model/ot.py was run
 * in float: 6 digits. make_models.py has the same in double. */
static void ipot(void **state)
{
    (void)state;
    static const int m[] = {4, 3}, n[] = {3, 2}, iterations[] = {1, 10, 50, 200};
    static const double official[][2] = {
        {0.98285449, 0.99108040}, {0.91854548, 0.95207483}, {0.91190577, 0.95156825}, {0.91141057, 0.95138723}};
    static const char *const names[] = {"1", "10", "50", "200"};
    Golden golden = golden_open("models.json", "ipot");
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_input(g, MM_SHAPE(2, 4, 5), NULL), *y = mm_input(g, MM_SHAPE(2, 3, 5), NULL);
    for (int i = 0; i < 40; i++) {
        x->data[i] = sin((real)(1 + 3 * (i / 5 % 4) + 7 * (i % 5) + i / 20));
    }
    for (int i = 0; i < 30; i++) {
        y->data[i] = cos((real)(2 + 5 * (i / 5 % 3) + 3 * (i % 5) - i / 15));
    }
    for (int k = 0; k < 4; k++) {
        Tensor *d = mm_transport_distance(g, mm_cosine_cost(g, x, y), m, n, 0.5, iterations[k]);
        golden_compare(golden, names[k], d->data, 2);
        golden_number("IPOT, official, of 4 x 3", (double)d->data[0], official[k][0], 1e-6);
        golden_number("IPOT, official, of 3 x 2", (double)d->data[1], official[k][1], 1e-6);
    }
    golden_close(golden);
    mm_graph_free(g);
}

/* The plan moves all of each row, and what is padding moves nothing. Its gradient to the cost is the plan itself. */
static void plan(void **state)
{
    (void)state;
    static const int m[] = {4, 2}, n[] = {3, 1};
    Graph *g = mm_graph_new(1);
    Params *ps = mm_params_new(1);
    Tensor *cost = mm_param(ps, "cost", MM_SHAPE(2, 4, 3), (Init){MM_UNIFORM, 1});
    const real *T = mm_transport_plan(g, cost, m, n, 0.5, 50)->data;
    mm_backward(g, mm_sum(g, mm_transport_distance(g, cost, m, n, 0.5, 50), 0));
    for (int i = 0; i < 8; i++) {
        double sum = 0;
        for (int j = 0; j < 3; j++) {
            bool there = i % 4 < m[i / 4] && j < n[i / 4];
            assert_true(there ? T[3 * i + j] >= 0 : T[3 * i + j] == 0);
            assert_true(cost->grad[3 * i + j] == T[3 * i + j]);
            sum += (double)T[3 * i + j];
        }
        assert_true(fabs(sum - (i % 4 < m[i / 4] ? 1.0 / m[i / 4] : 0)) < 1e-6);
    }
    mm_params_free(ps);
    mm_graph_free(g);
}

enum { MODALITIES = 3, RANK = 2, OUT = 5, PRODUCTS = 4 * 3 * 5 };
static const int dim[MODALITIES] = {3, 2, 4};

typedef struct Fusion {
    Graph *g;
    Params *ps;
    Tensor *h[MODALITIES];
    LowRankFusion low_rank;
} Fusion;

static Fusion fusion(void)
{
    Fusion f = {.g = mm_graph_new(1), .ps = mm_params_new(1)};
    Lcg lcg = {33};
    for (int m = 0; m < MODALITIES; m++) {
        f.h[m] = drawn(f.g, &lcg, MM_SHAPE(2, dim[m]), 2);
    }
    f.low_rank = mm_low_rank_init(f.ps, "fusion", MODALITIES, dim, RANK, OUT);
    for (int m = 0; m < MODALITIES; m++) {
        lcg_fill(&lcg, f.low_rank.factor[m]->data, f.low_rank.factor[m]->n, 1);
    }
    lcg_fill(&lcg, f.low_rank.fusion_weights->data, RANK, 1);
    lcg_fill(&lcg, f.low_rank.fusion_bias->data, OUT, 1);
    return f;
}

static void end_fusion(Fusion *f)
{
    mm_graph_free(f->g);
    mm_params_free(f->ps);
}

/* [tensor_fusion] [low_rank_fusion] */
static void tensor_and_low_rank(void **state)
{
    (void)state;
    Fusion f = fusion();
    const Tensor *z = mm_tensor_fusion(f.g, MODALITIES, f.h);
    assert_true(mm_shape_equal(z->shape, MM_SHAPE(2, PRODUCTS)));
    golden_decimals("TFN, row 0", z->data,
                    (const double[]){1, 0.5393437771, -0.3272655993, 0.7004996128, -0.4098048327, 0.1358959908, 0.0732946570}, 7,
                    10);
    golden_decimals("TFN, sums of rows", mm_sum(f.g, (Tensor *)z, 1)->data, (const double[]){-0.3645406341, 1.8600793371}, 2, 10);
    golden_decimals("LMF", mm_low_rank_forward(f.g, &f.low_rank, f.h)->data,
                    (const double[]){-0.2338699125, 0.1645851953, 0.3909313836, -0.0743960845, -0.3243155308, -0.2233066097,
                                     0.1776853252, 0.4106339353, -0.0741994605, -0.3226102262},
                    2 * OUT, 10);
    end_fusion(&f);
}

/* The weight of which LMF holds the factors: W[(i,j,k)][o] = sum over r of w_r A_r[i][o] V_r[j][o] T_r[k][o]. */
static void low_rank_is_a_tensor(void **state)
{
    (void)state;
    Fusion f = fusion();
    Tensor *weight = mm_input(f.g, MM_SHAPE(PRODUCTS, OUT), NULL);
    for (int p = 0; p < PRODUCTS; p++) {
        int at[MODALITIES] = {p / 15, p / 5 % 3, p % 5};
        for (int r = 0; r < RANK; r++) {
            for (int o = 0; o < OUT; o++) {
                real product = f.low_rank.fusion_weights->data[r];
                for (int m = 0; m < MODALITIES; m++) {
                    product *= f.low_rank.factor[m]->data[(r * (dim[m] + 1) + at[m]) * OUT + o];
                }
                weight->data[p * OUT + o] += product;
            }
        }
    }
    Tensor *z = mm_tensor_fusion(f.g, MODALITIES, f.h);
    Tensor *all = mm_add(f.g, mm_matmul(f.g, z, weight, MM_NN), f.low_rank.fusion_bias);
    const Tensor *y = mm_low_rank_forward(f.g, &f.low_rank, f.h);
    for (size_t i = 0; i < y->n; i++) {
        assert_true(fabs((double)(y->data[i] - all->data[i])) < (sizeof(real) == sizeof(double) ? 1e-14 : 1e-6));
    }
    end_fusion(&f);
}

static void dcca(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Lcg lcg = {34};
    Tensor *h1 = drawn(g, &lcg, MM_SHAPE(6, 3), 2), *h2 = drawn(g, &lcg, MM_SHAPE(6, 2), 2);
    const Tensor *loss = mm_dcca(g, h1, h2, 1e-3);
    golden_decimals("DCCA loss", loss->data, (const double[]){-1.2161221134}, 1, 10);
    golden_decimals("DCCA correlations", loss->saved, (const double[]){0.9374225401, 0.2786995734}, 2, 10);
    mm_graph_free(g);
}

/* A view and any linear picture of it correlate fully, up to the ridge. */
static void dcca_of_one_view(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Lcg lcg = {35};
    Tensor *h = drawn(g, &lcg, MM_SHAPE(50, 3), 2), *turn = drawn(g, &lcg, MM_SHAPE(3, 3), 2);
    assert_true(fabs((double)*mm_dcca(g, h, mm_matmul(g, h, turn, MM_NN), 1e-6)->data + 3) < 1e-3);
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipot),
        cmocka_unit_test(plan),
        cmocka_unit_test(tensor_and_low_rank),
        cmocka_unit_test(low_rank_is_a_tensor),
        cmocka_unit_test(dcca),
        cmocka_unit_test(dcca_of_one_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
