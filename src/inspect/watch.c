/* watch.c: looks on while a step runs: how long each op takes, what memory it keeps, and what each backward adds to the
 * gradients of its inputs. The tensors themselves only show how a step ended. */
#include "trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Added {
    const Tensor *y, *x;
    double before, norm, after;
    real *what; /* what was added; NULL where it is large and all of the gradient */
} Added;

typedef struct Ran {
    const Tensor *y;
    double forward, backward;
    size_t saved;
    int place;
} Ran;

/* What was so when an op began; ops that run others inside themselves are on top of each other. */
typedef struct Begun {
    const Tensor *y;
    size_t used;  /* memory */
    real *before; /* the gradients of the inputs, one after the other */
} Begun;

enum { MAX_NESTED = 8 };

struct Watch {
    Graph *graph;
    bool checkpointing; /* of the graph, otherwise; while it is watched, it keeps all */
    Ran *ran;
    Added *added;
    int n_ran, n_added, room_ran, room_added, place;
    Begun begun[MAX_NESTED];
    int depth;
    int *uses; /* of each tensor of the record; counted when backward begins */
};

static void *checked(void *p)
{
    if (!p) {
        mm_fail((FailHandler){0}, "no memory to watch a step");
    }
    return p;
}

/* An input that this op is given for the first time in its list, and that wants a gradient. */
static bool wants(const Tensor *y, int k)
{
    for (int j = 0; j < k; j++) {
        if (y->in[j] == y->in[k]) {
            return false;
        }
    }
    return y->in[k]->needs_grad;
}

static void count_uses(Watch *w)
{
    int n = mm_graph_size(w->graph);
    w->uses = checked(calloc((size_t)n + 1, sizeof *w->uses));
    for (int i = 0; i < n; i++) {
        const Tensor *y = mm_graph_node(w->graph, i);
        for (int k = 0; k < y->n_in; k++) {
            w->uses[y->in[k]->id] += wants(y, k);
        }
    }
}

static void begins(void *context, Tensor *y, bool backward)
{
    Watch *w = context;
    if (w->depth == MAX_NESTED) {
        mm_fail((FailHandler){0}, "more than %d ops run inside each other", MAX_NESTED);
    }
    Begun *b = &w->begun[w->depth++];
    *b = (Begun){y, mm_graph_used(w->graph), NULL};
    if (!backward) {
        return;
    }
    if (!w->uses) {
        count_uses(w);
    }
    size_t total = 0;
    for (int k = 0; k < y->n_in; k++) {
        total += wants(y, k) ? y->in[k]->n : 0;
    }
    real *at = b->before = checked(calloc(total + 1, sizeof *at));
    for (int k = 0; k < y->n_in; k++) {
        if (wants(y, k)) {
            if (y->in[k]->grad) {
                memcpy(at, y->in[k]->grad, y->in[k]->n * sizeof *at);
            }
            at += y->in[k]->n;
        }
    }
}

static Added difference(const Watch *w, const Tensor *y, const Tensor *x, const real *before)
{
    Added a = {.y = y, .x = x};
    for (size_t i = 0; i < x->n; i++) {
        a.before += (double)before[i] * (double)before[i];
    }
    bool keep = x->n <= MM_SMALL || w->uses[x->id] > 1 || a.before != 0;
    a.what = keep ? checked(malloc((x->n + 1) * sizeof *a.what)) : NULL;
    for (size_t i = 0; i < x->n; i++) {
        double is = x->grad ? (double)x->grad[i] : 0, d = is - (double)before[i];
        a.after += is * is;
        a.norm += d * d;
        if (keep) {
            a.what[i] = (real)d;
        }
    }
    a.before = sqrt(a.before);
    a.after = sqrt(a.after);
    a.norm = sqrt(a.norm);
    return a;
}

static void note_added(Watch *w, const Tensor *y, const real *before)
{
    for (int k = 0; k < y->n_in; k++) {
        if (!wants(y, k)) {
            continue;
        }
        if (w->n_added == w->room_added) {
            w->room_added = w->room_added ? 2 * w->room_added : 256;
            w->added = checked(realloc(w->added, (size_t)w->room_added * sizeof *w->added));
        }
        w->added[w->n_added++] = difference(w, y, y->in[k], before);
        before += y->in[k]->n;
    }
}

static Ran *ran(Watch *w, const Tensor *y)
{
    for (int i = w->n_ran - 1; i >= 0; i--) {
        if (w->ran[i].y == y) {
            return &w->ran[i];
        }
    }
    if (w->n_ran == w->room_ran) {
        w->room_ran = w->room_ran ? 2 * w->room_ran : 256;
        w->ran = checked(realloc(w->ran, (size_t)w->room_ran * sizeof *w->ran));
    }
    w->ran[w->n_ran] = (Ran){.y = y, .forward = -1, .backward = -1, .place = -1};
    return &w->ran[w->n_ran++];
}

static void ended(void *context, const Tensor *y, bool backward, double seconds)
{
    Watch *w = context;
    Begun *b = &w->begun[--w->depth];
    Ran *r = ran(w, y);
    if (backward) {
        r->backward = seconds;
        r->place = w->place++;
        note_added(w, y, b->before);
        free(b->before);
    } else {
        r->forward = seconds;
        r->saved = mm_graph_used(w->graph) - b->used;
    }
}

Watch *mm_watch_new(Graph *g)
{
    Watch *w = checked(calloc(1, sizeof *w));
    w->graph = g;
    w->checkpointing = mm_graph_checkpoint(g, false); /* each op is to be seen once; the numbers are the same bits */
    mm_graph_before_op(g, begins, w);
    mm_graph_on_op(g, ended, w);
    return w;
}

void mm_watch_free(Watch *w)
{
    if (!w) {
        return;
    }
    mm_graph_checkpoint(w->graph, w->checkpointing);
    mm_graph_before_op(w->graph, NULL, NULL);
    mm_graph_on_op(w->graph, NULL, NULL);
    for (int i = 0; i < w->n_added; i++) {
        free(w->added[i].what);
    }
    free(w->added);
    free(w->ran);
    free(w->uses);
    free(w);
}

/* ---- what the trace gets of it ---- */

static double share_of(const Added *a)
{
    double along = 0, all = 0;
    for (size_t i = 0; i < a->x->n; i++) {
        double g = (double)a->x->grad[i];
        along += g * (a->what ? (double)a->what[i] : g);
        all += g * g;
    }
    return along / all; /* NaN where the gradient is 0 */
}

static Contribution contribution_of(Trace *t, const Added *a)
{
    Contribution c = {a->x->id, a->before, a->norm, a->after, a->x->grad ? share_of(a) : NAN, NULL};
    if (a->x->n <= MM_SMALL) {
        double *data = mm_trace_keep(t, a->x->n, sizeof *data);
        for (size_t i = 0; i < a->x->n; i++) {
            data[i] = (double)a->what[i];
        }
        c.data = data;
    }
    return c;
}

void mm_watch_describe(const Watch *w, Trace *t)
{
    t->watched = true;
    for (int i = 0; i < w->n_ran; i++) {
        const Ran *r = &w->ran[i];
        if (r->y->id >= 0 && r->y->id < t->n && mm_graph_node(w->graph, r->y->id) == r->y) {
            TraceNode *n = &t->node[r->y->id];
            n->forward = r->forward;
            n->backward = r->backward;
            n->saved = r->saved;
            n->place = r->place;
        }
    }
    for (int i = 0; i < w->n_added;) { /* an op's contributions stand together */
        const Tensor *y = w->added[i].y;
        int n = 0;
        while (i + n < w->n_added && w->added[i + n].y == y) {
            n++;
        }
        Contribution *c = mm_trace_keep(t, (size_t)n, sizeof *c);
        for (int k = 0; k < n; k++) {
            c[k] = contribution_of(t, &w->added[i + k]);
        }
        if (mm_graph_node(w->graph, y->id) == y) {
            t->node[y->id].added = c;
            t->node[y->id].n_added = n;
        }
        i += n;
    }
}
