/* trace.c: collects what went on in a graph. */
#include "trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *zeroed(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p) {
        mm_fail((FailHandler){0}, "no memory to look at a graph of %zu tensors", n);
    }
    return p;
}

double mm_rms(Stat s)
{
    return s.n ? sqrt(s.squares / (double)s.n) : 0;
}

static Stat stat_of(const real *x, size_t n)
{
    Stat s = {.min = INFINITY, .max = -INFINITY, .n = n};
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double v = (double)x[i];
        s.bad += !isfinite(v);
        s.min = v < s.min ? v : s.min;
        s.max = v > s.max ? v : s.max;
        sum += v;
        s.squares += v * v;
    }
    s.mean = n ? sum / (double)n : 0;
    return s;
}

/* ---- modules ---- */

int mm_find_module(const Trace *t, const char *path)
{
    int m = t->n_modules - 1;
    while (m >= 0 && strcmp(t->module[m].path, path) != 0) {
        m--;
    }
    return m;
}

static int module_at(Trace *t, const char *path, size_t length, int parent)
{
    char *copy = zeroed(length + 1, 1);
    memcpy(copy, path, length);
    int found = mm_find_module(t, copy);
    if (found >= 0) {
        free(copy);
        return found;
    }
    if (t->n_modules == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 32;
        Module *more = realloc(t->module, (size_t)t->capacity * sizeof *more);
        if (!more) {
            mm_fail((FailHandler){0}, "no memory for %d modules of a graph", t->capacity);
        }
        t->module = more;
    }
    t->module[t->n_modules] = (Module){.path = copy, .parent = parent, .first = -1};
    return t->n_modules++;
}

/* The module of a scope such as "visual.transformer.resblocks.0", and all around it. */
static int module_of(Trace *t, const char *scope)
{
    int m = 0;
    for (const char *end = scope; *scope && end;) {
        end = strchr(end, '.');
        m = module_at(t, scope, end ? (size_t)(end - scope) : strlen(scope), m);
        end = end ? end + 1 : NULL;
    }
    return m;
}

bool mm_inside(const Trace *t, int module, int outer)
{
    while (module > outer) { /* parents have smaller numbers */
        module = t->module[module].parent;
    }
    return module == outer;
}

/* A parameter is at home in the innermost module that holds all who use it. */
static void find_homes(Trace *t)
{
    for (int i = 0; i < t->n; i++) {
        t->node[i].module = t->node[i].kind == NODE_PARAM ? -1 : t->node[i].module;
    }
    for (int i = 0; i < t->n; i++) {
        for (int k = 0; k < t->node[i].t->n_in; k++) {
            TraceNode *x = &t->node[t->node[i].in[k]];
            if (x->kind == NODE_PARAM) {
                int home = x->module < 0 ? t->node[i].module : x->module;
                while (!mm_inside(t, t->node[i].module, home)) {
                    home = t->module[home].parent;
                }
                x->module = home;
            }
        }
    }
}

static void count_in(Trace *t, int i, Module *m)
{
    const TraceNode *n = &t->node[i];
    if (n->kind == NODE_PARAM) {
        m->params++;
        m->numbers += n->t->n;
        m->param_squares += n->flows ? n->grad.squares : 0;
    } else {
        m->first = m->first < 0 ? i : m->first;
        m->last = i;
        m->ops += n->kind == NODE_OP;
        m->squares += n->flows ? n->grad.squares : 0;
        m->elements += n->flows ? n->grad.n : 0;
    }
    m->bad = m->bad || n->value.bad || n->grad.bad;
}

static void sum_modules(Trace *t)
{
    for (int i = 0; i < t->n; i++) {
        if (t->node[i].kind == NODE_REPEATED) {
            continue;
        }
        int m = t->node[i].module;
        t->module[m].own++;
        for (; m > 0; m = t->module[m].parent) {
            count_in(t, i, &t->module[m]);
        }
        count_in(t, i, &t->module[0]);
    }
}

/* ---- nodes ---- */

/* The node of tensor x, which was recorded before node `before`. Only parameters have to be looked for: their id is that of
 * the graph that used them last. */
static int node_of(const Trace *t, const Tensor *x, int before)
{
    if (x->graph) {
        return x->id;
    }
    for (int i = 0; i < before; i++) {
        if (t->node[i].t == x) {
            return i;
        }
    }
    return -1;
}

static void describe(Trace *t, int i, int *in)
{
    TraceNode *n = &t->node[i];
    const Tensor *x = n->t;
    n->kind = x->op ? NODE_OP : x->graph ? NODE_INPUT : node_of(t, x, i) >= 0 ? NODE_REPEATED : NODE_PARAM;
    n->module = x->graph ? module_of(t, x->scope) : 0;
    n->in = in;
    for (int k = 0; k < x->n_in; k++) {
        in[k] = node_of(t, x->in[k], i);
    }
    n->value = stat_of(x->data, x->n);
    n->flows = x->needs_grad && x->grad;
    n->grad = n->flows ? stat_of(x->grad, x->n) : (Stat){0};
    t->walked = t->walked || (x->op && n->flows);
}

Trace *mm_trace_new(const Graph *g)
{
    Trace *t = zeroed(1, sizeof *t);
    int n = mm_graph_size(g);
    size_t edges = 0;
    t->node = zeroed((size_t)n, sizeof *t->node);
    for (int i = 0; i < n; i++) {
        t->node[i].t = mm_graph_node(g, i);
        edges += (size_t)t->node[i].t->n_in;
    }
    t->edges = zeroed(edges, sizeof *t->edges);
    module_at(t, "", 0, 0);
    for (int *in = t->edges; t->n < n; t->n++) {
        describe(t, t->n, in);
        in += t->node[t->n].t->n_in;
    }
    find_homes(t);
    sum_modules(t);
    return t;
}

void mm_trace_free(Trace *t)
{
    for (int m = 0; m < t->n_modules; m++) {
        free(t->module[m].path);
    }
    free(t->module);
    free(t->edges);
    free(t->node);
    free(t);
}
