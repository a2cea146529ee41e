/* gradcheck.c: an op's backward against central differences of its forward.
 *
 * With L = sum dy y, dL/dx_i is what backward must add to the gradient of x_i, and (L(x_i + h) - L(x_i - h)) / 2h is what it
 * must come to. dy is random: with dy = 1 the softmax, whose outputs always sum to one, may have any backward that gives
 * zero. In double: h = 1e-5 leaves about ten right digits, in float it would leave two. */
#include "mm/inspect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 20, ALL_INPUTS = -1 };
static const double STEP = 1e-5;

/* One entry of the check table with numbers to try it on. */
typedef struct Trial {
    const Op *op;
    const Op *tested; /* op, perhaps with another backward */
    const Check *check;
    Params *ps;
    Tensor *x[MM_MAX_CHECK_INPUTS];
    int same[2]; /* these two inputs are one tensor; both 0: none are */
    real *dy, *plus, *minus;
    size_t n; /* elements of y */
} Trial;

static void *numbers(size_t n, size_t bytes)
{
    void *p = calloc(n ? n : 1, bytes);
    if (!p) {
        mm_fail((FailHandler){0}, "no memory for a gradient check of %zu numbers", n);
    }
    return p;
}

static void fill(real *x, size_t n, double low, double high, Rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = (real)(low + (high - low) * mm_uniform(rng));
    }
}

/* y = op(x) in a graph that always has the same seed, so that dropout drops the same elements. only: the one input that
 * needs a gradient, or ALL_INPUTS. */
static Tensor *build(const Trial *t, Graph *g, int only)
{
    Tensor *x[MM_MAX_CHECK_INPUTS];
    for (int i = 0; i < t->check->n_in; i++) {
        Tensor *p = t->x[i];
        x[i] = only == ALL_INPUTS || i == only ? p : mm_input(g, p->shape, p->data);
    }
    return t->check->build(g, x);
}

static void evaluate(const Trial *t, real *y)
{
    Graph *g = mm_graph_new(1);
    memcpy(y, build(t, g, ALL_INPUTS)->data, t->n * sizeof *y);
    mm_graph_free(g);
}

static double numeric_gradient(const Trial *t, Tensor *x, size_t i, double h)
{
    real kept = x->data[i];
    x->data[i] = (real)(kept + h);
    evaluate(t, t->plus);
    x->data[i] = (real)(kept - h);
    evaluate(t, t->minus);
    x->data[i] = kept;
    double sum = 0;
    for (size_t k = 0; k < t->n; k++) {
        sum += (double)t->dy[k] * ((double)t->plus[k] - (double)t->minus[k]);
    }
    return sum / (2 * h);
}

static double relative_error(double numeric, double analytic)
{
    double e = fabs(numeric - analytic) / (fabs(numeric) + fabs(analytic) + 1e-3);
    return isfinite(e) ? e : INFINITY;
}

/* Fills numeric[input]. Two step sizes agree where the function is smooth; false: they do not, so a kink is near. */
static bool all_numeric(const Trial *t, double *const *numeric)
{
    for (int i = 0; i < t->check->n_in; i++) {
        for (size_t k = 0; k < t->x[i]->n; k++) {
            numeric[i][k] = numeric_gradient(t, t->x[i], k, STEP);
            if (!(relative_error(numeric[i][k], numeric_gradient(t, t->x[i], k, STEP / 2)) < MM_GRADCHECK_TOLERANCE)) {
                return false;
            }
        }
    }
    return true;
}

/* Runs backward with gradients that start at random numbers. analytic[input]: what was added to them. */
static void all_analytic(const Trial *t, int only, real *const *analytic, Rng *rng)
{
    for (int i = 0; i < t->check->n_in; i++) {
        fill(t->x[i]->grad, t->x[i]->n, -1, 1, rng);
    }
    for (int i = 0; i < t->check->n_in; i++) {
        memcpy(analytic[i], t->x[i]->grad, t->x[i]->n * sizeof(real));
    }
    Graph *g = mm_graph_new(1);
    Tensor *y = build(t, g, only);
    for (int id = 0; id < mm_graph_size(g); id++) {
        Tensor *node = mm_graph_node(g, id);
        node->op = node->op == t->op ? t->tested : node->op;
    }
    mm_backward_from(g, y, t->dy);
    mm_graph_free(g);
    for (int i = 0; i < t->check->n_in; i++) {
        for (size_t k = 0; k < t->x[i]->n; k++) {
            analytic[i][k] = t->x[i]->grad[k] - analytic[i][k];
        }
    }
}

static void describe(Gradcheck *r, const Trial *t, int only)
{
    char how[80] = "";
    if (t->same[1]) {
        snprintf(how, sizeof how, ", inputs %d and %d the same tensor", t->same[0], t->same[1]);
    } else if (only != ALL_INPUTS) {
        snprintf(how, sizeof how, ", only input %d needs a gradient", only);
    }
    snprintf(r->text, sizeof r->text, "%s, check \"%s\"%s: input %d, element %zu: numeric %.9g, analytic %.9g, error %.1e", r->op,
             r->check, how, r->input, r->index, r->numeric, r->analytic, r->error);
}

static void compare(const Trial *t, int only, double *const *numeric, real *const *analytic, Gradcheck *worst)
{
    for (int i = 0; i < t->check->n_in; i++) {
        for (size_t k = 0; k < t->x[i]->n; k++) {
            bool flows = only == ALL_INPUTS || i == only;
            double expected = flows ? numeric[i][k] : 0, error = relative_error(expected, analytic[i][k]);
            worst->compared++;
            if (error > worst->error || !*worst->text) {
                *worst = (Gradcheck){t->op->name, t->check->name, i, k, expected, analytic[i][k], error, worst->compared, ""};
                describe(worst, t, only);
            }
        }
    }
}

/* Draws inputs and dy until the function is smooth there, then compares. */
static void run_trial(Trial *t, uint64_t seed, Gradcheck *worst)
{
    const Check *c = t->check;
    double *numeric[MM_MAX_CHECK_INPUTS];
    real *analytic[MM_MAX_CHECK_INPUTS];
    for (int i = 0; i < c->n_in; i++) {
        numeric[i] = numbers(t->x[i]->n, sizeof(double));
        analytic[i] = numbers(t->x[i]->n, sizeof(real));
    }
    Rng rng = mm_rng(seed, c->name);
    bool smooth = false, given = c->low != 0 || c->high != 0;
    for (int try = 0; try < TRIES && !smooth; try++) {
        for (int i = 0; i < c->n_in; i++) {
            fill(t->x[i]->data, t->x[i]->n, given ? c->low : -1, given ? c->high : 1, &rng);
        }
        fill(t->dy, t->n, -1, 1, &rng);
        smooth = all_numeric(t, numeric);
    }
    if (!smooth) {
        worst->error = INFINITY;
        snprintf(worst->text, sizeof worst->text, "%s, check \"%s\": the forward has no derivative at %d random points",
                 t->op->name, c->name, TRIES);
    }
    bool alone = c->n_in > 1 && !t->same[1];
    for (int only = ALL_INPUTS; smooth && only < (alone ? c->n_in : 0); only++) {
        all_analytic(t, only, analytic, &rng);
        compare(t, only, numeric, analytic, worst);
    }
    for (int i = 0; i < c->n_in; i++) {
        free(numeric[i]);
        free(analytic[i]);
    }
}

/* same: two inputs that are to be one tensor. */
static void check_entry(const Op *op, const Op *tested, const Check *c, const int *same, Gradcheck *worst)
{
    Trial t = {.op = op, .tested = tested, .check = c, .ps = mm_params_new(1), .same = {same[0], same[1]}};
    for (int i = 0; i < c->n_in; i++) {
        bool second = same[1] && i == same[1];
        t.x[i] = second ? t.x[same[0]] : mm_param(t.ps, mm_name(t.ps, "x%d", i), c->in[i], (Init){MM_ZERO, 0});
        fill(t.x[i]->data, t.x[i]->n, 0.5, 1, &(Rng){1, 0}); /* any numbers: this call is for the shape of y */
    }
    Graph *g = mm_graph_new(1);
    t.n = build(&t, g, ALL_INPUTS)->n;
    mm_graph_free(g);
    t.dy = numbers(t.n, sizeof(real));
    t.plus = numbers(t.n, sizeof(real));
    t.minus = numbers(t.n, sizeof(real));
    run_trial(&t, 1, worst);
    free(t.dy);
    free(t.plus);
    free(t.minus);
    mm_params_free(t.ps);
}

bool mm_gradcheck(const Op *op, void (*backward)(Tensor *y), Gradcheck *worst)
{
    if (sizeof(real) < sizeof(double)) {
        mm_fail((FailHandler){0}, "mm_gradcheck needs the library in double: link mm64");
    }
    Gradcheck none, *w = worst ? worst : &none;
    *w = (Gradcheck){.op = op->name};
    Op tested = *op;
    tested.backward = backward ? backward : op->backward;
    for (const Check *c = tested.backward ? op->check : NULL; c && c->name && w->error <= MM_GRADCHECK_TOLERANCE; c++) {
        check_entry(op, &tested, c, (int[]){0, 0}, w);
        for (int i = 0; i < c->n_in; i++) {
            for (int j = i + 1; j < c->n_in && w->error <= MM_GRADCHECK_TOLERANCE; j++) {
                if (mm_shape_equal(c->in[i], c->in[j])) {
                    check_entry(op, &tested, c, (int[]){i, j}, w);
                }
            }
        }
    }
    if (!w->compared && !*w->text) {
        snprintf(w->text, sizeof w->text, "%s: the op has no %s", op->name, tested.backward ? "check table" : "backward");
    }
    return w->compared > 0 && w->error <= MM_GRADCHECK_TOLERANCE;
}
