/* draw.c: the gradient graph of a test, with the learner's function and with the reference: `judge --graph FOLDER`. */
#include "check.h"
#include "judge.h"

#include <stdlib.h>

/* Saves a trace as FOLDER/NAME.ENDING and says so. */
static void save(Trace *t, const DrawOptions *o, const char *name, const char *ending)
{
    char path[4200];
    Error err;
    snprintf(path, sizeof path, "%s/%s.%s", judge_graph(), name, ending);
    if (mm_trace_save(t, o, path, &err)) {
        printf("  %s\n", path);
    } else {
        printf("%s\n", err.text);
    }
}

/* Traces the step that leads to y, from random upstream gradients, and saves it. */
static Trace *trace_step(Graph *g, Tensor *y, Watch *watch, const char *name)
{
    char title[64];
    real *dy = mm_reals(g, y->n);
    draw(dy, y->n, -1, 1, "dy");
    mm_backward_from(g, y, dy);
    snprintf(title, sizeof title, "with %s", name);
    const DrawOptions o = {.title = title, .watch = watch};
    Trace *t = mm_trace_new(g, y, &o);
    save(t, &o, name, "json");
    save(t, &o, name, "svg");
    return t;
}

void draw_pair(Tensor *(*build)(Graph *g, Params *ps, bool theirs, void *context), void *context)
{
    if (!judge_graph()) {
        return;
    }
    static const char *const name[] = {"reference", "mine"};
    Params *ps[2];
    Graph *g[2];
    Watch *watch[2];
    Trace *trace[2]; /* refer to names in ps */
    for (int theirs = 0; theirs < 2; theirs++) {
        ps[theirs] = mm_params_new(1);
        g[theirs] = mm_graph_new(1);
        watch[theirs] = mm_watch_new(g[theirs]);
        trace[theirs] = trace_step(g[theirs], build(g[theirs], ps[theirs], theirs, context), watch[theirs], name[theirs]);
    }
    save(trace[1], &(DrawOptions){.title = "yours beside the reference", .other = trace[0]}, "mine", "html");
    printf("Yours beside the reference:\n");
    mm_trace_compare(trace[1], trace[0], 1e-9, stdout);
    for (int i = 0; i < 2; i++) {
        mm_trace_free(trace[i]);
        mm_watch_free(watch[i]);
        mm_graph_free(g[i]);
        mm_params_free(ps[i]);
    }
    exit(0);
}

typedef struct OpCase {
    const Op *op;
    Op tested;
    const Check *check;
} OpCase;

static Tensor *build_op(Graph *g, Params *ps, bool theirs, void *context)
{
    OpCase *c = context;
    Tensor *x[MM_MAX_CHECK_INPUTS];
    bool given = c->check->low != 0 || c->check->high != 0;
    for (int i = 0; i < c->check->n_in; i++) {
        x[i] = mm_param(ps, mm_name(ps, "x%d", i), c->check->in[i], (Init){MM_ZERO, 0});
        draw(x[i]->data, x[i]->n, given ? (double)c->check->low : -1, given ? (double)c->check->high : 1, x[i]->name);
    }
    Tensor *y = c->check->build(g, x);
    for (int id = 0; theirs && id < mm_graph_size(g); id++) {
        Tensor *t = mm_graph_node(g, id);
        t->op = t->op == c->op ? &c->tested : t->op;
    }
    return y;
}

void judge_draw_op(const Op *op, void (*backward)(Tensor *y), const Check *check)
{
    OpCase c = {op, *op, check};
    c.tested.backward = backward;
    draw_pair(build_op, &c);
}
