/* model.c: every way to fuse: its gradients, what a missing modality is, and what late fusion's rules make of decisions. In double.
 *
 * [early_fusion] [late_fusion] [hybrid_fusion] [tensor_decision] [low_rank_decision] [gated_fusion] [cross_attention] */
#include "learn.h"
#include "mm/inspect.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { B = 3, T = 4, WORDS = 7, FRAME = 5, SIDE = 8, N = MM_MODALITIES };

/* Words, frames and a picture, of which some are missing. */
typedef struct Input {
    int ids[B * T], length[2][B];
    real frames[B * T * FRAME], pixels[B * 3 * SIDE * SIDE], present[B * N], target[B * CLASSES];
} Input;

static Input input(uint64_t seed)
{
    Input in;
    Rng rng = mm_rng(seed, "test");
    for (int i = 0; i < B * T; i++) {
        in.ids[i] = mm_below(&rng, WORDS);
    }
    for (int b = 0; b < B; b++) {
        in.length[0][b] = 1 + mm_below(&rng, T);
        in.length[1][b] = 1 + mm_below(&rng, T);
        in.target[b * CLASSES + 1] = (real)mm_uniform(&rng);
        in.target[b * CLASSES] = 1 - in.target[b * CLASSES + 1];
    }
    in.length[0][0] = in.length[1][1] = T;
    for (int i = 0; i < B * T * FRAME; i++) {
        in.frames[i] = (real)mm_normal(&rng);
    }
    for (int i = 0; i < B * 3 * SIDE * SIDE; i++) {
        in.pixels[i] = (real)mm_normal(&rng);
    }
    for (int i = 0; i < B * N; i++) {
        in.present[i] = 1;
    }
    return in;
}

static Batch batch(const Input *in)
{
    return (Batch){.n = B,
                   .part = {{.T = T, .ids = in->ids, .length = in->length[0]},
                            {.T = T, .x = in->frames, .length = in->length[1]},
                            {.x = in->pixels}},
                   .target = in->target,
                   .present = in->present};
}

static Net small(FusionKind kind, Reader reader)
{
    static const Task task = {.encoder = {{.name = "text", .kind = ENCODE_WORDS, .in = WORDS},
                                          {.name = "voice", .kind = ENCODE_FRAMES, .in = FRAME},
                                          {.name = "face", .kind = ENCODE_PICTURE, .in = SIDE}}};
    const Recipe recipe = {.fusion = kind, .text = reader, .voice = reader, .width = 4, .hidden = 5, .products = 2, .rank = 2};
    return net_new(&task, &recipe, 7);
}

typedef struct Checked {
    const Net *net;
    const Input *in;
} Checked;

static Tensor *loss_of(Graph *g, void *model)
{
    const Checked *c = model;
    Batch b = batch(c->in);
    Decisions d = net_forward(g, c->net, &b);
    return fusion_loss(g, &d, b.target);
}

/* Late fusion stops the gradient of its sum on purpose, so its derivative is not that of its loss: see late_is_separate. */
static void gradients(void **state)
{
    (void)state;
    Input in = input(1);
    in.present[1] = in.present[N] = in.present[N + 2] = 0;
    for (int kind = 0; kind < FUSIONS; kind++) {
        for (int reader = 0; reader < READERS && kind != FUSE_LATE; reader++) {
            Net net = small((FusionKind)kind, (Reader)reader);
            Checked c = {&net, &in};
            ModelCheck worst;
            if (!mm_modelcheck(net.params, loss_of, &c, 4, 1e-5, &worst)) {
                fail_msg("%s, %s: %s", fusion_name[kind], reader_name[reader], worst.text);
            }
            net_free(&net);
        }
    }
}

/* Every parameter learns: none is left outside, as the factors of low-rank fusion are in one well-known implementation. */
static void all_learn(void **state)
{
    (void)state;
    Input in = input(2);
    for (int kind = 0; kind < FUSIONS; kind++) {
        Net net = small((FusionKind)kind, READ_LSTM);
        Checked c = {&net, &in};
        Graph *g = mm_graph_new(1);
        mm_backward(g, loss_of(g, &c));
        for (int i = 0; i < mm_params_count(net.params); i++) {
            const Tensor *p = mm_params_at(net.params, i);
            if (p->needs_grad && (!p->grad || mm_sum_squares(p->grad, p->n) == 0)) {
                fail_msg("%s: %s gets no gradient", fusion_name[kind], p->name);
            }
        }
        Optimizer *opt = mm_optimizer_new(net.params, (OptimizerConfig){&mm_sgd});
        const Tensor *factor = kind == FUSE_LOW_RANK ? net.fusion.low_rank.factor[1] : net.encoder[1].project.weight;
        double before = mm_sum_squares(factor->data, factor->n);
        mm_optimizer_step(opt, (real)0.1);
        assert_true(mm_sum_squares(factor->data, factor->n) != before);
        mm_graph_free(g);
        net_free(&net);
    }
}

/* The gradient of the voice encoder, after the words of the batch were exchanged for others. */
static double voice_gradient(FusionKind kind, const Input *in)
{
    Net net = small(kind, READ_LSTM);
    Checked c = {&net, in};
    Graph *g = mm_graph_new(1);
    mm_backward(g, loss_of(g, &c));
    double sum = 0;
    const Tensor *w = net.encoder[1].project.weight;
    for (size_t i = 0; i < w->n; i++) {
        sum += (double)w->grad[i] * (double)(i + 1);
    }
    mm_graph_free(g);
    net_free(&net);
    return sum;
}

/* In late fusion what the voice learns does not depend on the words; everywhere else it does. */
static void late_is_separate(void **state)
{
    (void)state;
    Input in = input(3), other = in;
    for (int i = 0; i < B * T; i++) {
        other.ids[i] = (in.ids[i] + 1) % WORDS;
    }
    for (int kind = 0; kind < FUSIONS; kind++) {
        double a = voice_gradient((FusionKind)kind, &in), b = voice_gradient((FusionKind)kind, &other);
        assert_true(kind == FUSE_LATE ? a == b : fabs(a - b) > 1e-9);
    }
}

static void decide(const Net *net, const Input *in, LateRule rule, real *p)
{
    Graph *g = mm_graph_new(1);
    Batch b = batch(in);
    mm_graph_train(g, false);
    Decisions d = net_forward(g, net, &b);
    fusion_probabilities(&d, rule, p);
    mm_graph_free(g);
}

/* What is missing changes nothing, whatever it would have been; what is there does. */
static void missing(void **state)
{
    (void)state;
    Input in = input(4), other;
    for (int b = 0; b < B; b++) {
        in.present[b * N + 1] = 0;
    }
    other = in;
    for (int i = 0; i < B * T * FRAME; i++) {
        other.frames[i] += 1;
    }
    for (int kind = 0; kind < FUSIONS; kind++) {
        for (int rule = 0; rule < LATE_RULES; rule++) {
            Net net = small((FusionKind)kind, READ_LSTM);
            real a[B * CLASSES], b[B * CLASSES];
            decide(&net, &in, (LateRule)rule, a);
            decide(&net, &other, (LateRule)rule, b);
            assert_memory_equal(a, b, sizeof a);
            net_free(&net);
        }
    }
}

/* Three modalities, two of them for class 0 weakly, one for class 1 strongly. */
static void late_case(LateRule rule, const real *present, const real *weight, double p_of_1)
{
    static const double p[N] = {0.4, 0.45, 0.9}; /* of class 1 */
    Graph *g = mm_graph_new(1);
    Decisions d = {.present = mm_input(g, MM_SHAPE(1, N), present)};
    real all[CLASSES] = {0}, out[CLASSES];
    for (int m = 0; m < N; m++) {
        const real logits[CLASSES] = {0, (real)log(p[m] / (1 - p[m]))};
        d.alone[m] = mm_input(g, MM_SHAPE(1, CLASSES), logits);
        all[1] += weight[m] * present[m] * logits[1];
    }
    d.all = mm_input(g, MM_SHAPE(1, CLASSES), all);
    fusion_probabilities(&d, rule, out);
    if (fabs((double)out[1] - p_of_1) > 1e-9 || fabs((double)(out[0] + out[1]) - 1) > 1e-9) {
        fail_msg("%s: %.12g, expected %.12g", late_name[rule], (double)out[1], p_of_1);
    }
    mm_graph_free(g);
}

/* [late_mean] [late_product] [late_weights] [late_vote] */
static void late_rules(void **state)
{
    (void)state;
    static const real all[N] = {1, 1, 1}, some[N] = {1, 0, 1}, weight[N] = {1, 2, (real)0.5};
    double odds = 0.4 / 0.6 * (0.45 / 0.55) * (0.9 / 0.1);
    late_case(LATE_MEAN, all, weight, (0.4 + 0.45 + 0.9) / 3);
    late_case(LATE_MEAN, some, weight, (0.4 + 0.9) / 2);
    late_case(LATE_PRODUCT, all, weight, odds / (1 + odds));
    late_case(LATE_PRODUCT, some, weight, 6.0 / 7);
    odds = 0.4 / 0.6 * pow(0.45 / 0.55, 2) * sqrt(0.9 / 0.1);
    late_case(LATE_WEIGHTS, all, weight, odds / (1 + odds));
    late_case(LATE_VOTE, all, weight, 0.999 / 3 + 0.001 * (0.4 + 0.45 + 0.9) / 3);
    late_case(LATE_VOTE, some, weight, 0.999 / 2 + 0.001 * 0.65); /* one vote each: the mean, .65, decides for class 1 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients), cmocka_unit_test(all_learn),  cmocka_unit_test(late_is_separate),
        cmocka_unit_test(missing),   cmocka_unit_test(late_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
