/* saliency.c against what it stands for, written out: attention as products and a softmax whose probabilities are tensors of the tape. */
#include "mm/inspect.h"
#include "mm/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { B = 2, T = 4, HEADS = 2, D = 6, WIDTH = D / HEADS, LAYERS = 2 };

static void near(double a, double b)
{
    if (!(fabs(a - b) < 1e-12)) {
        fail_msg("%.15g is not %.15g", a, b);
    }
}

static Tensor *numbers(Graph *g, Params *ps, const char *name, Shape shape)
{
    (void)g;
    return mm_param(ps, name, shape, (Init){MM_NORMAL, 1});
}

/* One head of one example as ops; *p its probabilities (T, T). */
static Tensor *head(Graph *g, Tensor *qkv, int b, int h, Tensor **p)
{
    Tensor *x = mm_reshape(g, mm_slice(g, qkv, 0, b, 1), MM_SHAPE(T, 3 * D)), *part[3];
    for (int k = 0; k < 3; k++) {
        part[k] = mm_slice(g, x, 1, k * D + h * WIDTH, WIDTH);
    }
    Tensor *scores = mm_affine(g, mm_matmul(g, part[0], part[1], MM_NT), 1 / (real)sqrt(WIDTH), 0);
    *p = mm_softmax(g, scores, NULL);
    return mm_matmul(g, *p, part[2], MM_NN);
}

typedef struct Net {
    Graph *g;
    Params *ps;
    Tensor *layer[LAYERS];       /* attention */
    Tensor *p[LAYERS][B][HEADS]; /* the same by hand */
} Net;

/* Two layers of attention, the second fed by a map of the first; S is a weighted sum of all that comes out. by_hand: of single ops. */
static Net net(bool by_hand)
{
    Net n = {.g = mm_graph_new(1), .ps = mm_params_new(3)};
    Tensor *qkv = numbers(n.g, n.ps, "qkv", MM_SHAPE(B, T, 3 * D)), *w = numbers(n.g, n.ps, "w", MM_SHAPE(D, 3 * D));
    for (int l = 0; l < LAYERS; l++) {
        Tensor *y = NULL;
        for (int b = 0; by_hand && b < B; b++) {
            Tensor *part[HEADS];
            for (int h = 0; h < HEADS; h++) {
                part[h] = head(n.g, qkv, b, h, &n.p[l][b][h]);
            }
            Tensor *own = mm_reshape(n.g, mm_concat(n.g, HEADS, part, 1), MM_SHAPE(1, T, D));
            y = y ? mm_concat(n.g, 2, (Tensor *[]){y, own}, 0) : own;
        }
        y = by_hand ? y : (n.layer[l] = mm_attention(n.g, qkv, HEADS, false));
        qkv = l + 1 < LAYERS ? mm_matmul(n.g, y, w, MM_NN) : y;
    }
    mm_backward(n.g, mm_sum(n.g, mm_mul(n.g, qkv, numbers(n.g, n.ps, "dS", MM_SHAPE(B, T, D))), MM_ALL));
    return n;
}

static void net_free(Net *n)
{
    mm_graph_free(n->g);
    mm_params_free(n->ps);
}

static void probabilities(void **state)
{
    (void)state;
    Net fused = net(false), single = net(true);
    for (int l = 0; l < LAYERS; l++) {
        for (int b = 0; b < B; b++) {
            for (int h = 0; h < HEADS; h++) {
                int heads;
                real dp[T * T];
                const real *p = mm_attention_probabilities(fused.layer[l], &heads) + (b * HEADS + h) * T * T;
                mm_attention_probability_grad(fused.layer[l], b, h, dp);
                assert_int_equal(heads, HEADS);
                for (int i = 0; i < T * T; i++) {
                    near((double)p[i], (double)single.p[l][b][h]->data[i]);
                    near((double)dp[i], (double)single.p[l][b][h]->grad[i]);
                }
            }
        }
    }
    net_free(&fused);
    net_free(&single);
}

/* The definition, with whole matrices: R = M_2 M_1, M_l = (1 + A_l) / 2 or 1 + A_l. */
static void by_definition(const Net *n, int b, bool relevance, double *row)
{
    double m[LAYERS][T][T] = {0};
    for (int l = 0; l < LAYERS; l++) {
        for (int i = 0; i < T * T; i++) {
            double a = 0;
            for (int h = 0; h < HEADS; h++) {
                double p = (double)n->p[l][b][h]->data[i], d = (double)n->p[l][b][h]->grad[i];
                a += (relevance ? fmax(0, p * d) : p) / HEADS;
            }
            m[l][i / T][i % T] = ((i / T == i % T) + a) / (relevance ? 1 : 2);
        }
    }
    for (int j = 0; j < T; j++) {
        row[j] = 0;
        for (int k = 0; k < T; k++) {
            row[j] += m[1][0][k] * m[0][k][j];
        }
    }
}

/* [attention_rollout] [attention_relevance] */
static void walks(void **state)
{
    (void)state;
    Net fused = net(false), single = net(true);
    for (int b = 0; b < B; b++) {
        real rollout[T], relevance[T], swapped[T];
        double wanted[T], sum = 0;
        mm_attention_rollout(fused.layer, LAYERS, b, rollout);
        mm_attention_relevance(fused.layer, LAYERS, b, relevance);
        by_definition(&single, b, false, wanted);
        for (int t = 0; t < T; t++) {
            near((double)rollout[t], wanted[t]);
            sum += (double)rollout[t];
        }
        near(sum, 1); /* rows of P sum to 1, so do those of any product of them */
        by_definition(&single, b, true, wanted);
        for (int t = 0; t < T; t++) {
            near((double)relevance[t], wanted[t]);
        }
        mm_attention_rollout((Tensor *[]){fused.layer[1], fused.layer[0]}, LAYERS, b, swapped);
        assert_true(fabs((double)(swapped[1] - rollout[1])) > 1e-3); /* the order of the layers counts */
    }
    net_free(&fused);
    net_free(&single);
}

/* [grad_cam] [hires_cam] S = sum w A over two channels of 2 x 2 places, so that dS/dA = w; worked out by hand. */
static void cams(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *a = mm_param(ps, "A", MM_SHAPE(2, 2, 2, 2), (Init){MM_ZERO, 0});
    const real A[16] = {1, 2, 0, 0, 0, 0, 3, 1, 9, 9, 9, 9, 9, 9, 9, 9},
               w[16] = {4, 0, 0, 0, 0, -2, -2, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    real map[4];
    for (int i = 0; i < 16; i++) {
        a->data[i] = A[i];
    }
    mm_backward(g, mm_sum(g, mm_mul(g, a, mm_input(g, a->shape, w)), MM_ALL));
    mm_grad_cam(a, 0, map); /* alpha = 1, -1 */
    const double grad_cam[4] = {1, 2, 0, 0};
    for (int p = 0; p < 4; p++) {
        near((double)map[p], grad_cam[p]);
    }
    mm_hires_cam(a, 0, map);
    const double hires_cam[4] = {4, 0, 0, 0}; /* 4 1, 0 2, 0 - 2 3 < 0, 0 */
    for (int p = 0; p < 4; p++) {
        near((double)map[p], hires_cam[p]);
    }
    mm_grad_cam(a, 1, map);
    near((double)map[3], 18);
    mm_graph_free(g);
    mm_params_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities),
        cmocka_unit_test(walks),
        cmocka_unit_test(cams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
