/* graph.c: the record of a computation, and the walk back through it. */
#include "graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Graph *mm_graph_new(uint64_t seed)
{
    Graph *g = calloc(1, sizeof *g);
    if (!g) {
        mm_fail((FailHandler){0}, "no memory for a graph");
    }
    g->mode = (Mode){.training = true, .recording = true, .rng = mm_rng(seed, "graph")};
    return g;
}

void mm_graph_free(Graph *g)
{
    if (g) {
        mm_arena_free(&g->arena);
        mm_arena_free(&g->scratch);
        mm_arena_free(&g->gradients);
        free(g->node);
        free(g);
    }
}

Mark mm_mark(const Graph *g)
{
    Mark m = {.arena = mm_arena_mark(&g->arena), .n = g->n, .depth = g->depth};
    memcpy(m.use, g->memory.now, sizeof m.use);
    return m;
}

void mm_release(Graph *g, const Mark *m)
{
    for (int i = m->n; i < g->n; i++) {
        if (!g->node[i]->graph) {
            g->node[i]->id = -1; /* a parameter stays; it is recorded anew when it is used again */
        }
    }
    g->n = m->n;
    g->depth = m->depth;
    mm_arena_release(&g->arena, m->arena);
    size_t gradients = g->memory.now[MM_GRADIENTS];
    memcpy(g->memory.now, m->use, sizeof m->use);
    if (g->lean) { /* they lie elsewhere, and each is given back by itself */
        g->memory.now[MM_GRADIENTS] = gradients;
    }
}

void mm_graph_reset(Graph *g)
{
    mm_release(g, &(Mark){0});
    mm_arena_release(&g->gradients, (ArenaMark){0});
    g->memory.now[MM_GRADIENTS] = 0;
    g->walked = false;
}

void mm_graph_train(Graph *g, bool training)
{
    g->mode.training = training;
}

bool mm_graph_training(const Graph *g)
{
    return g->mode.training;
}

bool mm_graph_record(Graph *g, bool record)
{
    bool before = g->mode.recording;
    g->mode.recording = record;
    return before;
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
    bool seen = y->op->forward; /* a block is not: the ops that its backward runs are seen themselves */
    if (g->watch && seen) {
        g->watch(g->watch_context, y, backward);
    }
    double start = g->timer ? mm_seconds() : 0;
    g->kind = MM_SAVED;
    (backward ? y->op->backward : y->op->forward)(y);
    g->kind = MM_REST;
    mm_scratch_reset(g);
    if (g->timer && seen) {
        g->timer(g->timer_context, y, backward, mm_seconds() - start);
    }
}

Rng *mm_graph_rng(Graph *g)
{
    return &g->mode.rng;
}

void mm_graph_part(Graph *g, BatchPart part)
{
    g->mode.part = part;
}

Rng mm_graph_draws(Graph *g, size_t n)
{
    Rng first = g->mode.rng;
    BatchPart p = g->mode.part;
    if (p.of == 0) {
        g->mode.rng.count += n;
        return first;
    }
    if (n % (size_t)p.n != 0) {
        mm_fail(g->handler,
                "mm_graph_part: the graph computes %d rows of a batch, and %zu random draws are not as many for each row", p.n,
                n);
    }
    size_t row = n / (size_t)p.n;
    g->mode.rng.count += (uint64_t)p.of * row;
    first.count += (uint64_t)p.first * row;
    return first;
}

int mm_graph_size(const Graph *g)
{
    return g->n;
}

Tensor *mm_graph_node(const Graph *g, int id)
{
    return g->node[id];
}

size_t mm_graph_bytes(const Graph *g)
{
    return g->arena.held + g->scratch.held + g->gradients.held;
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

static size_t sum(const size_t *bytes)
{
    size_t all = 0;
    for (int k = 0; k < MM_MEMORY_KINDS; k++) {
        all += bytes[k];
    }
    return all;
}

size_t mm_graph_used(const Graph *g)
{
    return sum(g->memory.now);
}

static void count(GraphMemory *m, MemoryKind kind, size_t bytes)
{
    m->now[kind] += bytes;
    if (sum(m->now) > sum(m->peak)) {
        memcpy(m->peak, m->now, sizeof m->peak);
    }
}

static void *take(Graph *g, MemoryKind kind, size_t bytes)
{
    bool apart = kind == MM_GRADIENTS && g->lean;
    void *p = mm_arena_take(kind == MM_SCRATCH ? &g->scratch : apart ? &g->gradients : &g->arena, bytes);
    if (!p) {
        mm_fail(g->handler, "out of memory: the graph holds %zu MiB and needs %zu bytes more; try a smaller batch",
                mm_graph_bytes(g) >> 20, bytes);
    }
    count(&g->memory, kind, bytes);
    return p;
}

const GraphMemory *mm_graph_memory(const Graph *g)
{
    return &g->memory;
}

void *mm_arena(Graph *g, size_t bytes)
{
    return take(g, g->kind, bytes);
}

void *mm_scratch(Graph *g, size_t bytes)
{
    return take(g, MM_SCRATCH, bytes);
}

void mm_scratch_reset(Graph *g)
{
    mm_arena_release(&g->scratch, (ArenaMark){0});
    g->memory.now[MM_SCRATCH] = 0;
}

real *mm_reals(Graph *g, size_t n)
{
    return mm_arena(g, n * sizeof(real));
}

const int *mm_keep_ints(Graph *g, const int *ids, size_t n)
{
    return memcpy(mm_arena(g, n * sizeof *ids), ids, n * sizeof *ids);
}

void mm_record(Graph *g, Tensor *t)
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
    t->data = take(g, MM_INPUTS, t->n * sizeof(real));
    if (data) {
        memcpy(t->data, data, t->n * sizeof(real));
    } else {
        memset(t->data, 0, t->n * sizeof(real));
    }
    mm_record(g, t);
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
            mm_record(g, x);
        } else if (x->graph && !in_record(g, x)) {
            mm_fail(g->handler, "%s: input %d was made before the graph was reset; only parameters live longer  [%s, %s]",
                    y->op->name, i, y->scope, y->site);
        }
        y->needs_grad = y->needs_grad || (x->needs_grad && g->mode.recording);
        if (x->needs_grad && g->block) {
            mm_block_uses(g, y, x);
        }
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
    y->data = take(g, MM_VALUES, y->n * sizeof(real));
    run(g, y, false);
    mm_record(g, y);
    return y;
}

bool mm_graph_keep_gradients(Graph *g, bool keep)
{
    bool before = !g->lean;
    g->lean = !keep;
    return before;
}

static real *new_gradient(Tensor *t)
{
    Graph *g = t->graph;
    if (g->lean && g->walked && t->op && t->id >= g->at) {
        mm_op_fail(t, "its gradient was passed on and given back; mm_graph_keep_gradients(g, true) keeps them");
    }
    return take(g, MM_GRADIENTS, t->n * sizeof(real));
}

static void give_gradient_back(Tensor *t)
{
    mm_arena_back(&t->graph->gradients, t->grad, t->n * sizeof(real));
    t->graph->memory.now[MM_GRADIENTS] -= t->n * sizeof(real);
    t->grad = NULL;
}

real *mm_grad(Tensor *t)
{
    if (!t->needs_grad) {
        return NULL;
    }
    if (!t->grad) { /* only tensors of a graph: a parameter has its gradient from the start */
        t->grad = new_gradient(t);
#pragma omp parallel for if (t->n > MM_GRAIN)
        for (size_t i = 0; i < t->n; i++) {
            t->grad[i] = 0;
        }
    }
    return t->grad;
}

real *mm_grad_beta(Tensor *t, real *beta)
{
    *beta = t->grad ? 1 : 0;
    if (t->needs_grad && !t->grad) {
        t->grad = new_gradient(t);
    }
    return t->needs_grad ? t->grad : NULL;
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

void mm_walk(Graph *g, int from, int to)
{
    for (int id = from; id >= to; id--) {
        Tensor *t = g->node[id];
        g->at = id;
        if (t->op && t->grad) {
            run(g, t, true);
            if (g->lean && !g->watch && t->grad) {
                give_gradient_back(t);
            }
        }
    }
}

/* [backward] */
void mm_backward_from(Graph *g, Tensor *y, const real *dy)
{
    check_before_walk(g, y);
    g->walked = true;
    g->at = y->id + 1;
    memcpy(mm_grad(y), dy, y->n * sizeof(real));
    mm_walk(g, y->id, 0);
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
