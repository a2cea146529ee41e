/* optimizers.c: each optimiser against PyTorch or the official code of its model, planted mistakes in them, the schedules, and a
 * large batch in small parts. */
#include "optimizers.h"
#include "golden.h"
#include "mm/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fill.h"

enum { IN_DOUBLE = sizeof(real) == sizeof(double), STEPS = 5 };
static const double accepted = IN_DOUBLE ? 1e-12 : 1e-5, rejected = 1e-9; /* error over size; mistakes are tried in double */

/* The library's own optimiser must agree: a row of the golden table. One with another update may not: how far it is off. */
typedef struct Candidate {
    OptimizerKind kind;
    bool own;
} Candidate;

static double worst_of(double a, double b)
{
    return isnan(a) || isnan(b) ? INFINITY : fmax(a, b);
}

static double error(double got, double wanted)
{
    return fabs(got - wanted) / (fabs(wanted) + 1e-3);
}

/* [sgd] [momentum] [adamw] [adamw_hf] [lamb] [muon] [newton_schulz] Five steps, the matrix and the bias after each: see make_goldens.py. */

static double error_of(const Candidate *c, Golden golden, const char *key, const real *x, size_t n)
{
    if (c->own) {
        golden_compare(golden, key, x, n);
    }
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double wanted = json_number_value(json_array_get(json_object_get(golden.arrays, key), i));
        worst = worst_of(worst, error((double)x[i], wanted));
    }
    return worst;
}

static void add_draws(Lcg *lcg, Tensor *p)
{
    for (size_t i = 0; i < p->n; i++) {
        p->grad[i] += (real)(2 * lcg_draw(lcg)); /* adds, as mm_backward does */
    }
}

static double five_steps(const Candidate *c, OptimizerConfig config, const char *name)
{
    int rows = strcmp(name, "muon_tall") == 0 ? 6 : 3;
    static const double rate[STEPS] = {0.1, 0.2, 0.05, 0.1, 0.02};
    real after_w[STEPS][12], after_b[STEPS][4];
    Golden golden = golden_open("optimizers.json", name);
    Params *ps = mm_params_new(1);
    Tensor *w = mm_param(ps, "w", MM_SHAPE(rows, 12 / rows), (Init){MM_ZERO, 0}),
           *b = mm_param(ps, "b", MM_SHAPE(4), (Init){MM_ZERO, 0});
    Lcg lcg = {2};
    lcg_fill(&lcg, w->data, w->n, 4);
    lcg_fill(&lcg, b->data, b->n, 4);
    config.kind = &c->kind;
    Optimizer *opt = mm_optimizer_new(ps, config);
    for (int step = 0; step < STEPS; step++) {
        add_draws(&lcg, w);
        add_draws(&lcg, b);
        mm_optimizer_step(opt, (real)rate[step]);
        memcpy(after_w[step], w->data, sizeof *after_w);
        memcpy(after_b[step], b->data, sizeof *after_b);
    }
    assert_int_equal(mm_optimizer_steps(opt), STEPS);
    double of_w = error_of(c, golden, "w", *after_w, STEPS * 12), of_b = error_of(c, golden, "b", *after_b, STEPS * 4);
    mm_params_free(ps);
    golden_close(golden);
    return worst_of(of_w, of_b);
}

/* ---- two steps of rate 0.1, printed by official code: models of one and two numbers ---- */

typedef struct TwoSteps {
    const char *name;
    int n, digits;
    double start[2], grad[2][2], end[2];
} TwoSteps;

static double two_steps(const Candidate *c, OptimizerConfig config, const TwoSteps *t)
{
    Params *ps = mm_params_new(1);
    Tensor *p = mm_param(ps, "p", MM_SHAPE(t->n), (Init){MM_ZERO, 0});
    config.kind = &c->kind;
    Optimizer *opt = mm_optimizer_new(ps, config);
    double worst = 0;
    for (int i = 0; i < t->n; i++) {
        p->data[i] = (real)t->start[i];
    }
    for (int step = 0; step < 2; step++) {
        for (int i = 0; i < t->n; i++) {
            p->grad[i] += (real)t->grad[step][i];
        }
        mm_optimizer_step(opt, (real)0.1);
    }
    for (int i = 0; i < t->n; i++) {
        double most = fmax(pow(10, -t->digits), accepted);
        if (c->own) {
            golden_number(t->name, (double)p->data[i], t->end[i], most);
        }
        double off = error((double)p->data[i], t->end[i]);
        worst = worst_of(worst, off <= most ? 0 : off);
    }
    mm_params_free(ps);
    return worst;
}

static const TwoSteps torch = {"AdamW, torch", 1, 15, {1}, {{0.5}, {-0.2}}, {0.8634198950194456}};
static const TwoSteps uniter = {"AdamW, UNITER", 1, 15, {1}, {{0.5}, {-0.2}}, {0.8635560554709959}};
/* Of this one, eight digits are good: whatever printed it had some constant as a float. */
static const TwoSteps tfa = {
    "LAMB, tensorflow_addons", 2, 8, {1, -2}, {{0.5, 0.25}, {-0.2, 0.1}}, {0.7587220772718759, -2.374320254768957}};

/* The first step from zeros has trust ratio 1: r = g / (|g| + eps). */
static double from_zero(const Candidate *c)
{
    Params *ps = mm_params_new(1);
    Tensor *p = mm_param(ps, "p", MM_SHAPE(2), (Init){MM_ZERO, 0});
    OptimizerConfig config = {&c->kind, .beta1 = (real)0.9, .beta2 = (real)0.999, .eps = (real)0.25, .decay_vectors = true};
    Optimizer *opt = mm_optimizer_new(ps, config);
    p->grad[0] = (real)0.5;
    p->grad[1] = (real)-0.25;
    mm_optimizer_step(opt, (real)0.1);
    double off = worst_of(error((double)p->data[0], -0.1 * 0.5 / 0.75), error((double)p->data[1], 0.1 * 0.25 / 0.5));
    mm_params_free(ps);
    return off;
}

/* ---- all problems ---- */

#define ADAM .beta1 = (real)0.9, .beta2 = (real)0.98
#define TFA .beta1 = (real)0.9, .beta2 = (real)0.999
#define OF_TWO_STEPS .eps = (real)1e-6, .decay_vectors = true
#define OF_FIVE_STEPS .weight_decay = (real)0.1, .decay_vectors = true
#define LARGE_EPS .eps = (real)1e-2 /* so that its place is seen */

static double adamw(const Candidate *c, const char *golden, const TwoSteps *steps)
{
    OptimizerConfig five = {.kind = NULL, ADAM, LARGE_EPS, OF_FIVE_STEPS};
    OptimizerConfig two = {.kind = NULL, ADAM, OF_TWO_STEPS, .weight_decay = (real)0.01};
    return worst_of(five_steps(c, five, golden), two_steps(c, two, steps));
}

static double error_by(const Candidate *c, Problem problem)
{
    static const char *const names[] = {"bn/", "b", NULL}, *const w[] = {"embedding", "w", NULL};
    OptimizerConfig sgd = {.momentum = (real)0.9, .nesterov = problem == NESTEROV, OF_FIVE_STEPS};
    OptimizerConfig vectors = {.kind = NULL, ADAM, LARGE_EPS, .weight_decay = (real)0.1};
    OptimizerConfig lamb = {.kind = NULL, TFA, LARGE_EPS, OF_FIVE_STEPS}, exempt = lamb;
    OptimizerConfig muon = {.momentum = (real)0.9, .rms = (real)0.2, ADAM, LARGE_EPS, OF_FIVE_STEPS}, spared = vectors;
    spared.not_matrix = w;
    OptimizerConfig official = {.kind = NULL, TFA, OF_TWO_STEPS, .weight_decay = (real)1e-5};
    exempt.no_decay = names;
    switch (problem) {
    case SGD: return five_steps(c, sgd, "sgd");
    case MOMENTUM: return five_steps(c, sgd, "momentum");
    case NESTEROV: return five_steps(c, sgd, "nesterov");
    case ADAMW: return adamw(c, "adamw", &torch);
    case ADAMW_EXEMPT: return five_steps(c, vectors, "adamw_exempt");
    case ADAMW_HF: return adamw(c, "adamw_hf", &uniter);
    case LAMB: return worst_of(five_steps(c, lamb, "lamb"), two_steps(c, official, &tfa));
    case MUON: return five_steps(c, muon, "muon");
    case MUON_TALL: return five_steps(c, muon, "muon_tall");
    case MUON_EXEMPT: return five_steps(c, spared, "adamw_exempt"); /* all that is no matrix gets AdamW's step */
    case LAMB_EXEMPT: return five_steps(c, exempt, "lamb_exempt");
    default: return from_zero(c);
    }
}

/* update (NULL: the library's own) stands in for that of the kind. */
static double error_in(Problem problem, void (*update)(const OptimizerConfig *, const Update *))
{
    static const OptimizerKind *const kinds[PROBLEMS] = {
        [SGD] = &mm_sgd,     [MOMENTUM] = &mm_sgd_momentum, [NESTEROV] = &mm_sgd_momentum,
        [ADAMW] = &mm_adamw, [ADAMW_EXEMPT] = &mm_adamw,    [ADAMW_HF] = &mm_adamw_hf,
        [LAMB] = &mm_lamb,   [LAMB_EXEMPT] = &mm_lamb,      [LAMB_FROM_ZERO] = &mm_lamb,
        [MUON] = &mm_muon,   [MUON_TALL] = &mm_muon,        [MUON_EXEMPT] = &mm_muon,
    };
    Candidate c = {*kinds[problem], update == NULL};
    c.kind.update = update ? update : c.kind.update;
    return error_by(&c, problem);
}

static void goldens(void **state)
{
    (void)state;
    for (Problem p = 0; p < PROBLEMS; p++) {
        double off = error_in(p, NULL);
        if (!(off <= accepted)) {
            fail_msg("golden %d: off by %g", (int)p, off);
        }
    }
}

static void mistakes_are_rejected(void **state)
{
    (void)state;
    int tried = 0, killed = 0;
    if (!IN_DOUBLE) {
        return; /* some mistakes are smaller than the rounding of float */
    }
    for (const OptimizerMutant *m = optimizer_mutants; m->update; m++) {
        double off = error_in(m->problem, m->update);
        if (m->mistake) {
            bool caught = !(off <= rejected);
            print_message("%-70s %8.1e%s\n", m->mistake, off, caught ? "" : "  SURVIVES");
            tried++;
            killed += caught;
        } else if (!(off <= accepted)) {
            fail_msg("golden %d: rejected though right, off by %g", (int)m->problem, off);
        }
    }
    print_message("rejected %d of %d planted mistakes\n", killed, tried);
    assert_int_equal(killed, tried);
}

/* ---- schedules ---- */

/* [warmup_cosine] and its neighbours. */
static void schedules(void **state)
{
    (void)state;
    static const int from_0[] = {0, 9, 10, 55, 99, 100, 1000}, from_1[] = {0, 1, 5, 10, 55, 99, 100, 1000};
    static const double cosine_wanted[] = {0.1, 1, 1, 0.5, 0.0003045865, 0, 0},
                        linear_wanted[] = {0, 0.1, 0.5, 1, 0.5, 0.0111111111, 0, 0};
    static const double constant_wanted[] = {0.1, 1, 1, 1, 1, 1, 1};
    real cosine[7], constant[7], linear[8];
    for (int i = 0; i < 7; i++) {
        cosine[i] = mm_warmup_cosine(from_0[i], 10, 100);
        constant[i] = mm_warmup_constant(from_0[i], 10);
    }
    for (int i = 0; i < 8; i++) {
        linear[i] = mm_warmup_linear(from_1[i], 10, 100);
    }
    golden_decimals("open_clip's cosine at 0, 9, 10, 55, 99, 100, 1000", cosine, cosine_wanted, 7, 10);
    golden_decimals("open_clip's constant", constant, constant_wanted, 7, 10);
    golden_decimals("UNITER's warmup_linear at 0, 1, 5, 10, 55, 99, 100, 1000", linear, linear_wanted, 8, 10);
    assert_true(mm_warmup_linear(0, 0, 10) == 1 && mm_warmup_cosine(0, 0, 10) == 1 && mm_warmup_constant(0, 0) == 1);
}

/* ---- a large batch in small parts ---- */

enum { BATCH = 12, WIDTH = 5, CLASSES = 3 };

/* One step of SGD, the batch in k parts; share: what a part's loss is multiplied with. The parameters after it go to result. */
static void step_in_parts(int k, double share, const OptimizerKind *kind, real *result)
{
    Params *ps = mm_params_new(3);
    Tensor *w = mm_param(ps, "w", MM_SHAPE(CLASSES, WIDTH), (Init){MM_NORMAL, 1});
    Graph *g = mm_graph_new(1);
    Optimizer *opt = mm_optimizer_new(ps, (OptimizerConfig){kind, ADAM, .eps = (real)1e-6});
    real x[BATCH * WIDTH];
    int labels[BATCH], part = BATCH / k;
    Lcg lcg = {5};
    lcg_fill(&lcg, x, BATCH * WIDTH, 2);
    for (int b = 0; b < BATCH; b++) {
        labels[b] = lcg_int(&lcg, 0, CLASSES);
    }
    for (int i = 0; i < k; i++) {
        Tensor *logits = mm_linear(g, mm_input(g, MM_SHAPE(part, WIDTH), x + i * part * WIDTH), w, NULL);
        Tensor *loss = mm_cross_entropy(g, logits, labels + i * part, NULL, 0);
        mm_backward_from(g, loss, (const real[]){(real)share});
        mm_graph_reset(g);
    }
    mm_optimizer_step(opt, (real)0.5);
    memcpy(result, w->data, w->n * sizeof *result);
    mm_graph_free(g);
    mm_params_free(ps);
}

static double difference(const real *a, const real *b)
{
    double worst = 0;
    for (int i = 0; i < CLASSES * WIDTH; i++) {
        worst = fmax(worst, fabs((double)(a[i] - b[i])));
    }
    return worst;
}

static void a_batch_in_parts(void **state)
{
    (void)state;
    static const int parts[] = {2, 3, 4, 6, 12};
    const OptimizerKind *kinds[] = {&mm_sgd, &mm_sgd_momentum, &mm_adamw, &mm_adamw_hf, &mm_lamb, &mm_muon};
    for (int m = 0; m < 6; m++) {
        real whole[CLASSES * WIDTH], pieces[CLASSES * WIDTH];
        step_in_parts(1, 1, kinds[m], whole);
        for (int i = 0; i < 5; i++) {
            step_in_parts(parts[i], 1.0 / parts[i], kinds[m], pieces);
            assert_true(difference(whole, pieces) <= (IN_DOUBLE ? 1e-13 : 1e-5));
        }
        step_in_parts(4, 1, kinds[m], pieces);                     /* the mean forgotten */
        assert_int_equal(difference(whole, pieces) > 0.01, m < 2); /* Adam's steps do not depend on the scale: it hides there */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goldens),
        cmocka_unit_test(schedules),
        cmocka_unit_test(a_batch_in_parts),
        cmocka_unit_test(mistakes_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
