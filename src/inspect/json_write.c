/* json_write.c: a trace as JSON, one line a tensor. json_read.c has the same fields in the same order; the page reads them too.
 * JSON has no NaN and no infinity: these are the strings "NaN", "inf" and "-inf". */
#include "trace.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_string(isnan(x) ? "NaN" : x > 0 ? "inf" : "-inf");
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void set_whole(json_t *object, const char *key, size_t n)
{
    set(object, key, json_integer((json_int_t)n));
}

static json_t *numbers(const double *x, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, number(x[i]));
    }
    return list;
}

static json_t *whole_numbers(const int *x, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++) {
        json_array_append_new(list, json_integer(x[i]));
    }
    return list;
}

static json_t *stat_json(const Stat *s)
{
    json_t *j = json_object(), *bins = json_array();
    set_whole(j, "n", s->n);
    set(j, "min", number(s->min));
    set(j, "max", number(s->max));
    set(j, "mean", number(s->mean));
    set(j, "squares", number(s->squares));
    set_whole(j, "zeros", s->zeros);
    set_whole(j, "bad", s->bad);
    for (int b = 0; b < MM_BINS; b++) {
        json_array_append_new(bins, json_integer(s->bin[b]));
    }
    set(j, "bins", bins);
    if (s->data) {
        set(j, "data", numbers(s->data, s->n));
    }
    return j;
}

static json_t *added_json(const Trace *t, const TraceNode *n)
{
    json_t *list = json_array();
    for (int k = 0; k < n->n_added; k++) {
        const Contribution *c = &n->added[k];
        json_t *j = json_object();
        set(j, "to", json_integer(c->to));
        set(j, "before", number(c->before));
        set(j, "norm", number(c->norm));
        set(j, "after", number(c->after));
        set(j, "share", number(c->share));
        if (c->data) {
            set(j, "data", numbers(c->data, t->node[c->to].value.n));
        }
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *node_json(const Trace *t, int i)
{
    static const char *const kinds[] = {"op", "parameter", "input", "repeated"};
    const TraceNode *n = &t->node[i];
    json_t *j = json_object();
    set(j, "id", json_integer(i));
    set(j, "kind", json_string(kinds[n->kind]));
    set(j, "op", json_string(n->op));
    set(j, "symbol", json_string(n->symbol));
    set(j, "equation", json_string(n->equation));
    set(j, "name", json_string(n->name));
    set(j, "site", json_string(n->site));
    set(j, "module", json_integer(n->module));
    set(j, "shape", whole_numbers(n->shape.d, n->shape.rank));
    set(j, "in", whole_numbers(n->in, n->n_in));
    set(j, "needs_grad", json_boolean(n->needs_grad));
    set_whole(j, "saved", n->saved);
    set(j, "forward", n->forward < 0 ? json_null() : number(n->forward));
    set(j, "backward", n->backward < 0 ? json_null() : number(n->backward));
    set(j, "value", stat_json(&n->value));
    set(j, "grad", n->flows ? stat_json(&n->grad) : json_null());
    set(j, "added", added_json(t, n));
    return j;
}

/* What the page needs to open and close modules as the drawing does. */
static json_t *module_json(const Module *m)
{
    json_t *j = json_object();
    set(j, "path", json_string(m->path));
    set(j, "parent", json_integer(m->parent));
    set(j, "closed", json_boolean(m->box >= 0));
    set(j, "frameless", json_boolean(m->frameless));
    set(j, "run", json_integer(m->run));
    set(j, "run_length", json_integer(m->run_length));
    return j;
}

static json_t *shares_json(const Trace *t)
{
    GradientShare share[MM_MAX_SHARES];
    json_t *list = json_array();
    int n = mm_shares_of(t, share, MM_MAX_SHARES);
    for (int i = 0; i < n; i++) {
        json_t *j = json_object();
        set(j, "module", json_string(share[i].module));
        set(j, "share", number(share[i].share));
        set(j, "norm", number(share[i].norm));
        set(j, "parameters", json_integer(share[i].params));
        set_whole(j, "numbers", share[i].numbers);
        json_array_append_new(list, j);
    }
    return list;
}

static json_t *order_json(const Trace *t)
{
    int n = 0, *order = calloc((size_t)t->n + 1, sizeof *order);
    if (!order) {
        mm_fail((FailHandler){0}, "no memory for the order of %d tensors", t->n);
    }
    for (int i = 0; i < t->n; i++) {
        if (t->node[i].place >= 0) {
            order[t->node[i].place] = i;
            n++;
        }
    }
    json_t *list = whole_numbers(order, n);
    free(order);
    return list;
}

/* "key": value; gives value back. */
static void print_member(FILE *out, const char *key, json_t *value)
{
    fprintf(out, "\"%s\": ", key);
    json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    json_decref(value);
}

static void print_line(FILE *out, json_t *value, bool last)
{
    json_dumpf(value, out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    fputs(last ? "\n" : ",\n", out);
    json_decref(value);
}

void mm_print_json(Trace *t, FILE *out)
{
    mm_fold(t, 0, 0, false);
    fputs("{", out);
    print_member(out, "format", json_string(MM_TRACE_FORMAT));
    fputs(", ", out);
    print_member(out, "version", json_integer(MM_TRACE_VERSION));
    fputs(",\n", out);
    print_member(out, "title", json_string(t->title));
    fputs(",\n", out);
    print_member(out, "loss", t->loss < 0 ? json_null() : json_integer(t->loss));
    fputs(", ", out);
    print_member(out, "walked", json_boolean(t->walked));
    fputs(", ", out);
    print_member(out, "watched", json_boolean(t->watched));
    fputs(", ", out);
    print_member(out, "bytes", json_integer(sizeof(real)));
    fputs(",\n", out);
    print_member(out, "shares", shares_json(t));
    fputs(",\n\"modules\": [\n", out);
    for (int m = 0; m < t->n_modules; m++) {
        print_line(out, module_json(&t->module[m]), m == t->n_modules - 1);
    }
    fputs("],\n\"nodes\": [\n", out);
    for (int i = 0; i < t->n; i++) {
        print_line(out, node_json(t, i), i == t->n - 1);
    }
    fputs("],\n", out);
    print_member(out, "order", order_json(t));
    fputs("}\n", out);
}
