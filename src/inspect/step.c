/* step.c: one step of a run as a file: the step that was asked for, or the one that met NaN or infinity. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

bool mm_graph_step_parse(const char *text, GraphStep *s, Error *err)
{
    const char *colon = strrchr(text, ':');
    bool numbered = colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1);
    size_t length = numbered ? (size_t)(colon - text) : strlen(text);
    if (length == 0 || length >= sizeof s->path) {
        return mm_error(err, "\"%.200s\" is no FILE or FILE:STEP", text);
    }
    *s = (GraphStep){.step = 1};
    memcpy(s->path, text, length);
    if (numbered) {
        errno = 0;
        s->step = strtoll(colon + 1, NULL, 10);
        if (errno || s->step < 1) {
            return mm_error(err, "\"%.200s\": steps are counted from 1", text);
        }
    }
    return true;
}

bool mm_graph_step_exists(const GraphStep *s, int64_t steps, Error *err)
{
    return !*s->path || s->step <= steps ||
           mm_error(err, "--graph %s:%lld: there are only %lld steps", s->path, (long long)s->step, (long long)steps);
}

void mm_graph_step_begin(GraphStep *s, Graph *g, int64_t step)
{
    if (*s->path && step == s->step) {
        s->watch = mm_watch_new(g);
    }
}

bool mm_graph_step_end(GraphStep *s, const Graph *g, const Tensor *loss, const char *title, Error *err)
{
    if (!s->watch) {
        return true;
    }
    bool ok = mm_graph_draw(g, loss, &(DrawOptions){.title = title, .watch = s->watch}, s->path, err);
    mm_watch_free(s->watch);
    s->watch = NULL;
    return ok;
}

/* ---- NaN and infinity ---- */

/* From a tensor with such numbers to where they came from: the last on the way down whose inputs have none. A mask of
 * -infinity is no cause: what is made of it is finite. */
static int origin_of_value(const Trace *t, int i)
{
    for (int k = 0; k < t->node[i].n_in; k++) {
        int x = t->node[i].in[k];
        if (t->node[x].value.bad) {
            return origin_of_value(t, x);
        }
    }
    return i;
}

/* The op whose backward was given a finite gradient and made one that is not; -1: none. */
static int origin_of_grad(const Trace *t)
{
    for (int i = t->n - 1; i >= 0; i--) {
        const TraceNode *n = &t->node[i];
        for (int k = 0; k < n->n_in && n->flows && !n->grad.bad; k++) {
            if (t->node[n->in[k]].grad.bad) {
                return i;
            }
        }
    }
    return -1;
}

static void describe_place(const TraceNode *n, const char *module, char *text, size_t size)
{
    char shape[MM_SHAPE_TEXT];
    snprintf(text, size, "%s%s%.100s %s%s%.100s%s%.100s%s", *n->op ? n->op : "", *n->op && *n->name ? " " : "", n->name,
             mm_shape_text(n->shape, shape), *module ? " in " : "", module, *n->site ? "  [" : "", n->site, *n->site ? "]" : "");
}

bool mm_report_nonfinite(const Graph *g, const Tensor *loss, const char *title, const char *path, Error *err)
{
    char place[512];
    Error failure;
    Trace *t = mm_trace_new(g, loss, &(DrawOptions){.title = title});
    bool in_value = t->loss >= 0 && t->node[t->loss].value.bad > 0;
    int from = in_value ? origin_of_value(t, t->loss) : origin_of_grad(t);
    if (from >= 0) {
        describe_place(&t->node[from], t->module[t->node[from].module].path, place, sizeof place);
    }
    bool written = mm_trace_save(t, NULL, path, &failure);
    mm_error(err, "%s: NaN or infinity%s%s; %s%s", title,
             from < 0   ? " in a gradient"
             : in_value ? " first appears in the value of "
                        : " first appears in the backward of ",
             from < 0 ? "" : place,
             written ? "the graph of this step is in " : "its graph cannot be kept: ", written ? path : failure.text);
    mm_trace_free(t);
    return false;
}
