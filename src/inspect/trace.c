/* trace.c: collects what went on in a graph. */
#include "trace.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct Kept {
    Kept *next;
    max_align_t bytes[];
};

void *mm_trace_keep(Trace *t, size_t n, size_t size)
{
    Kept *k = calloc(1, sizeof *k + n * size);
    if (!k) {
        mm_fail((FailHandler){0}, "no memory to look at a graph of %d tensors", t->n);
    }
    k->next = t->kept;
    t->kept = k;
    return k->bytes;
}

Trace *mm_trace_empty(const char *title, int n)
{
    Trace *t = calloc(1, sizeof *t);
    if (!t) {
        mm_fail((FailHandler){0}, "no memory to look at a graph of %d tensors", n);
    }
    t->n = n;
    t->node = mm_trace_keep(t, (size_t)n, sizeof *t->node);
    t->title = title ? strcpy(mm_trace_keep(t, strlen(title) + 1, 1), title) : "";
    t->loss = -1;
    mm_module_of(t, "");
    return t;
}

void mm_trace_free(Trace *t)
{
    if (t) {
        for (Kept *k = t->kept, *next; k; k = next) {
            next = k->next;
            free(k);
        }
        json_decref(t->json);
        free(t->module);
        free(t);
    }
}

/* ---- statistics ---- */

double mm_rms(Stat s)
{
    return s.n > s.bad ? sqrt(s.squares / (double)(s.n - s.bad)) : NAN;
}

static void fill_bins(Stat *s, const real *x)
{
    double width = (s->max - s->min) / MM_BINS;
    for (size_t i = 0; i < s->n; i++) {
        if (isfinite((double)x[i])) {
            double bin = width > 0 ? floor(((double)x[i] - s->min) / width) : 0;
            s->bin[bin < MM_BINS ? (int)bin : MM_BINS - 1]++;
        }
    }
}

Stat mm_stat(Trace *t, const real *x, size_t n)
{
    Stat s = {.min = INFINITY, .max = -INFINITY, .n = n};
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double v = (double)x[i];
        if (!isfinite(v)) {
            s.bad++;
            continue;
        }
        s.zeros += v == 0;
        s.min = v < s.min ? v : s.min;
        s.max = v > s.max ? v : s.max;
        sum += v;
        s.squares += v * v;
    }
    if (s.bad == n) {
        s.min = s.max = NAN;
    }
    s.mean = sum / (double)(n - s.bad);
    fill_bins(&s, x);
    if (n <= MM_SMALL) {
        double *data = mm_trace_keep(t, n, sizeof *data);
        for (size_t i = 0; i < n; i++) {
            data[i] = (double)x[i];
        }
        s.data = data;
    }
    return s;
}

/* ---- nodes ---- */

/* The node of tensor x, which was recorded before node `before`. Only parameters have to be looked for: their id is that of
 * the graph that used them last. */
static int node_of(const Graph *g, const Tensor *x, int before)
{
    if (x->graph) {
        return x->id;
    }
    for (int i = 0; i < before; i++) {
        if (mm_graph_node(g, i) == x) {
            return i;
        }
    }
    return -1;
}

static void describe(Trace *t, const Graph *g, int i)
{
    TraceNode *n = &t->node[i];
    const Tensor *x = mm_graph_node(g, i);
    int *in = mm_trace_keep(t, (size_t)x->n_in, sizeof *in);
    for (int k = 0; k < x->n_in; k++) {
        in[k] = node_of(g, x->in[k], i);
    }
    *n = (TraceNode){.op = "", .symbol = "", .equation = "", .site = x->site ? x->site : "", .name = x->name ? x->name : ""};
    if (x->op) {
        n->op = x->op->name;
        n->symbol = x->op->symbol;
        n->equation = x->op->equation;
    }
    n->kind = x->op ? NODE_OP : x->graph ? NODE_INPUT : node_of(g, x, i) >= 0 ? NODE_REPEATED : NODE_PARAM;
    n->module = x->graph ? mm_module_of(t, x->scope) : 0;
    n->shape = x->shape;
    n->needs_grad = x->needs_grad;
    n->n_in = x->n_in;
    n->in = in;
    n->value = mm_stat(t, x->data, x->n);
    n->flows = x->needs_grad && x->grad;
    n->grad = n->flows ? mm_stat(t, x->grad, x->n) : (Stat){0};
    n->place = -1;
    n->forward = n->backward = -1;
    t->walked = t->walked || (x->op && n->flows);
}

/* A parameter is at home in the innermost module that holds all who use it. */
static void find_homes(Trace *t)
{
    for (int i = 0; i < t->n; i++) {
        t->node[i].module = t->node[i].kind == NODE_PARAM ? -1 : t->node[i].module;
    }
    for (int i = 0; i < t->n; i++) {
        for (int k = 0; k < t->node[i].n_in; k++) {
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

Trace *mm_trace_new(const Graph *g, const Tensor *loss, const DrawOptions *options)
{
    Trace *t = mm_trace_empty(options ? options->title : NULL, mm_graph_size(g));
    for (int i = 0; i < t->n; i++) {
        describe(t, g, i);
    }
    t->loss = loss ? loss->id : -1;
    find_homes(t);
    mm_sum_modules(t);
    if (options && options->watch) {
        mm_watch_describe(options->watch, t);
    }
    return t;
}
