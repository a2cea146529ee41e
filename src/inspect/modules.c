/* modules.c: the modules of a trace, from the scopes of its tensors. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

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
    for (int m = t->n_modules - 1; m >= 0; m--) {
        if (strncmp(t->module[m].path, path, length) == 0 && !t->module[m].path[length]) {
            return m;
        }
    }
    if (t->n_modules == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 32;
        Module *more = realloc(t->module, (size_t)t->capacity * sizeof *more);
        if (!more) {
            mm_fail((FailHandler){0}, "no memory for %d modules of a graph", t->capacity);
        }
        t->module = more;
    }
    char *copy = mm_trace_keep(t, length + 1, 1);
    memcpy(copy, path, length);
    t->module[t->n_modules] = (Module){.path = copy, .parent = parent, .first = -1};
    return t->n_modules++;
}

int mm_module_of(Trace *t, const char *scope)
{
    int m = module_at(t, "", 0, 0);
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

static void count_in(Trace *t, int i, Module *m)
{
    const TraceNode *n = &t->node[i];
    if (n->kind == NODE_PARAM) {
        m->params++;
        m->numbers += n->value.n;
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

void mm_sum_modules(Trace *t)
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
