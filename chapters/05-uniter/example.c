/* example.c: `uniter example`: a text, a picture of two things, and every number on the way from them to the losses. What this page is
 * about, regions becoming vectors and words moving onto regions, is computed a second time by plain loops, in double. */
#include "mm/inspect.h"
#include "program.h"
#include "sample.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { WIDTH = 4, ITERATIONS = 50, MOST = SAMPLE_WORDS + SAMPLE_REGIONS };

typedef struct Example {
    Sample sample;
    Params *params;
    Uniter u;
    Graph *g;
} Example;

static Uniter tiny(Params *ps, const Sample *s)
{
    const BertConfig bert = {.vocab = s->tokens.size,
                             .width = WIDTH,
                             .layers = 1,
                             .heads = 1,
                             .intermediate = 8,
                             .positions = SAMPLE_WORDS,
                             .types = 2};
    Uniter u = uniter_init(ps, (UniterConfig){.bert = bert, .img_dim = SAMPLE_COLOURS, .label_dim = SAMPLE_CLASSES});
    for (int i = 0; i < mm_params_count(ps); i++) { /* weights of BERT's size are of no use to vectors of four numbers */
        Tensor *p = mm_params_at(ps, i);
        for (size_t k = 0; k < p->n && p->shape.rank == 2; k++) {
            p->data[k] *= 30;
        }
    }
    return u;
}

/* ---- by hand ---- */

static void layer_norm(double *x, const LayerNorm *l)
{
    double mean = 0, variance = 0;
    for (int d = 0; d < WIDTH; d++) {
        mean += x[d] / WIDTH;
    }
    for (int d = 0; d < WIDTH; d++) {
        variance += (x[d] - mean) * (x[d] - mean) / WIDTH;
    }
    for (int d = 0; d < WIDTH; d++) {
        x[d] = (x[d] - mean) / sqrt(variance + 1e-12) * (double)l->weight->data[d] + (double)l->bias->data[d];
    }
}

static void linear(const Linear *l, const real *x, int n, double *y)
{
    for (int d = 0; d < WIDTH; d++) {
        y[d] = (double)l->bias->data[d];
        for (int i = 0; i < n; i++) {
            y[d] += (double)l->weight->data[d * n + i] * (double)x[i];
        }
    }
}

/* LN(LN(W_f f + c_f) + LN(W_b b + c_b) + type[1]) */
static void region_by_hand(const Uniter *u, const real *feat, const real *box, double *y)
{
    double pos[WIDTH];
    linear(&u->img_linear, feat, SAMPLE_COLOURS, y);
    layer_norm(y, &u->img_layer_norm);
    linear(&u->pos_linear, box, UNITER_BOX, pos);
    layer_norm(pos, &u->pos_layer_norm);
    for (int d = 0; d < WIDTH; d++) {
        y[d] += pos[d] + (double)u->bert.token_type_embeddings->data[WIDTH + d];
    }
    layer_norm(y, &u->img_norm);
}

/* IPOT (see src/nn/transport.c) on a cost of m words and n regions. */
static void plan_by_hand(const real *cost, int m, int n, int iterations, double *T)
{
    double sigma[MOST], delta[MOST];
    for (int i = 0; i < m * n; i++) {
        T[i] = 1;
        sigma[i / n] = 1.0 / m;
    }
    for (int step = 0; step < iterations; step++) {
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int i = 0; i < m; i++) {
                T[i * n + j] *= exp(-(double)cost[i * n + j] / 0.5);
                sum += T[i * n + j] * sigma[i];
            }
            delta[j] = 1 / (n * sum);
        }
        for (int i = 0; i < m; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += T[i * n + j] * delta[j];
            }
            sigma[i] = 1 / (m * sum);
            for (int j = 0; j < n; j++) {
                T[i * n + j] *= sigma[i] * delta[j];
            }
        }
    }
}

static double apart(const double *hand, const real *tape, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++) {
        most = fmax(most, fabs(hand[i] - (double)tape[i]));
    }
    return most;
}

/* ---- printing ---- */

static const char *word(const Example *e, int item, int t)
{
    return mm_wordpiece_text(e->sample.vocabulary, e->sample.ids[item][t]);
}

static void print_row(const char *name, const real *x, int n)
{
    printf("   %-10s", name);
    for (int i = 0; i < n; i++) {
        printf(" %8.4f", (double)x[i]);
    }
    printf("\n");
}

static void print_inputs(const Example *e)
{
    const Sample *s = &e->sample;
    printf("1. What goes in\n   text      ");
    for (int t = 0; t < s->item[0].words; t++) {
        printf(" %s %d ", word(e, 0, t), s->ids[0][t]);
    }
    printf("\n   a region's colour f: red, green, blue; its box b: left, top, right, bottom, width, height, width x height\n");
    for (int r = 0; r < SAMPLE_REGIONS; r++) {
        print_row(sample_thing[0][r], s->feat[0] + r * SAMPLE_COLOURS, SAMPLE_COLOURS);
        print_row("", s->box[0] + r * UNITER_BOX, UNITER_BOX);
    }
}

/* text and image: what the layers read, words first. */
static void print_embeddings(const Example *e, const Tensor *x)
{
    const Item *item = &e->sample.item[0];
    double hand[SAMPLE_REGIONS * WIDTH];
    printf("\n2. One sequence: LN(word + position + type 0), then LN(LN(W f) + LN(W b) + type 1)\n");
    for (int i = 0; i < item->words + item->regions; i++) {
        print_row(i < item->words ? word(e, 0, i) : sample_thing[0][i - item->words], x->data + i * WIDTH, WIDTH);
    }
    for (int r = 0; r < SAMPLE_REGIONS; r++) {
        region_by_hand(&e->u, item->feat + r * SAMPLE_COLOURS, item->box + r * UNITER_BOX, hand + r * WIDTH);
    }
    printf("   the regions by hand: apart by %.1e at most\n", apart(hand, x->data + item->words * WIDTH, SAMPLE_REGIONS * WIDTH));
}

static void print_hidden(const Example *e, const Tensor *h)
{
    const Item *item = &e->sample.item[0];
    printf("\n3. After a layer in which all see all: h\n");
    for (int i = 0; i < item->words + item->regions; i++) {
        print_row(i < item->words ? word(e, 0, i) : sample_thing[0][i - item->words], h->data + i * WIDTH, WIDTH);
    }
}

/* ---- the tasks ---- */

/* The first picture with its own text, or in row 1 with the second text. */
static Batch pair(Example *e, bool own)
{
    Rng rng = mm_rng(1, "pair");
    Batch b = make_batch(&e->sample.set, &e->sample.tokens, TASKS, (const int[]){own ? 0 : 1}, 1, &rng, e->g);
    if (!own) {
        b.inputs.feat = mm_input(e->g, MM_SHAPE(1, SAMPLE_REGIONS, SAMPLE_COLOURS), e->sample.feat[0]);
        b.inputs.box = mm_input(e->g, MM_SHAPE(1, SAMPLE_REGIONS, UNITER_BOX), e->sample.box[0]);
    }
    return b;
}

static double masked_word(Example *e, int at)
{
    Batch b = pair(e, true);
    int ids[SAMPLE_WORDS];
    for (int t = 0; t < SAMPLE_WORDS; t++) {
        ids[t] = t == at ? e->sample.tokens.mask : e->sample.ids[0][t];
    }
    b.inputs.ids = ids;
    const Asked asked = {.n = 1, .at = &at, .word = &e->sample.ids[0][at]};
    return (double)uniter_loss(e->g, &e->u, TASK_MLM, &b.inputs, &asked)->data[0];
}

static double masked_region(Example *e, Task task)
{
    static const bool masked[SAMPLE_REGIONS] = {true, false};
    Batch b = pair(e, true);
    b.inputs.masked = masked;
    return (double)uniter_loss(e->g, &e->u, task, &b.inputs, &b.asked)->data[0];
}

static double match(Example *e, bool own)
{
    const int matched = own;
    Batch b = pair(e, own);
    const Asked asked = {.matched = &matched};
    return (double)uniter_loss(e->g, &e->u, TASK_ITM, &b.inputs, &asked)->data[0];
}

typedef struct Losses {
    double mlm, mrfr, mrc, kl, itm[2];
} Losses;

static void print_losses(const Example *e, const Losses *l, int at)
{
    printf("\n4. The tasks, one a step\n   MLM      \"%s\" masked: -ln p(%s | h) = %.4f; guessing: ln %d = %.4f\n",
           word(e, 0, at), word(e, 0, at), l->mlm, e->sample.tokens.size, log(e->sample.tokens.size));
    printf("   MRFR     the %s masked: mean square of what its colour is off = %.4f\n", sample_thing[0][0], l->mrfr);
    printf("   MRC      -ln p(%s) = %.4f; guessing: ln %d = %.4f\n", sample_thing[0][0], l->mrc, SAMPLE_CLASSES,
           log(SAMPLE_CLASSES));
    printf("   MRC-kl   sum q ln(q / p) / %d = %.4f\n", SAMPLE_CLASSES, l->kl);
    printf("   ITM      \"%s\": -ln p(yes) = %.4f;  \"%s\": -ln p(no) = %.4f\n", e->sample.text[0], l->itm[0], e->sample.text[1],
           l->itm[1]);
}

static void print_plan(const Example *e, const Tensor *cost, const Tensor *plan, double distance)
{
    int m = e->sample.item[0].words, n = SAMPLE_REGIONS;
    double once[MOST * SAMPLE_REGIONS], hand[MOST * SAMPLE_REGIONS], columns[SAMPLE_REGIONS] = {0};
    plan_by_hand(cost->data, m, n, 1, once);
    plan_by_hand(cost->data, m, n, ITERATIONS, hand);
    printf("\n5. Alignment: what moving a word onto a region costs, 1 - cos, and how much is moved (IPOT)\n"
           "   %-10s %17s %22s %22s\n   %-10s %8s %8s %13s %8s %13s %8s\n",
           "", "cost", "after 1 iteration", "after 50", "", sample_thing[0][0], sample_thing[0][1], sample_thing[0][0],
           sample_thing[0][1], sample_thing[0][0], sample_thing[0][1]);
    for (int i = 0; i < m; i++) {
        printf("   %-10s %8.4f %8.4f %13.4f %8.4f %13.4f %8.4f\n", word(e, 0, i), (double)cost->data[i * n],
               (double)cost->data[i * n + 1], once[i * n], once[i * n + 1], (double)plan->data[i * n],
               (double)plan->data[i * n + 1]);
        for (int j = 0; j < n; j++) {
            columns[j] += hand[i * n + j];
        }
    }
    printf("   every word moves 1/%d; the regions receive %.4f and %.4f, 1/%d each in the limit\n", m, columns[0], columns[1], n);
    printf("   distance: sum of cost times what is moved = %.4f\n", distance);
    printf("   the plan by hand: apart by %.1e at most\n", apart(hand, plan->data, m * n));
}

static json_t *numbers(const real *x, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(a, json_real((double)x[i]));
    }
    return a;
}

static void print_json(const Example *e, const Tensor *h, const Losses *l, const Tensor *cost, const Tensor *plan,
                       double distance)
{
    json_t *tokens = json_array();
    for (int t = 0; t < e->sample.item[0].words; t++) {
        json_array_append_new(tokens, json_string(word(e, 0, t)));
    }
    json_t *j = json_pack("{s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:[f, f]}", "tokens", tokens, "hidden",
                          numbers(h->data, h->n), "cost", numbers(cost->data, cost->n), "plan", numbers(plan->data, plan->n),
                          "distance", distance, "mlm", l->mlm, "mrfr", l->mrfr, "mrc", l->mrc, "mrc-kl", l->kl, "itm", l->itm[0],
                          l->itm[1]);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

/* What the layers read: the input of the first op that a layer runs. */
static const Tensor *sequence(Graph *g, const Uniter *u)
{
    for (int i = 0; i < mm_graph_size(g); i++) {
        const Tensor *t = mm_graph_node(g, i);
        if (t->op == &mm_op_linear && t->in[1] == u->bert.layer[0].query.weight) {
            return t->in[0];
        }
    }
    return NULL;
}

static void show(Example *e, bool json)
{
    int cat = 2; /* [CLS] a cat … */
    Batch b = pair(e, true);
    Tensor *h = uniter_encode(e->g, &e->u, &b.inputs), *cost = uniter_cost(e->g, &b.inputs, h);
    const Tensor *x = sequence(e->g, &e->u), *plan = uniter_plan(e->g, &b.inputs, h);
    double distance = 0;
    for (size_t i = 0; i < plan->n; i++) {
        distance += (double)(plan->data[i] * cost->data[i]);
    }
    const Losses l = {.mlm = masked_word(e, cat),
                      .mrfr = masked_region(e, TASK_MRFR),
                      .mrc = masked_region(e, TASK_MRC),
                      .kl = masked_region(e, TASK_MRC_KL),
                      .itm = {match(e, true), match(e, false)}};
    if (json) {
        print_json(e, h, &l, cost, plan, distance);
        return;
    }
    printf("\"%s\" and its picture, through a UNITER of one layer and vectors of %d numbers that has learned nothing\n\n",
           e->sample.text[0], WIDTH);
    print_inputs(e);
    print_embeddings(e, x);
    print_hidden(e, h);
    print_losses(e, &l, cat);
    print_plan(e, cost, plan, distance);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

int command_example(int argc, char **argv)
{
    Common common = mm_common_defaults("out/uniter");
    const struct argp argp = {
        .parser = parse,
        .children = mm_common_options,
        .doc = "A text and a picture of two things, and every number from them to the losses of all tasks."};
    Error err;
    Example e = {0};
    mm_program_parse(&argp, argc, argv, &common, &common);
    bool ok = sample_make(&e.sample, common.data, &err);
    if (ok) {
        e.params = mm_params_new(common.seed);
        e.u = tiny(e.params, &e.sample);
        e.g = mm_graph_new(common.seed);
        mm_graph_train(e.g, false);
        show(&e, common.json);
        mm_graph_free(e.g);
        mm_params_free(e.params);
    }
    sample_free(&e.sample);
    return ok ? 0 : mm_program_error(&err);
}
