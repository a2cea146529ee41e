/* draw.c: the gradient graph of a test, with the learner's function and with the reference: `judge --graph FOLDER`. */
#include "check.h"
#include "judge.h"

#include <stdlib.h>

/* Traces the step that leads to y, from random upstream gradients, and saves it as FOLDER/NAME.json and .svg. */
static Trace *save(Graph *g, Tensor *y, Watch *watch, const char *name)
{
    char path[4200], title[64];
    Error err;
    real *dy = mm_reals(g, y->n);
    draw(dy, y->n, -1, 1, "dy");
    mm_backward_from(g, y, dy);
    snprintf(title, sizeof title, "with %s", name);
    const DrawOptions o = {.title = title, .watch = watch};
    Trace *t = mm_trace_new(g, y, &o);
    static const char *const ending[] = {"json", "svg"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s.%s", judge_graph(), name, ending[i]);
        if (mm_trace_save(t, &o, path, &err)) {
            printf("  %s\n", path);
        } else {
            printf("%s\n", err.text);
        }
    }
    return t;
}

void draw_pair(Tensor *(*build)(Graph *g, Params *ps, bool theirs, void *context), void *context)
{
    if (!judge_graph()) {
        return;
    }
    static const char *const name[] = {"reference", "mine"};
    Trace *trace[2];
    for (int theirs = 0; theirs < 2; theirs++) {
        Params *ps = mm_params_new(1);
        Graph *g = mm_graph_new(1);
        Watch *watch = mm_watch_new(g);
        trace[theirs] = save(g, build(g, ps, theirs, context), watch, name[theirs]);
        mm_watch_free(watch);
        mm_graph_free(g);
        mm_params_free(ps);
    }
    printf("Yours beside the reference:\n");
    mm_trace_compare(trace[1], trace[0], 1e-9, stdout);
    mm_trace_free(trace[0]);
    mm_trace_free(trace[1]);
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
