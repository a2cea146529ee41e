/* step.c: gradients of UNITER's tasks, from each loss to every weight, along random directions; what a masked region still tells, what
 * padding does not, and what is refused. */
#include "losses.h"
#include "mm/inspect.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { B = 3, T = 5, R = 3, IMG_DIM = 6, LABELS = 4, WIDTH = 8 };

static const int ids[B * T] = {2, 5, 4, 3, 0, 2, 4, 6, 7, 3, 2, 4, 3, 0, 0}, words[B] = {4, 5, 3}, regions[B] = {3, 1, 2};
static const bool masked[B * R] = {false, true, false, true, false, false, true, true, false};

typedef struct Tiny {
    Params *ps;
    Uniter u;
    Task task;
    real feat[B * R * IMG_DIM], box[B * R * UNITER_BOX], soft[B * R * LABELS];
} Tiny;

static void draw(real *x, size_t n, const char *stream)
{
    Rng rng = mm_rng(3, stream);
    for (size_t i = 0; i < n; i++) {
        x[i] = (real)mm_normal(&rng);
    }
}

static Tiny begin(void)
{
    const UniterConfig config = {
        .bert = {.vocab = 9, .width = WIDTH, .layers = 2, .heads = 2, .intermediate = 12, .positions = T, .types = 2},
        .img_dim = IMG_DIM,
        .label_dim = LABELS};
    Tiny t = {.ps = mm_params_new(1)};
    t.u = uniter_init(t.ps, config);
    for (int i = 0; i < mm_params_count(t.ps); i++) { /* no zeros: they would hide a gradient */
        Tensor *p = mm_params_at(t.ps, i);
        Rng rng = mm_rng(2, p->name);
        bool gain = p->shape.rank == 1 && strstr(p->name, "weight");
        for (size_t k = 0; k < p->n; k++) {
            p->data[k] = (real)(gain ? 1 + 0.3 * mm_uniform(&rng) : 0.5 * mm_normal(&rng));
        }
    }
    draw(t.feat, sizeof t.feat / sizeof *t.feat, "feat");
    draw(t.box, sizeof t.box / sizeof *t.box, "box");
    draw(t.soft, sizeof t.soft / sizeof *t.soft, "soft");
    for (int i = 0; i < B * R; i++) { /* scores become probabilities */
        double sum = 0;
        for (int k = 0; k < LABELS; k++) {
            t.soft[i * LABELS + k] = (real)exp(t.soft[i * LABELS + k]);
            sum += (double)t.soft[i * LABELS + k];
        }
        for (int k = 0; k < LABELS; k++) {
            t.soft[i * LABELS + k] /= (real)sum;
        }
    }
    return t;
}

static UniterBatch batch(Graph *g, const Tiny *t)
{
    return (UniterBatch){.B = B,
                         .T = T,
                         .R = R,
                         .ids = ids,
                         .words = words,
                         .regions = regions,
                         .feat = mm_input(g, MM_SHAPE(B, R, IMG_DIM), t->feat),
                         .box = mm_input(g, MM_SHAPE(B, R, UNITER_BOX), t->box),
                         .masked = masked};
}

static Asked asked(const Tiny *t)
{
    static const int at[] = {1, T + 2, 2 * T + 1}, word[] = {8, 5, 6}, matched[B] = {1, 0, 1};
    return (Asked){.n = 3, .at = at, .word = word, .soft = t->soft, .matched = matched};
}

static Tensor *loss_of(Graph *g, void *tiny)
{
    const Tiny *t = tiny;
    const UniterBatch b = batch(g, t);
    const Asked a = asked(t);
    return uniter_loss(g, &t->u, t->task, &b, &a);
}

/* All but alignment, whose plan is held fixed: it is proved below. */
static void gradients(void **state)
{
    (void)state;
    Tiny t = begin();
    for (int task = 0; task < TASKS; task++) {
        ModelCheck worst;
        t.task = (Task)task;
        if (task != TASK_ITM_OT && !mm_modelcheck(t.ps, loss_of, &t, 8, 1e-6, &worst)) {
            fail_msg("%s: %s", task_name[task], worst.text);
        }
    }
    mm_params_free(t.ps);
}

typedef struct Fixed {
    Tiny t;
    real plan[B * T * R];
} Fixed;

/* The alignment loss with a plan that does not move: what uniter_wra_loss is to have the gradient of. */
static Tensor *fixed_plan(Graph *g, void *fixed)
{
    const Fixed *f = fixed;
    const UniterBatch b = batch(g, &f->t);
    const Asked a = asked(&f->t);
    Tensor *cost = uniter_cost(g, &b, uniter_encode(g, &f->t.u, &b));
    Tensor *weight = mm_input(g, cost->shape, f->plan);
    for (size_t i = 0; i < weight->n; i++) {
        weight->data[i] *= (real)(a.matched[i / (T * R)] ? 0.1 : -0.1) / B;
    }
    return mm_sum(g, mm_mul(g, cost, weight), MM_ALL);
}

static void alignment_gradient(void **state)
{
    (void)state;
    Fixed f = {.t = begin()};
    Graph *g = mm_graph_new(1);
    const UniterBatch b = batch(g, &f.t);
    const Asked a = asked(&f.t);
    Tensor *hidden = uniter_encode(g, &f.t.u, &b);
    const Tensor *plan = uniter_plan(g, &b, hidden);
    memcpy(f.plan, plan->data, sizeof f.plan);
    for (int i = 0; i < B; i++) { /* what is moved is 1 in all, and nothing of padding */
        double sum = 0, padding = 0;
        for (int j = 0; j < T * R; j++) {
            double moved = (double)f.plan[i * T * R + j];
            sum += moved;
            padding += j / R >= words[i] || j % R >= regions[i] ? fabs(moved) : 0;
        }
        assert_true(fabs(sum - 1) < 1e-12 && padding == 0);
    }
    ModelCheck worst;
    if (!mm_modelcheck(f.t.ps, fixed_plan, &f, 4, 1e-6, &worst)) {
        fail_msg("%s", worst.text);
    }
    double *want = malloc(mm_params_numel(f.t.ps) * sizeof *want), apart = 0, largest = 0;
    size_t n = 0;
    for (int i = 0; i < mm_params_count(f.t.ps); i++) {
        const Tensor *p = mm_params_at(f.t.ps, i);
        for (size_t k = 0; k < p->n; k++) {
            want[n++] = p->grad ? (double)p->grad[k] : 0;
        }
    }
    mm_params_zero_grad(f.t.ps);
    Tensor *loss = uniter_wra_loss(g, &f.t.u, &b, hidden, &a);
    mm_backward(g, loss);
    n = 0;
    for (int i = 0; i < mm_params_count(f.t.ps); i++) {
        const Tensor *p = mm_params_at(f.t.ps, i);
        for (size_t k = 0; k < p->n; k++, n++) {
            apart = fmax(apart, fabs((p->grad ? (double)p->grad[k] : 0) - want[n]));
            largest = fmax(largest, fabs(want[n]));
        }
    }
    assert_true(largest > 1e-3 && apart < 1e-12);
    free(want);
    mm_graph_free(g);
    mm_params_free(f.t.ps);
}

/* How far the hidden states of the examples' own rows move when something of the input does. */
static double moved(const Tiny *t, const Tiny *other)
{
    Graph *g = mm_graph_new(1);
    const UniterBatch a = batch(g, t), b = batch(g, other);
    const Tensor *x = uniter_encode(g, &t->u, &a), *y = uniter_encode(g, &other->u, &b);
    double most = 0;
    int L = x->shape.d[1];
    for (size_t i = 0; i < x->n; i++) {
        int row = (int)(i / WIDTH), example = row / L;
        if (row % L < words[example] + regions[example]) {
            most = fmax(most, fabs((double)(x->data[i] - y->data[i])));
        }
    }
    mm_graph_free(g);
    return most;
}

static void what_is_seen(void **state)
{
    (void)state;
    Tiny t = begin(), other = t;
    other.feat[1 * IMG_DIM] += 1; /* masked: region 1 of the first example */
    assert_true(moved(&t, &other) == 0);
    other = t;
    other.box[1 * UNITER_BOX] += 1; /* but where it is is known */
    assert_true(moved(&t, &other) > 1e-3);
    other = t;
    other.feat[0] += 1;
    assert_true(moved(&t, &other) > 1e-3);
    other = t;
    other.feat[(R + 1) * IMG_DIM] += 1; /* padding: the second example has one region */
    other.box[(R + 1) * UNITER_BOX] += 1;
    assert_true(moved(&t, &other) < 1e-12);
    mm_params_free(t.ps);
}

/* A text without a picture is still read. */
static void no_regions(void **state)
{
    (void)state;
    Tiny t = begin();
    Graph *g = mm_graph_new(1);
    static const int none[B] = {0, 0, 0};
    UniterBatch b = batch(g, &t);
    b.regions = none;
    const Tensor *h = uniter_encode(g, &t.u, &b);
    assert_int_equal(h->shape.d[1], T);
    for (size_t i = 0; i < h->n; i++) {
        assert_true(isfinite((double)h->data[i]));
    }
    mm_graph_free(g);
    mm_params_free(t.ps);
}

/* ---- wrong calls ---- */

static jmp_buf failed;
static char message[512];

static void caught(void *context, const char *text)
{
    (void)context;
    snprintf(message, sizeof message, "%s", text);
    longjmp(failed, 1);
}

static void refuses(const char *what, UniterBatch change, Task task)
{
    Tiny t = begin();
    Graph *g = mm_graph_new(1);
    mm_graph_on_fail(g, (FailHandler){caught, NULL});
    UniterBatch b = batch(g, &t);
    const Asked a = asked(&t);
    b.words = change.words ? change.words : b.words;
    b.regions = change.regions ? change.regions : b.regions;
    b.masked = change.masked ? change.masked : b.masked;
    b.feat = change.R ? mm_input(g, MM_SHAPE(B, R, IMG_DIM + 1), NULL) : b.feat;
    message[0] = 0;
    if (!setjmp(failed)) {
        uniter_loss(g, &t.u, task, &b, &a);
    }
    if (!strstr(message, what)) {
        fail_msg("\"%s\" does not say \"%s\"", message, what);
    }
    mm_graph_free(g);
    mm_params_free(t.ps);
}

static void wrong_calls(void **state)
{
    (void)state;
    static const int many[B] = {3, 4, 0}, none[B] = {0, 0, 0}, empty[B] = {4, 0, 3};
    static const bool nothing[B * R] = {false};
    refuses("features of regions are (3,3,7), not (3,3,6)", (UniterBatch){.R = 1}, TASK_ITM);
    refuses("example 1 has 5 words of 5 and 4 regions of 3", (UniterBatch){.regions = many}, TASK_ITM);
    refuses("example 1 has 0 words of 5", (UniterBatch){.words = empty}, TASK_ITM);
    refuses("no region is masked", (UniterBatch){.masked = nothing}, TASK_MRFR);
    refuses("no region is masked", (UniterBatch){.regions = none}, TASK_MRC);
    refuses("example 0 is to have 4 x 0 costs", (UniterBatch){.regions = none}, TASK_ITM_OT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients), cmocka_unit_test(alignment_gradient),
                                       cmocka_unit_test(what_is_seen), cmocka_unit_test(no_regions),
                                       cmocka_unit_test(wrong_calls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
