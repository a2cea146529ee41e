/* example.c: `align example`: the loss of two pairs, a cat and a dog, number by number: similarities, logits, both softmaxes, the smoothed
 * targets, the loss and its gradient, by hand and from the tape; and what a step does to the temperature. */
#include "program.h"
#include "recipe.h"

#include <jansson.h>
#include <math.h>

enum { N = 2, EMBED = 8 };

static const struct {
    const char *code, *text;
} pairs[N] = {{"1F408", "a cute cat"}, {"1F415", "a loyal dog"}};
static const char *const style = "twemoji";
static const double smoothing = 0.1;

typedef struct ExampleOptions {
    Common common;
    int steps; /* taken before the numbers are shown */
    double lr;
} ExampleOptions;

typedef double Square[N][N]; /* rows: pictures; columns: texts */

/* All that is computed by hand, from the two encoders' rows of length 1. */
typedef struct ByHand {
    double x[N][EMBED], y[N][EMBED];
    double t;
    Square S, Z, P, Q, target, dZ; /* P: softmax over texts, Q: over pictures */
    double to_text, to_image, loss, dt;
    double dt_size; /* sum |dZ Z| / t: its parts, which may cancel */
    double dx[N][EMBED], dy[N][EMBED];
} ByHand;

/* ---- by hand ---- */

static void similarities(ByHand *h)
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            h->S[i][j] = 0;
            for (int k = 0; k < EMBED; k++) {
                h->S[i][j] += h->x[i][k] * h->y[j][k];
            }
            h->Z[i][j] = h->S[i][j] / h->t;
            h->target[i][j] = (i == j ? 1 - smoothing : 0) + smoothing / N;
        }
    }
}

static void softmaxes(ByHand *h)
{
    for (int i = 0; i < N; i++) {
        double row = 0, column = 0;
        for (int j = 0; j < N; j++) {
            row += exp(h->Z[i][j]);
            column += exp(h->Z[j][i]);
        }
        for (int j = 0; j < N; j++) {
            h->P[i][j] = exp(h->Z[i][j]) / row;
            h->Q[j][i] = exp(h->Z[j][i]) / column;
        }
    }
}

/* Z = S / t, so dZ/dt = -S / t^2 = -Z / t: dL/dt from dL/dZ and Z, of which there are n numbers. */
static double d_temperature(const double *dZ, const double *Z, int n, double t)
{
    /* region d_temperature */
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += dZ[i] * Z[i];
    }
    return -sum / t;
    /* end d_temperature */
}

/* L = -1/N sum target ln P - 1/N sum target ln Q, so dZ = (P + Q - 2 target) / N. */
static void losses(ByHand *h)
{
    h->to_text = h->to_image = h->dt_size = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            h->to_text -= h->target[i][j] * log(h->P[i][j]) / N;
            h->to_image -= h->target[i][j] * log(h->Q[i][j]) / N;
            h->dZ[i][j] = (h->P[i][j] + h->Q[i][j] - 2 * h->target[i][j]) / N;
            h->dt_size += fabs(h->dZ[i][j] * h->Z[i][j] / h->t);
        }
    }
    h->dt = d_temperature(h->dZ[0], h->Z[0], N * N, h->t);
    h->loss = h->to_text + h->to_image;
}

/* S = x y^T: dx = dZ y / t, dy = dZ^T x / t */
static void row_gradients(ByHand *h)
{
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < EMBED; k++) {
            h->dx[i][k] = h->dy[i][k] = 0;
            for (int j = 0; j < N; j++) {
                h->dx[i][k] += h->dZ[i][j] * h->y[j][k] / h->t;
                h->dy[i][k] += h->dZ[j][i] * h->x[j][k] / h->t;
            }
        }
    }
}

/* ---- on the tape ---- */

/* The smallest ALIGN that is still one. */
static AlignModel tiny_model(unsigned long long seed, Error *err)
{
    const char *const texts[N] = {pairs[0].text, pairs[1].text};
    AlignModel m = {.tokenizer = mm_wordpiece_learn(texts, N, 64, true, err)};
    if (m.tokenizer) {
        AlignConfig c = recipe_default().model;
        c.input.squashed = 48;
        c.image = (EfficientnetConfig){
            .width = 0.25, .depth = 1, .size = 48, .stages = 2, .stage = {{1, 3, 1, 1, 16, false}, {1, 3, 2, 4, 32, false}}};
        c.text = (BertConfig){.vocab = mm_wordpiece_size(m.tokenizer),
                              .width = 8,
                              .layers = 1,
                              .heads = 2,
                              .intermediate = 16,
                              .positions = 24,
                              .types = 2,
                              .init = (real)0.2}; /* 0.02 sqrt(768 / 8) */
        c.temperature = (real)0.5;
        m.params = mm_params_new(seed);
        m.align = align_init(m.params, c);
    }
    return m;
}

static bool read_pictures(const char *data, const AlignConfig *c, Tensor *pixels, Error *err)
{
    EmojiSet emoji;
    char *folder = mm_join_path(data, "emoji");
    bool ok = mm_emoji_load(folder, &style, 1, &emoji, err);
    for (int i = 0; i < N && ok; i++) {
        int concept = mm_concepts_find(&emoji.concepts, pairs[i].code), k = 0;
        while (k < emoji.n && emoji.at[k].concept != concept) {
            k++;
        }
        ok = k < emoji.n || mm_error(err, "%s: the style %s has no picture %s", folder, style, pairs[i].code);
        if (ok) {
            align_preprocess(c, &emoji.at[k].picture, pixels->data + (size_t)i * pixels->n / N);
        }
    }
    mm_emoji_free(&emoji);
    free(folder);
    return ok;
}

typedef struct Tape {
    Tensor *loss, *Z, *x, *y; /* x, y: of length 1 */
} Tape;

static bool forward(Graph *g, const AlignModel *m, const char *data, Tape *t, Error *err)
{
    const AlignConfig *c = &m->align.config;
    int ids[N * 64], length[N];
    mm_graph_train(g, false); /* BatchNorm over two pictures would make each the opposite of the other */
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(N, 3, c->image.size, c->image.size), NULL), "pixels");
    for (int i = 0; i < N; i++) {
        if (!mm_wordpiece_tokenize(m->tokenizer, pairs[i].text, c->context, ids + i * c->context, &length[i], err)) {
            return false;
        }
    }
    if (!read_pictures(data, c, pixels, err)) {
        return false;
    }
    Tensor *image = align_encode_image(g, &m->align, pixels), *text = align_encode_text(g, &m->align, ids, length, N, c->context);
    t->Z = align_logits(g, &m->align, image, text);
    t->loss = align_loss(g, t->Z, (real)smoothing);
    t->x = t->Z->in[0]->in[0]; /* Z = S / t, S = x y^T */
    t->y = t->Z->in[0]->in[1];
    return true;
}

/* How far the tape is from the hand, relative to the largest number of each kind. */
static double apart(const real *tape, const double *hand, int n)
{
    double worst = 0, largest = 0;
    for (int i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)tape[i] - hand[i]));
        largest = fmax(largest, fabs(hand[i]));
    }
    return largest > 0 ? worst / largest : worst;
}

static double compare(const ByHand *h, const Tape *t, const Align *m)
{
    double worst = apart(t->Z->data, h->Z[0], N * N);
    worst = fmax(worst, apart(t->Z->grad, h->dZ[0], N * N));
    worst = fmax(worst, apart(t->x->grad, h->dx[0], N * EMBED));
    worst = fmax(worst, apart(t->y->grad, h->dy[0], N * EMBED));
    worst = fmax(worst, fabs((double)m->temperature->grad[0] - h->dt) / h->dt_size);
    return fmax(worst, apart(t->loss->data, &h->loss, 1));
}

/* ---- what is printed ---- */

static void print_rows(const char *name, const char *what, const double *x, int columns)
{
    for (int i = 0; i < N; i++) {
        printf("  %-3s", i == 0 ? name : "");
        for (int k = 0; k < columns; k++) {
            printf(" %8.4f", x[i * columns + k]);
        }
        printf("   %s\n", i == 0 ? what : "");
    }
}

static void print_text(const ExampleOptions *o, const ByHand *h, double after, double worst)
{
    double lr = o->lr;
    printf("Two pairs: ");
    for (int i = 0; i < N; i++) {
        printf("%s\"%s\"", i ? ", " : "", pairs[i].text);
    }
    printf("; a small ALIGN after %d steps\n\nforward\n", o->steps);
    print_rows("x", "pictures, length 1: a row each", h->x[0], EMBED);
    print_rows("y", "texts, length 1", h->y[0], EMBED);
    print_rows("S", "x y^T: cosines; rows are pictures, columns texts", h->S[0], N);
    printf("  t   %8.4f   temperature\n", h->t);
    print_rows("Z", "S / t", h->Z[0], N);
    print_rows("P", "softmax of each row: which text?", h->P[0], N);
    print_rows("Q", "softmax of each column: which picture?", h->Q[0], N);
    print_rows("T", "targets: 0.9 for the pair, and 0.1 spread over both", h->target[0], N);
    printf("  L   %8.4f = %.4f + %.4f   -mean of T ln P, and of T ln Q; guessing: 2 ln 2 = %.4f\n\nback\n", h->loss, h->to_text,
           h->to_image, 2 * log(2));
    print_rows("dZ", "(P + Q - 2 T) / 2", h->dZ[0], N);
    printf("  dt  %8.4f   -sum(dZ Z) / t\n", h->dt);
    print_rows("dx", "dZ y / t", h->dx[0], EMBED);
    print_rows("dy", "dZ^T x / t", h->dy[0], EMBED);
    printf("\nThe tape has the same numbers: at most %.1e apart, relative to the largest.\n", worst);
    printf("\nA step with lr %g on the temperature\n  LAMB   %.4f = t (1 %s %g): it moves by lr times its own length, so it "
           "keeps its sign\n",
           lr, after, h->dt > 0 ? "-" : "+", lr);
    printf("  Adam   %.4f = t %s %g: by lr, however small it is; hence the clamp\n", h->t - (h->dt > 0 ? lr : -lr),
           h->dt > 0 ? "-" : "+", lr);
}

static json_t *rows_json(const double *x, int columns)
{
    json_t *rows = json_array();
    for (int i = 0; i < N; i++) {
        json_t *row = json_array();
        for (int k = 0; k < columns; k++) {
            json_array_append_new(row, json_real(x[i * columns + k]));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

static void print_json(const ExampleOptions *o, const ByHand *h, double after, double worst)
{
    json_t *j = json_pack("{s:o, s:o, s:o, s:f, s:o, s:o, s:o, s:o, s:f, s:o, s:f, s:f, s:f, s:f}", "x",
                          rows_json(h->x[0], EMBED), "y", rows_json(h->y[0], EMBED), "S", rows_json(h->S[0], N), "t", h->t, "Z",
                          rows_json(h->Z[0], N), "P", rows_json(h->P[0], N), "Q", rows_json(h->Q[0], N), "T",
                          rows_json(h->target[0], N), "L", h->loss, "dZ", rows_json(h->dZ[0], N), "dt", h->dt, "lr", o->lr,
                          "t after a step of LAMB", after, "hand and tape apart", worst);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    printf("\n");
    json_decref(j);
}

/* ---- the command ---- */

static void by_hand(const Tape *t, const Align *m, ByHand *h)
{
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < EMBED; k++) {
            h->x[i][k] = (double)t->x->data[i * EMBED + k];
            h->y[i][k] = (double)t->y->data[i * EMBED + k];
        }
    }
    h->t = (double)m->temperature->data[0];
    similarities(h);
    softmaxes(h);
    losses(h);
    row_gradients(h);
}

static bool run(const ExampleOptions *o, Error *err)
{
    Tape t;
    ByHand h;
    Recipe r = recipe_default();
    AlignModel m = tiny_model(o->common.seed, err);
    Graph *g = mm_graph_new(o->common.seed);
    bool ok = m.tokenizer != NULL;
    if (ok) {
        mm_params_freeze(m.params, "text_model.pooler"); /* which nothing reads */
    }
    r.weight_decay = 0;
    Optimizer *lamb = ok ? recipe_optimizer(&r, m.params) : NULL;
    for (int s = 0; s < o->steps && ok; s++) {
        ok = forward(g, &m, o->common.data, &t, err);
        if (ok) {
            mm_backward(g, t.loss);
            mm_optimizer_step(lamb, (real)o->lr);
            align_clamp(&m.align);
            mm_graph_reset(g);
        }
    }
    ok = ok && forward(g, &m, o->common.data, &t, err);
    if (ok) {
        mm_backward(g, t.loss);
        by_hand(&t, &m.align, &h);
        double worst = compare(&h, &t, &m.align);
        mm_optimizer_step(recipe_optimizer(&r, m.params), (real)o->lr); /* a first step: m and v are this gradient's alone */
        (o->common.json ? print_json : print_text)(o, &h, (double)m.align.temperature->data[0], worst);
        ok = worst < 1e-4 || mm_error(err, "hand and tape are %g apart", worst);
    }
    mm_graph_free(g);
    align_model_free(&m);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ExampleOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'n': o->steps = (int)mm_option_number(state, "--steps", arg, 0, 100000); break;
    case 'l': o->lr = mm_option_real(state, "--lr", arg, 1e-6, 0.99); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_example(int argc, char **argv)
{
    ExampleOptions o = {.common = program_defaults(), .steps = 5, .lr = 0.05};
    const struct argp_option options[] = {
        {"steps", 'n', "N", 0, "steps that are taken before (5)", 0}, {"lr", 'l', "X", 0, "learning rate (0.05)", 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .doc = "The loss of two pairs, number by number: by hand, and from the tape, which must agree."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
