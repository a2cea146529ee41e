/* graph.c: the record of a computation, and the walk back through it. */
#include "arena.h"
#include "mm/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SCOPE_DEPTH = 32 };

struct Graph {
    Arena arena, scratch;
    Tensor **node; /* in the order of making */
    int n, capacity;
    bool training, recording, walked;
    const char *scope[MAX_SCOPE_DEPTH];
    int depth;
    Rng rng;
    FailHandler handler;
    OpTimer *timer;
    void *timer_context;
    OpWatch *watch;
    void *watch_context;
};

Graph *mm_graph_new(uint64_t seed)
{
    Graph *g = calloc(1, sizeof *g);
    if (!g) {
        mm_fail((FailHandler){0}, "no memory for a graph");
    }
    g->training = g->recording = true;
    g->rng = mm_rng(seed, "graph");
    return g;
}

void mm_graph_free(Graph *g)
{
    if (g) {
        mm_arena_free(&g->arena);
        mm_arena_free(&g->scratch);
        free(g->node);
        free(g);
    }
}

void mm_graph_reset(Graph *g)
{
    for (int i = 0; i < g->n; i++) {
        if (!g->node[i]->graph) {
            g->node[i]->id = -1; /* a parameter stays; it is recorded anew when it is used again */
        }
    }
    g->n = 0;
    g->depth = 0;
    g->walked = false;
    mm_arena_reset(&g->arena);
}

void mm_graph_train(Graph *g, bool training)
{
    g->training = training;
}

bool mm_graph_training(const Graph *g)
{
    return g->training;
}

void mm_graph_record(Graph *g, bool record)
{
    g->recording = record;
}

void mm_graph_on_fail(Graph *g, FailHandler h)
{
    g->handler = h;
}

FailHandler mm_graph_handler(const Graph *g)
{
    return g->handler;
}

void mm_graph_on_op(Graph *g, OpTimer *timer, void *context)
{
    g->timer = timer;
    g->timer_context = context;
}

void mm_graph_before_op(Graph *g, OpWatch *watch, void *context)
{
    g->watch = watch;
    g->watch_context = context;
}

static void run(Graph *g, Tensor *y, bool backward)
{
    if (g->watch) {
        g->watch(g->watch_context, y, backward);
    }
    double start = g->timer ? mm_seconds() : 0;
    (backward ? y->op->backward : y->op->forward)(y);
    mm_arena_reset(&g->scratch);
    if (g->timer) {
        g->timer(g->timer_context, y, backward, mm_seconds() - start);
    }
}

Rng *mm_graph_rng(Graph *g)
{
    return &g->rng;
}

int mm_graph_size(const Graph *g)
{
    return g->n;
}

Tensor *mm_graph_node(const Graph *g, int id)
{
    return g->node[id];
}

size_t mm_graph_used(const Graph *g)
{
    return mm_arena_used(&g->arena);
}

size_t mm_graph_bytes(const Graph *g)
{
    return g->arena.held + g->scratch.held;
}

void mm_push(Graph *g, const char *module)
{
    if (g->depth == MAX_SCOPE_DEPTH) {
        mm_fail(g->handler, "mm_push(\"%s\"): more than %d modules inside each other; is an mm_pop missing?", module,
                MAX_SCOPE_DEPTH);
    }
    const char *outer = g->depth ? g->scope[g->depth - 1] : NULL;
    size_t size = strlen(module) + (outer ? strlen(outer) + 1 : 0) + 1;
    char *path = mm_arena(g, size);
    snprintf(path, size, "%s%s%s", outer ? outer : "", outer ? "." : "", module);
    g->scope[g->depth++] = path;
}

void mm_pop(Graph *g)
{
    if (g->depth == 0) {
        mm_fail(g->handler, "mm_pop without mm_push");
    }
    g->depth--;
}

static void *take(Graph *g, Arena *a, size_t bytes)
{
    void *p = mm_arena_take(a, bytes);
    if (!p) {
        mm_fail(g->handler, "out of memory: the graph holds %zu MiB and needs %zu bytes more; try a smaller batch",
                mm_graph_bytes(g) >> 20, bytes);
    }
    return p;
}

void *mm_arena(Graph *g, size_t bytes)
{
    return take(g, &g->arena, bytes);
}

void *mm_scratch(Graph *g, size_t bytes)
{
    return take(g, &g->scratch, bytes);
}

real *mm_reals(Graph *g, size_t n)
{
    return mm_arena(g, n * sizeof(real));
}

const int *mm_keep_ints(Graph *g, const int *ids, size_t n)
{
    return memcpy(mm_arena(g, n * sizeof *ids), ids, n * sizeof *ids);
}

static void record(Graph *g, Tensor *t)
{
    if (g->n == g->capacity) {
        g->capacity = g->capacity ? 2 * g->capacity : 256;
        Tensor **node = realloc(g->node, (size_t)g->capacity * sizeof *node);
        if (!node) {
            mm_fail(g->handler, "out of memory at the record of %d tensors", g->n);
        }
        g->node = node;
    }
    t->id = g->n;
    g->node[g->n++] = t;
}

static Tensor *new_tensor(Graph *g, Site site)
{
    Tensor *t = mm_arena(g, sizeof *t);
    *t = (Tensor){.graph = g, .scope = g->depth ? g->scope[g->depth - 1] : "", .site = site, .id = -1};
    return t;
}

Tensor *(mm_input)(Graph *g, Shape s, const real *data, Site site)
{
    Tensor *t = new_tensor(g, site);
    t->shape = s;
    t->n = mm_numel(s);
    t->data = mm_reals(g, t->n);
    if (data) {
        memcpy(t->data, data, t->n * sizeof(real));
    } else {
        memset(t->data, 0, t->n * sizeof(real));
    }
    record(g, t);
    return t;
}

Tensor *mm_named(Tensor *t, const char *name)
{
    t->name = name;
    return t;
}

static bool in_record(const Graph *g, const Tensor *t)
{
    return t->id >= 0 && t->id < g->n && g->node[t->id] == t;
}

/* Parameters join the record where they are first used, so that drawings show them and nothing is recorded twice. */
static void adopt_inputs(Tensor *y, int n_in, Tensor *const *in)
{
    Graph *g = y->graph;
    y->in = mm_arena(g, (size_t)n_in * sizeof *y->in);
    y->n_in = n_in;
    for (int i = 0; i < n_in; i++) {
        Tensor *x = y->in[i] = in[i];
        if (!x) {
            mm_fail(g->handler, "%s: input %d is NULL  [%s%s%s]", y->op->name, i, y->scope, *y->scope ? ", " : "", y->site);
        }
        if (x->graph && x->graph != g) {
            mm_fail(g->handler, "%s: input %d belongs to another graph  [%s, %s]", y->op->name, i, y->scope, y->site);
        }
        if (!x->graph && !in_record(g, x)) {
            record(g, x);
        } else if (x->graph && !in_record(g, x)) {
            mm_fail(g->handler, "%s: input %d was made before the graph was reset; only parameters live longer  [%s, %s]",
                    y->op->name, i, y->scope, y->site);
        }
        y->needs_grad = y->needs_grad || (x->needs_grad && g->recording);
    }
}

Tensor *mm_apply(Graph *g, const Op *op, const void *attr, size_t attr_bytes, int n_in, Tensor *const *in, Site site)
{
    Tensor *y = new_tensor(g, site);
    y->op = op;
    if (attr) {
        y->attr = memcpy(mm_arena(g, attr_bytes), attr, attr_bytes);
    }
    adopt_inputs(y, n_in, in);
    y->shape = op->shape(y);
    y->n = mm_numel(y->shape);
    y->data = mm_reals(g, y->n);
    run(g, y, false);
    record(g, y);
    return y;
}

real *mm_grad(Tensor *t)
{
    if (!t->needs_grad) {
        return NULL;
    }
    if (!t->grad) { /* only tensors of a graph: a parameter has its gradient from the start */
        t->grad = mm_reals(t->graph, t->n);
        memset(t->grad, 0, t->n * sizeof(real));
    }
    return t->grad;
}

void mm_op_fail(const Tensor *y, const char *format, ...)
{
    char what[512], call[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    int at = snprintf(call, sizeof call, "%s(", y->op->name);
    for (int i = 0; i < y->n_in && at < (int)sizeof call - MM_SHAPE_TEXT; i++) {
        char shape[MM_SHAPE_TEXT];
        const char *name = y->in[i]->name;
        at += snprintf(call + at, sizeof call - (size_t)at, "%s%.60s%s%s", i ? ", " : "", name ? name : "", name ? " " : "",
                       mm_shape_text(y->in[i]->shape, shape));
    }
    mm_fail(y->graph->handler, "%s): %s  [%s%s%s]", call, what, y->scope, *y->scope ? ", " : "", y->site);
}

static void check_before_walk(Graph *g, const Tensor *loss)
{
    if (g->walked) {
        mm_fail(
            g->handler,
            "a second mm_backward on one graph would add every gradient twice; call mm_graph_reset and run the forward again");
    }
    if (!in_record(g, loss)) {
        mm_fail(g->handler, "mm_backward: this tensor is not in the graph; was the graph reset after it was made?");
    }
    if (!loss->needs_grad) {
        mm_fail(g->handler, "mm_backward: no parameter leads to %s%s; was recording off (mm_graph_record)?",
                loss->name ? loss->name : "this tensor", loss->op ? "" : ", which is an input");
    }
}

void mm_backward_from(Graph *g, Tensor *y, const real *dy)
{
    check_before_walk(g, y);
    g->walked = true;
    memcpy(mm_grad(y), dy, y->n * sizeof(real));
    /* Recorded after its inputs, a tensor is met here before them and after all that used it: its gradient is whole. */
    for (int id = y->id; id >= 0; id--) {
        Tensor *t = g->node[id];
        if (t->op && t->grad) {
            run(g, t, true);
        }
    }
}

void mm_backward(Graph *g, Tensor *loss)
{
    if (loss->n != 1) {
        char shape[MM_SHAPE_TEXT];
        mm_fail(g->handler, "mm_backward: the loss must be one number, this is %s; sum or average it first",
                mm_shape_text(loss->shape, shape));
    }
    mm_backward_from(g, loss, (real[]){1});
}
