/* fold.c: what of a graph is drawn closed. A drawing of every op is too large to read; closed modules and blocks that
 * repeat make it small. Only real modules are folded, and only those that are equal op by op. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

enum { BOXES = 40 };

static uint64_t mix(uint64_t h, uint64_t x)
{
    return (h ^ x) * 0x100000001b3u; /* FNV-1a, a number at a time */
}

static uint64_t mix_text(uint64_t h, const char *text)
{
    for (; *text; text++) {
        h = mix(h, (unsigned char)*text);
    }
    return mix(h, 0);
}

static uint64_t mix_shape(uint64_t h, Shape s)
{
    for (int i = 0; i < s.rank; i++) {
        h = mix(h, (uint64_t)s.d[i] + 1);
    }
    return mix(h, 0);
}

/* Ops, shapes and edges of a module, all relative to it: equal blocks have equal hashes wherever they stand. place (one int a
 * node) is scratch: a node's place in the module, counted from 1; negative for what comes from outside. */
static uint64_t structure(const Trace *t, int m, int *place)
{
    const Module *module = &t->module[m];
    size_t length = strlen(module->path);
    uint64_t h = 0xcbf29ce484222325u;
    int inside = 0, outside = 0;
    memset(place, 0, (size_t)t->n * sizeof *place);
    for (int i = module->first; i >= 0 && i <= module->last; i++) {
        const TraceNode *n = &t->node[i];
        if (n->kind == NODE_PARAM || n->kind == NODE_REPEATED || !mm_inside(t, n->module, m)) {
            continue;
        }
        place[i] = ++inside;
        h = mix_text(mix_text(h, *n->op ? n->op : "input"), t->module[n->module].path + length);
        h = mix_shape(h, n->shape);
        for (int k = 0; k < n->n_in; k++) {
            int x = n->in[k];
            bool own = t->node[x].kind == NODE_PARAM && mm_inside(t, t->node[x].module, m);
            if (!own && !place[x]) {
                place[x] = --outside;
            }
            h = mix_shape(mix(h, own ? 0 : (uint64_t)(int64_t)place[x]), t->node[x].shape);
        }
    }
    return h;
}

/* Whether module b follows module a with nothing in between but parameters. */
static bool consecutive(const Trace *t, int a, int b)
{
    for (int i = t->module[a].last + 1; i < t->module[b].first; i++) {
        if (t->node[i].kind == NODE_OP || t->node[i].kind == NODE_INPUT) {
            return false;
        }
    }
    return t->module[a].last < t->module[b].first;
}

static void find_runs(Trace *t, bool unfold)
{
    int *place = malloc((size_t)(t->n + 1) * sizeof *place), *before = malloc((size_t)t->n_modules * sizeof *before);
    if (!place || !before) {
        mm_fail((FailHandler){0}, "no memory to fold a graph of %d tensors", t->n);
    }
    memset(before, -1, (size_t)t->n_modules * sizeof *before); /* the child of this module that was met last */
    for (int m = 1; m < t->n_modules; m++) {
        Module *module = &t->module[m];
        module->hash = structure(t, m, place);
        int last = before[module->parent];
        bool same = last > 0 && !unfold && t->module[last].hash == module->hash && consecutive(t, last, m);
        module->run = same ? t->module[last].run : m;
        module->run_length = 0;
        t->module[module->run].run_length++;
        before[module->parent] = m;
    }
    free(place);
    free(before);
}

static void find_frames(Trace *t)
{
    int *units = calloc((size_t)t->n_modules, sizeof *units); /* modules or runs directly inside */
    if (!units) {
        mm_fail((FailHandler){0}, "no memory to fold %d modules", t->n_modules);
    }
    for (int m = 1; m < t->n_modules; m++) {
        units[t->module[m].parent] += t->module[m].run == m;
    }
    for (int m = 1; m < t->n_modules; m++) {
        Module *module = &t->module[m], *parent = &t->module[module->parent];
        module->frameless = module->own == 0 && units[m] == 1;
        module->level = module->parent == t->root ? 1 : parent->level + !parent->frameless;
    }
    free(units);
}

/* Closes what lies at this depth or deeper in the root; returns the number of boxes: ops and closed modules. */
static int close_modules(Trace *t, int depth)
{
    int boxes = 0;
    for (int m = 0; m < t->n_modules; m++) {
        Module *module = &t->module[m];
        module->box = -1;
        if (m == t->root || !mm_inside(t, m, t->root)) {
            continue;
        }
        bool closed = t->module[module->run].run_length > 1 || (!module->frameless && module->level >= depth);
        int outer = t->module[module->parent].box;
        module->box = outer >= 0 ? outer : closed ? module->run : -1;
        boxes += module->box == m;
    }
    for (int i = 0; i < t->n; i++) {
        boxes += t->node[i].kind == NODE_OP && mm_inside(t, t->node[i].module, t->root) && mm_box_of(t, i) < 0;
    }
    return boxes;
}

void mm_fold(Trace *t, int root, int depth, bool unfold)
{
    t->root = root;
    find_runs(t, unfold);
    find_frames(t);
    if (depth > 0) {
        close_modules(t, depth);
        return;
    }
    int deepest = 0;
    for (int m = 1; m < t->n_modules; m++) {
        bool inside = m != root && mm_inside(t, m, root);
        deepest = inside && t->module[m].level > deepest ? t->module[m].level : deepest;
    }
    for (depth = deepest + 1; close_modules(t, depth) > BOXES && depth > 1; depth--) {
    }
}

int mm_box_of(const Trace *t, int node)
{
    return t->module[t->node[node].module].box;
}

const char *mm_module_label(const Trace *t, int module)
{
    int frame = module == t->root ? 0 : t->module[module].parent;
    while (frame > 0 && frame != t->root && t->module[frame].frameless) {
        frame = t->module[frame].parent;
    }
    return t->module[module].path + (frame > 0 ? strlen(t->module[frame].path) + 1 : 0);
}
