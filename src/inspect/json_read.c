/* json_read.c: a trace from its file. Whatever is used later, as a place in a list or as a size, is checked here; what can be
 * worked out from the rest is worked out anew. */
#include "trace.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mm/io.h"

enum { LIMIT = 1 << 30 };

typedef struct Reader {
    const char *path;
    Trace *t;
    int node; /* that is being read; -1: none */
    bool failed;
    Error *err; /* filled by the first thing that is wrong */
} Reader;

static void wrong(Reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wrong(Reader *r, const char *format, ...)
{
    char what[256], where[32] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (r->node >= 0) {
        snprintf(where, sizeof where, "node %d: ", r->node);
    }
    if (!r->failed) {
        mm_error(r->err, "%s: %s%s", r->path, where, what);
    }
    r->failed = true;
}

static const char *text(Reader *r, const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    if (!value) {
        wrong(r, "\"%s\" is no text", key);
    }
    return value ? value : "";
}

static long long whole(Reader *r, const json_t *j, const char *what, long long low, long long high)
{
    long long n = json_integer_value(j);
    if (!json_is_integer(j) || n < low || n > high) {
        wrong(r, "\"%s\" is no whole number from %lld to %lld", what, low, high);
        return low;
    }
    return n;
}

static bool truth(Reader *r, const json_t *object, const char *key)
{
    const json_t *j = json_object_get(object, key);
    if (!json_is_boolean(j)) {
        wrong(r, "\"%s\" is neither true nor false", key);
    }
    return json_is_true(j);
}

static double number(Reader *r, const json_t *j, const char *what)
{
    const char *word = json_string_value(j);
    if (json_is_number(j)) {
        return json_number_value(j);
    }
    if (word && strcmp(word, "NaN") == 0) {
        return NAN;
    }
    if (word && (strcmp(word, "inf") == 0 || strcmp(word, "-inf") == 0)) {
        return *word == '-' ? -INFINITY : INFINITY;
    }
    wrong(r, "\"%s\" is no number", what);
    return 0;
}

static double number_at(Reader *r, const json_t *object, const char *key)
{
    return number(r, json_object_get(object, key), key);
}

/* A list of n numbers, or of any number of them where n is negative. */
static const json_t *list(Reader *r, const json_t *object, const char *key, long long n)
{
    const json_t *j = json_object_get(object, key);
    if (!json_is_array(j) || (n >= 0 && json_array_size(j) != (size_t)n)) {
        wrong(r, n < 0 ? "\"%s\" is no list" : "\"%s\" is no list of %lld", key, n);
        return NULL;
    }
    return j;
}

static const double *numbers(Reader *r, const json_t *object, size_t n)
{
    const json_t *j = n <= MM_SMALL ? list(r, object, "data", (long long)n) : NULL;
    double *x = j ? mm_trace_keep(r->t, n, sizeof *x) : NULL;
    for (size_t i = 0; x && i < n; i++) {
        x[i] = number(r, json_array_get(j, i), "data");
    }
    return x;
}

static Stat read_stat(Reader *r, const json_t *j, Shape shape)
{
    size_t n = mm_numel(shape), counted = 0;
    Stat s = {.n = (size_t)whole(r, json_object_get(j, "n"), "n", (long long)n, (long long)n)};
    s.min = number_at(r, j, "min");
    s.max = number_at(r, j, "max");
    s.mean = number_at(r, j, "mean");
    s.squares = number_at(r, j, "squares");
    s.zeros = (size_t)whole(r, json_object_get(j, "zeros"), "zeros", 0, (long long)n);
    s.bad = (size_t)whole(r, json_object_get(j, "bad"), "bad", 0, (long long)n);
    const json_t *bins = list(r, j, "bins", MM_BINS);
    for (int b = 0; bins && b < MM_BINS; b++) {
        s.bin[b] = (uint32_t)whole(r, json_array_get(bins, (size_t)b), "bins", 0, UINT32_MAX);
        counted += s.bin[b];
    }
    if (counted != n - s.bad) {
        wrong(r, "the histogram counts %zu numbers of %zu", counted, n - s.bad);
    }
    s.data = numbers(r, j, n);
    return s;
}

static Shape read_shape(Reader *r, const json_t *node)
{
    const json_t *j = list(r, node, "shape", -1);
    Shape s = {.rank = (int)json_array_size(j)};
    if (s.rank > MM_MAX_RANK) {
        wrong(r, "\"shape\" has more than %d dimensions", MM_MAX_RANK);
        return MM_SCALAR;
    }
    double n = 1;
    for (int i = 0; i < s.rank; i++) {
        s.d[i] = (int)whole(r, json_array_get(j, (size_t)i), "shape", 0, INT32_MAX);
        n *= s.d[i];
    }
    if (n > 1e15) {
        wrong(r, "\"shape\" is of too many numbers");
        return MM_SCALAR;
    }
    return s;
}

static void read_inputs(Reader *r, const json_t *node, TraceNode *n, int id)
{
    const json_t *j = list(r, node, "in", -1);
    int *in = mm_trace_keep(r->t, json_array_size(j), sizeof *in);
    n->n_in = (int)json_array_size(j);
    if (id == 0 && n->n_in) {
        wrong(r, "the first node has inputs");
    }
    for (int k = 0; k < n->n_in && id > 0; k++) {
        in[k] = (int)whole(r, json_array_get(j, (size_t)k), "in", 0, id - 1);
    }
    n->in = in;
}

static void read_added(Reader *r, const json_t *node, TraceNode *n)
{
    const json_t *j = list(r, node, "added", -1);
    Contribution *added = mm_trace_keep(r->t, json_array_size(j), sizeof *added);
    n->n_added = (int)json_array_size(j);
    n->added = added;
    for (int k = 0; k < n->n_added && !r->failed; k++) {
        const json_t *c = json_array_get(j, (size_t)k);
        int to = (int)whole(r, json_object_get(c, "to"), "to", 0, r->t->n - 1), i = 0;
        while (i < n->n_in && n->in[i] != to) {
            i++;
        }
        if (i == n->n_in) {
            wrong(r, "adds to node %d, which is not one of its inputs", to);
            return;
        }
        added[k] = (Contribution){.to = to,
                                  .before = number_at(r, c, "before"),
                                  .norm = number_at(r, c, "norm"),
                                  .after = number_at(r, c, "after"),
                                  .share = number_at(r, c, "share"),
                                  .data = numbers(r, c, r->t->node[to].value.n)};
    }
}

static NodeKind read_kind(Reader *r, const json_t *node)
{
    static const char *const kinds[] = {"op", "parameter", "input", "repeated"};
    const char *kind = text(r, node, "kind");
    for (int k = 0; k < 4; k++) {
        if (strcmp(kind, kinds[k]) == 0) {
            return (NodeKind)k;
        }
    }
    wrong(r, "\"kind\" is \"%.40s\"", kind);
    return NODE_INPUT;
}

static double seconds(Reader *r, const json_t *node, const char *key)
{
    const json_t *j = json_object_get(node, key);
    return json_is_null(j) ? -1 : number(r, j, key);
}

static void read_node(Reader *r, const json_t *j, int id)
{
    TraceNode *n = &r->t->node[id];
    r->node = id;
    whole(r, json_object_get(j, "id"), "id", id, id);
    n->kind = read_kind(r, j);
    n->op = text(r, j, "op");
    n->symbol = text(r, j, "symbol");
    n->equation = text(r, j, "equation");
    n->name = text(r, j, "name");
    n->site = text(r, j, "site");
    n->module = (int)whole(r, json_object_get(j, "module"), "module", 0, r->t->n_modules - 1);
    n->shape = read_shape(r, j);
    read_inputs(r, j, n, id);
    n->needs_grad = truth(r, j, "needs_grad");
    n->saved = (size_t)whole(r, json_object_get(j, "saved"), "saved", 0, INT64_MAX);
    n->forward = seconds(r, j, "forward");
    n->backward = seconds(r, j, "backward");
    n->value = read_stat(r, json_object_get(j, "value"), n->shape);
    n->flows = !json_is_null(json_object_get(j, "grad"));
    n->grad = n->flows ? read_stat(r, json_object_get(j, "grad"), n->shape) : (Stat){0};
    n->place = -1;
    read_added(r, j, n);
    r->node = -1;
}

static void read_modules(Reader *r, const json_t *modules)
{
    for (size_t m = 0; m < json_array_size(modules) && !r->failed; m++) {
        if (mm_module_of(r->t, text(r, json_array_get(modules, m), "path")) != (int)m) {
            wrong(r, "module %zu comes before the one around it, or twice", m);
        }
    }
}

/* A tensor's backward runs when all that it fed have given it their gradient. */
static void read_order(Reader *r, const json_t *order)
{
    Trace *t = r->t;
    for (size_t k = 0; k < json_array_size(order) && !r->failed; k++) {
        int id = (int)whole(r, json_array_get(order, k), "order", 0, t->n - 1);
        if (!r->failed && (t->node[id].kind != NODE_OP || t->node[id].place >= 0)) {
            wrong(r, "\"order\" has node %d twice, or it is no op", id);
        }
        t->node[id].place = (int)k;
    }
    for (int i = 0; i < t->n && !r->failed; i++) {
        for (int k = 0; k < t->node[i].n_in; k++) {
            int x = t->node[i].in[k];
            if (t->node[i].place >= 0 && t->node[x].place >= 0 && t->node[x].place < t->node[i].place) {
                wrong(r, "\"order\" has node %d before node %d, which takes it", x, i);
            }
        }
    }
}

static void read_trace(Reader *r, json_t *j)
{
    const json_t *nodes = list(r, j, "nodes", -1), *modules = list(r, j, "modules", -1), *order = list(r, j, "order", -1);
    const char *title = text(r, j, "title");
    if (json_array_size(nodes) > 10000000 || json_array_size(modules) > 1000000) {
        wrong(r, "too many nodes or modules");
    }
    if (r->failed) {
        return;
    }
    Trace *t = r->t = mm_trace_empty(title, (int)json_array_size(nodes));
    t->json = json_incref(j);
    read_modules(r, modules);
    for (int i = 0; i < t->n && !r->failed; i++) {
        read_node(r, json_array_get(nodes, (size_t)i), i);
    }
    t->walked = truth(r, j, "walked");
    t->watched = truth(r, j, "watched");
    const json_t *loss = json_object_get(j, "loss");
    t->loss = json_is_null(loss) ? -1 : (int)whole(r, loss, "loss", 0, t->n - 1);
    if (!r->failed) {
        read_order(r, order);
    }
    if (!r->failed) {
        mm_sum_modules(t);
    }
}

Trace *mm_trace_read(const char *path, Error *err)
{
    Reader r = {.path = path, .node = -1, .err = err};
    json_t *j = mm_json_read(path, LIMIT, err);
    if (!j) {
        return NULL;
    }
    const char *format = json_string_value(json_object_get(j, "format"));
    if (!format || strcmp(format, MM_TRACE_FORMAT) != 0) {
        wrong(&r, "this is no trace of a graph (\"format\": \"" MM_TRACE_FORMAT "\")");
    } else if (json_integer_value(json_object_get(j, "version")) != MM_TRACE_VERSION) {
        wrong(&r, "the trace is of another version than %d; make it anew", MM_TRACE_VERSION);
    } else {
        read_trace(&r, j);
    }
    json_decref(j);
    if (r.failed) {
        mm_trace_free(r.t);
        return NULL;
    }
    return r.t;
}
