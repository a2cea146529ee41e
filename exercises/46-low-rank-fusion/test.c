/* Low-rank fusion. */
#include "46.h"
#include "check.h"

#include "mm/nn.h"

enum { B = 2, MODALITIES = 3, RANK = 2, OUT = 4 };
static const int dim[MODALITIES] = {3, 2, 4};

/* n modalities of one number each, h = 2, 3, …; one output, one rank unless `ranks` says more. factor: (ranks, 2) for each. */
static void by_hand(int n, int ranks, const real *factor, const real *weights, real bias, double wanted)
{
    static const int one[] = {1, 1};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    LowRankFusion f = mm_low_rank_init(ps, "f", n, one, ranks, 1);
    Tensor *h[2];
    for (int m = 0; m < n; m++) {
        memcpy(f.factor[m]->data, factor + 2 * ranks * m, (size_t)(2 * ranks) * sizeof *factor);
        h[m] = mm_input(g, MM_SHAPE(1, 1), (const real[]){(real)(2 + m)});
    }
    memcpy(f.fusion_weights->data, weights, (size_t)ranks * sizeof *weights);
    f.fusion_bias->data[0] = bias;
    Tensor *y = YOURS(mm_low_rank_forward)(g, &f, h);
    expect(mm_shape_equal(y->shape, MM_SHAPE(1, 1)), "y must be (1, 1)");
    expect_number("y", (double)y->data[0], wanted, 1e-12);
    mm_graph_free(g);
    mm_params_free(ps);
}

static Tensor *built(Graph *g, Params *ps, bool theirs, void *context)
{
    (void)context;
    LowRankFusion f = mm_low_rank_init(ps, "f", MODALITIES, dim, RANK, OUT);
    f.fusion_bias->data[1] = 1;
    Tensor *h[MODALITIES];
    for (int m = 0; m < MODALITIES; m++) {
        h[m] = mm_param(ps, mm_name(ps, "h%d", m), MM_SHAPE(B, dim[m]), (Init){MM_NORMAL, 1});
    }
    return (theirs ? YOURS(mm_low_rank_forward) : mm_low_rank_forward)(g, &f, h);
}

/* y and, after a random upstream gradient, the gradients of all parameters; both sets have the same numbers in the same order. */
static void compare(void)
{
    Params *ps[2];
    Graph *g[2];
    Tensor *y[2];
    real dy[B * OUT];
    draw(dy, B * OUT, -1, 1, "dy");
    for (int k = 0; k < 2; k++) {
        ps[k] = mm_params_new(1);
        g[k] = mm_graph_new(1);
        y[k] = built(g[k], ps[k], k == 0, NULL);
    }
    expect(mm_shape_equal(y[0]->shape, y[1]->shape), "y must be (%d, %d)", B, OUT);
    if (mm_shape_equal(y[0]->shape, y[1]->shape)) {
        expect_tensor("y", y[0]->shape, y[0]->data, y[1]->data, 1e-9);
        mm_backward_from(g[0], y[0], dy);
        mm_backward_from(g[1], y[1], dy);
        for (int i = 0; i < mm_params_count(ps[0]); i++) {
            const Tensor *mine = mm_params_at(ps[0], i), *right = mm_params_at(ps[1], i);
            expect_tensor(mine->name, mine->shape, mine->grad, right->grad, 1e-9);
        }
    }
    for (int k = 0; k < 2; k++) {
        mm_graph_free(g[k]);
        mm_params_free(ps[k]);
    }
}

void exercise_46(void)
{
    draw_pair(built, NULL);
    check("one", "one modality, h = 2: a line", "[1 ; h] W is 10 + 2 * 5; then the weight w and the bias.");
    by_hand(1, 1, (const real[]){10, 5}, (const real[]){1}, 0, 20);
    check("product", "two modalities, h = 2 and 3: (1 + 2) (1 + 3)", "What the modalities give is multiplied, not added.");
    by_hand(2, 1, (const real[]){1, 1, 1, 1}, (const real[]){1}, 0, 12);
    check("weights", "two ranks, weighted by 1 and -10",
          "Each rank has its product, and its weight; the sum over the ranks is the last step but the bias.");
    by_hand(2, 2, (const real[]){1, 1, 0, 1, 1, 0, 0, 1}, (const real[]){1, -10}, 0, 3 * 1 - 10 * 2 * 3);
    check("bias", "the same with a bias of 100", "The bias is added once, at the end.");
    by_hand(2, 2, (const real[]){1, 1, 0, 1, 1, 0, 0, 1}, (const real[]){1, -10}, 100, 100 + 3 - 60);
    check("library", "three modalities of different sizes, four outputs, and all gradients",
          "Which dimension of a factor is which: (rank, 1 + d, out). Everything must be made by ops.");
    compare();
}
