/* example.c: `fusion example`: four customers, each with one number for the words, one for the voice and one for the face; every number of late
 * fusion, of the tensor and of its low-rank form, by hand and from the tape. With y = 1 for irony and sigma the logistic function:
 *
 *     late     d = a_t t + a_v v + a_f f                                dd/dt = a_t, whatever the voice
 *     tensor   d = sum_ijk W_ijk [1 t]_i [1 v]_j [1 f]_k                 dd/dt depends on v and f
 *     L = mean of ln(1 + e^d) - y d,   dL/dd = (sigma(d) - y) / 4 */
#include "mm/inspect.h"
#include "mm/nn.h"
#include "program.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 4, M = 3, RANK = 2, PRODUCTS = 8 };

static const struct {
    const char *words, *how;
    double z[M]; /* t, v, f */
    double ironic;
} customer[N] = {
    {"\"Great, thanks!\"", "warm voice, smile", {0.9, 0.8, 0.6}, 0},
    {"\"Great, thanks!\"", "flat voice, rolled eyes", {0.9, -0.8, -0.6}, 1},
    {"\"This is awful.\"", "flat voice, frown", {-0.9, -0.8, -0.6}, 0},
    {"\"This is awful.\"", "laughing voice, grin", {-0.9, 0.8, 0.6}, 1},
};

/* Weights that a reader can follow. Late: a cheerful text and a dull voice or face speak for irony. Low rank: words times voice, and words times
 * face, where opposite signs speak for it: factor[m][r] is what rank r takes of [1 z_m]. */
static const double late_weight[M] = {0.5, -0.8, -0.8};
static const double factor[M][RANK][2] = {{{0, 1}, {0, 1}}, {{0, 1}, {1, 0}}, {{1, 0}, {0, 1}}};
static const double rank_weight[RANK] = {-2, -2};
static const char *const letter[M] = {"t", "v", "f"};
static const char *const product_name[PRODUCTS] = {"1", "f", "v", "vf", "t", "tf", "tv", "tvf"};

/* One way to decide, by hand. */
typedef struct Decided {
    double d[N], p[N], loss;
    double slope[N][M];  /* dd/dz */
    double dz[N][M];     /* dL/dz */
    double dw[PRODUCTS]; /* dL/dW: of late fusion the first M */
} Decided;

typedef struct Tape {
    double d[N], loss, dz[N][M], dw[PRODUCTS];
} Tape;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* From d and its slopes to the loss and back. */
static void finish(Decided *x)
{
    x->loss = 0;
    for (int i = 0; i < N; i++) {
        x->p[i] = sigmoid(x->d[i]);
        x->loss += (log(1 + exp(x->d[i])) - customer[i].ironic * x->d[i]) / N;
        for (int m = 0; m < M; m++) {
            x->dz[i][m] = (x->p[i] - customer[i].ironic) / N * x->slope[i][m];
        }
    }
}

static Decided late_by_hand(void)
{
    Decided x = {.loss = 0};
    for (int i = 0; i < N; i++) {
        for (int m = 0; m < M; m++) {
            x.d[i] += late_weight[m] * customer[i].z[m];
            x.slope[i][m] = late_weight[m];
        }
    }
    finish(&x);
    for (int i = 0; i < N; i++) {
        for (int m = 0; m < M; m++) {
            x.dw[m] += (x.p[i] - customer[i].ironic) / N * customer[i].z[m];
        }
    }
    return x;
}

/* The factor of product k that modality m contributes: 1 or z_m. t is the slowest of the three. */
static bool has(int k, int m)
{
    return k >> (M - 1 - m) & 1;
}

static double product(const double *z, int k)
{
    double x = 1;
    for (int m = 0; m < M; m++) {
        x *= has(k, m) ? z[m] : 1;
    }
    return x;
}

/* W_k = sum_r w_r prod_m factor[m][r][is z_m in product k] */
static void implied_tensor(double *w)
{
    for (int k = 0; k < PRODUCTS; k++) {
        w[k] = 0;
        for (int r = 0; r < RANK; r++) {
            double x = rank_weight[r];
            for (int m = 0; m < M; m++) {
                x *= factor[m][r][has(k, m)];
            }
            w[k] += x;
        }
    }
}

static Decided tensor_by_hand(const double *w)
{
    Decided x = {.loss = 0};
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < PRODUCTS; k++) {
            x.d[i] += w[k] * product(customer[i].z, k);
            for (int m = 0; m < M; m++) {
                x.slope[i][m] += has(k, m) ? w[k] * product(customer[i].z, k) / customer[i].z[m] : 0;
            }
        }
    }
    finish(&x);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < PRODUCTS; k++) {
            x.dw[k] += (x.p[i] - customer[i].ironic) / N * product(customer[i].z, k);
        }
    }
    return x;
}

/* ---- the same on the tape ---- */

static void fill(Tensor *t, const double *from)
{
    for (size_t i = 0; i < t->n; i++) {
        t->data[i] = (real)from[i];
    }
}

typedef struct Model {
    Params *ps;
    Tensor *z[M], *late, *tensor;
    LowRankFusion low_rank;
} Model;

static Model model_new(const double *w)
{
    static const int dim[M] = {1, 1, 1};
    Model x = {.ps = mm_params_new(1)};
    for (int m = 0; m < M; m++) {
        x.z[m] = mm_param(x.ps, letter[m], MM_SHAPE(N, 1), (Init){MM_ZERO, 0});
        for (int i = 0; i < N; i++) {
            x.z[m]->data[i] = (real)customer[i].z[m];
        }
    }
    x.late = mm_param(x.ps, "late weight", MM_SHAPE(M, 1), (Init){MM_ZERO, 0});
    x.tensor = mm_param(x.ps, "tensor weight", MM_SHAPE(PRODUCTS, 1), (Init){MM_ZERO, 0});
    x.low_rank = mm_low_rank_init(x.ps, "low rank", M, dim, RANK, 1);
    fill(x.late, late_weight);
    fill(x.tensor, w);
    for (int m = 0; m < M; m++) {
        fill(x.low_rank.factor[m], &factor[m][0][0]);
    }
    fill(x.low_rank.fusion_weights, rank_weight);
    return x;
}

typedef enum Way { WAY_LATE, WAY_TENSOR, WAY_LOW_RANK, WAYS } Way;

static bool on_tape(const Model *x, Way way, GraphStep *step, Tape *t, Error *err)
{
    Graph *g = mm_graph_new(1);
    real irony[N];
    for (int i = 0; i < N; i++) {
        irony[i] = (real)customer[i].ironic;
    }
    mm_params_zero_grad(x->ps);
    mm_graph_step_begin(step, g, 1 + way);
    Tensor *d = way == WAY_LATE     ? mm_matmul(g, mm_concat(g, M, x->z, 1), x->late, MM_NN)
                : way == WAY_TENSOR ? mm_matmul(g, mm_tensor_fusion(g, M, x->z), x->tensor, MM_NN)
                                    : mm_low_rank_forward(g, &x->low_rank, x->z);
    Tensor *loss = mm_named(mm_bce_with_logits(g, mm_named(d, "d"), irony), "L");
    mm_backward(g, loss);
    bool ok = mm_graph_step_end(step, g, loss, "fusion example: four customers", err);
    *t = (Tape){.loss = (double)loss->data[0]};
    for (int i = 0; i < N; i++) {
        t->d[i] = (double)d->data[i];
        for (int m = 0; m < M; m++) {
            t->dz[i][m] = (double)x->z[m]->grad[i];
        }
    }
    const Tensor *w = way == WAY_LATE ? x->late : x->tensor;
    for (size_t k = 0; k < w->n && way != WAY_LOW_RANK; k++) {
        t->dw[k] = (double)w->grad[k];
    }
    mm_graph_free(g);
    return ok;
}

static double furthest(const double *a, const double *b, int n)
{
    double most = 0;
    for (int i = 0; i < n; i++) {
        double far = fabs(a[i] - b[i]);
        most = far > most || isnan(far) ? far : most;
    }
    return most;
}

/* The largest difference between hand and tape. */
static double disagreement(const Decided *h, const Tape *t, bool weights)
{
    double most = fabs(h->loss - t->loss), x = furthest(h->d, t->d, N);
    most = x > most ? x : most;
    x = furthest(&h->dz[0][0], &t->dz[0][0], N * M);
    most = x > most ? x : most;
    x = weights ? furthest(h->dw, t->dw, PRODUCTS) : 0;
    return x > most || isnan(x) ? x : most;
}

/* ---- what is printed ---- */

static void print_customers(void)
{
    printf("Four customers, and one number for what their words, their voice and their face sound like by themselves.\n"
           "Is it meant as it is said? y = 1: no, it is ironic.\n\n      %-18s %-26s %5s %5s %5s   y\n",
           "", "", "t", "v", "f");
    for (int i = 0; i < N; i++) {
        printf("   %c  %-18s %-26s %5.1f %5.1f %5.1f   %.0f\n", 'A' + i, customer[i].words, customer[i].how, customer[i].z[0],
               customer[i].z[1], customer[i].z[2], customer[i].ironic);
    }
}

static void print_decisions(const Decided *x)
{
    for (int i = 0; i < N; i++) {
        printf("   %c  d = %9.6f   p = %.6f   y = %.0f   %s\n", 'A' + i, x->d[i], x->p[i], customer[i].ironic,
               (x->p[i] > 0.5) == (customer[i].ironic > 0.5) ? "right" : "wrong");
    }
    printf("   L = %.6f   (guessing: ln 2 = %.6f)\n", x->loss, log(2));
}

static void print_gradients(const Decided *x, const Tape *t)
{
    printf("   dd/dt and dL/dt, by hand | from the tape\n");
    for (int i = 0; i < N; i++) {
        printf("   %c  dd/dt = %9.6f   dL/dt = %9.6f | %9.6f\n", 'A' + i, x->slope[i][0], x->dz[i][0], t->dz[i][0]);
    }
}

static void print_late(const Decided *x, const Tape *t)
{
    printf("\n1. Late fusion: d = %.1f t %+.1f v %+.1f f, a sum of what each says\n", late_weight[0], late_weight[1],
           late_weight[2]);
    print_decisions(x);
    printf(
        "   d(A) + d(C) = %.6f and d(B) + d(D) = %.6f: the same, for any weights. A and C are to be below 0 and B and D above,\n"
        "   so a sum gets at most three of the four right.\n",
        x->d[0] + x->d[2], x->d[1] + x->d[3]);
    print_gradients(x, t);
    printf("   dd/dt is the same for all: what the words push towards does not depend on the voice.\n");
    for (int m = 0; m < M; m++) {
        printf("   dL/da_%s = %9.6f | %9.6f\n", letter[m], x->dw[m], t->dw[m]);
    }
}

/* Without the sign of a 0 that is none but for rounding. */
static double rounded(double x)
{
    return fabs(x) < 5e-5 ? 0 : x;
}

static void print_tensor(const Decided *x, const Tape *t, const double *w)
{
    printf("\n2. Tensor fusion: d = W · ([1 t] x [1 v] x [1 f]), all products\n   %-10s", "");
    for (int k = 0; k < PRODUCTS; k++) {
        printf(" %8s", product_name[k]);
    }
    for (int i = 0; i < N; i++) {
        printf("\n   %-10c", 'A' + i);
        for (int k = 0; k < PRODUCTS; k++) {
            printf(" %8.3f", product(customer[i].z, k));
        }
    }
    printf("\n   %-10s", "W");
    for (int k = 0; k < PRODUCTS; k++) {
        printf(" %8.3f", w[k]);
    }
    printf("\n");
    print_decisions(x);
    print_gradients(x, t);
    printf("   dd/dt = W_t + W_tv v + W_tf f + W_tvf v f: the same words push towards irony or away from it, as the voice is.\n  "
           " %-10s",
           "dL/dW");
    for (int k = 0; k < PRODUCTS; k++) {
        printf(" %8.4f", rounded(x->dw[k]));
    }
    printf("\n   %-10s", "tape");
    for (int k = 0; k < PRODUCTS; k++) {
        printf(" %8.4f", rounded(t->dw[k]));
    }
    printf("\n");
}

static void print_low_rank(const Decided *x, const Tape *t)
{
    printf("\n3. Low-rank fusion: d = sum over r of w_r (t part)(v part)(f part), and the tensor is never made\n");
    for (int r = 0; r < RANK; r++) {
        printf("   r = %d: w = %4.1f", r, rank_weight[r]);
        for (int m = 0; m < M; m++) {
            printf("   (%.0f + %.0f %s)", factor[m][r][0], factor[m][r][1], letter[m]);
        }
        printf("\n");
    }
    printf("   multiplied out, these factors are the W of 2.\n");
    for (int i = 0; i < N; i++) {
        printf("   %c  d = %9.6f | %9.6f   dL/dt = %9.6f | %9.6f\n", 'A' + i, x->d[i], t->d[i], x->dz[i][0], t->dz[i][0]);
    }
    printf("   %d numbers here, %d there; with 32 numbers a modality, 33 · 3 for each rank against 33³ = 35937.\n",
           RANK * (2 * M + 1), PRODUCTS);
}

static void print_json(const Decided *late, const Decided *tensor, const Tape *tape, double difference)
{
    json_t *rows = json_array();
    for (int i = 0; i < N; i++) {
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "words", customer[i].words, "how",
                                        customer[i].how, "t", customer[i].z[0], "v", customer[i].z[1], "f", customer[i].z[2], "y",
                                        customer[i].ironic, "late", late->d[i], "tensor", tensor->d[i], "low-rank",
                                        tape[WAY_LOW_RANK].d[i], "dL/dt of tensor", tensor->dz[i][0]));
    }
    json_t *j = json_pack("{s:f, s:f, s:f, s:f, s:o}", "loss of late", late->loss, "loss of tensor", tensor->loss, "guessing",
                          log(2), "largest difference of hand and tape", difference, "customers", rows);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

typedef struct ExampleOptions {
    Common common;
    GraphStep graph;
} ExampleOptions;

static bool run(const ExampleOptions *o, bool *agrees, Error *err)
{
    double w[PRODUCTS];
    Tape tape[WAYS];
    GraphStep step = o->graph;
    implied_tensor(w);
    Model x = model_new(w);
    bool ok = mm_graph_step_exists(&step, WAYS, err);
    for (int way = 0; way < WAYS && ok; way++) {
        ok = on_tape(&x, (Way)way, &step, &tape[way], err);
    }
    mm_params_free(x.ps);
    if (!ok) {
        return false;
    }
    const Decided late = late_by_hand(), tensor = tensor_by_hand(w);
    double most = disagreement(&late, &tape[WAY_LATE], true);
    most = fmax(most, disagreement(&tensor, &tape[WAY_TENSOR], true));
    most = fmax(most, disagreement(&tensor, &tape[WAY_LOW_RANK], false));
    *agrees = most < 1e-5;
    if (o->common.json) {
        print_json(&late, &tensor, tape, most);
        return true;
    }
    print_customers();
    print_late(&late, &tape[WAY_LATE]);
    print_tensor(&tensor, &tape[WAY_TENSOR], w);
    print_low_rank(&tensor, &tape[WAY_LOW_RANK]);
    printf("\nBy hand (double precision) and by the tape (single): %s.\n", *agrees ? "the same to rounding" : "NOT the same");
    return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ExampleOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'g': mm_option_graph(state, arg, &o->graph); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_example(int argc, char **argv)
{
    ExampleOptions o = {.common = mm_common_defaults("out/fusion")};
    const struct argp_option options[] = {
        {"graph", 'g', "FILE[:N]", 0,
         "write a step with its gradients to FILE: 1 is late fusion, 2 the tensor, 3 the low-rank form", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Four customers, two of them ironic: every number of late fusion, of tensor fusion and of its low-rank "
               "form, by hand and from the tape. Exit status 1 if the two differ."};
    Error err;
    bool agrees = true;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    if (!run(&o, &agrees, &err)) {
        return mm_program_error(&err);
    }
    return agrees ? 0 : mm_program_error((mm_error(&err, "the numbers by hand and those of the tape differ"), &err));
}
