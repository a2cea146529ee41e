/* dot.c: the picture of a graph, in the language of Graphviz. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dot.h"

#define FONT "DejaVu Sans" /* one that exists where dot runs, or text overflows its boxes */

enum { MAX_DECADES = 8 };

static void widen(double rms, double *low, double *high)
{
    if (rms > 0 && isfinite(rms)) {
        *low = rms < *low ? rms : *low;
        *high = rms > *high ? rms : *high;
    }
}

/* Whole decades around all gradients that are drawn; of very many, the largest. */
static Scale find_scale(const Trace *t)
{
    double low = INFINITY, high = 0;
    for (int i = 0; i < t->n; i++) {
        if (t->node[i].flows && mm_inside(t, t->node[i].module, t->root) && mm_box_of(t, i) < 0) {
            widen(mm_rms(t->node[i].grad), &low, &high);
        }
    }
    for (int m = 1; m < t->n_modules; m++) {
        if (t->module[m].box == m) {
            widen(mm_module_rms(&t->module[m]), &low, &high);
        }
    }
    if (high == 0) {
        return (Scale){-1, 0};
    }
    Scale s = {(int)floor(log10(low)), (int)ceil(log10(high))};
    s.high = s.high > s.low ? s.high : s.low + 1;
    s.low = s.low < s.high - MAX_DECADES ? s.high - MAX_DECADES : s.low;
    return s;
}

/* ---- title and legend ---- */

static void print_shares(const Drawing *d)
{
    GradientShare share[MM_MAX_SHARES];
    int n = mm_shares_of(d->t, share, MM_MAX_SHARES);
    if (n == 0 || d->t->module[0].param_squares == 0) {
        return;
    }
    fputs("<tr><td>share of the squared gradient norm: ", d->out);
    for (int i = 0; i < n; i++) {
        fputs(i ? ", " : "", d->out);
        mm_print_escaped(d->out, share[i].module);
        fprintf(d->out, " <b>%.1f %%</b>", 100 * share[i].share);
    }
    fputs("</td></tr>", d->out);
}

static void print_legend(const Drawing *d)
{
    char text[COLOUR_TEXT];
    fputs("<tr><td><table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\"><tr>"
          "<td border=\"0\">numbers: root mean square; colour: of the gradient</td>",
          d->out);
    for (int e = d->scale.low; e <= d->scale.high; e++) {
        fprintf(d->out, "<td bgcolor=\"%s\">1e%d</td>", mm_colour(d->scale, pow(10, e), text), e);
    }
    fputs("<td border=\"0\"> </td><td color=\"" MM_GOLD "\">parameter</td><td bgcolor=\"#e8e8e8\">input, constant</td>"
          "<td color=\"" MM_GREY "\" style=\"dashed\"><font color=\"#777777\">no gradient</font></td>"
          "<td color=\"" MM_RED "\" bgcolor=\"#ffb3b3\">NaN, inf</td></tr></table></td></tr>",
          d->out);
}

static void print_head(const Drawing *d)
{
    fputs("digraph gradients {\n"
          "    graph [rankdir=BT, fontname=\"" FONT "\", fontsize=14, labelloc=t, ranksep=0.35, nodesep=0.25, tooltip=\" \",\n"
          "        label=<<table border=\"0\"><tr><td><font point-size=\"18\"><b>",
          d->out);
    mm_print_escaped(d->out, *d->t->title ? d->t->title : "gradients");
    fputs("</b></font></td></tr>", d->out);
    const TraceNode *loss = d->t->loss >= 0 ? &d->t->node[d->t->loss] : NULL;
    if (loss && loss->value.n == 1) {
        fputs("<tr><td>", d->out);
        mm_print_escaped(d->out, *loss->name ? loss->name : "loss");
        fprintf(d->out, " = %.6g%s</td></tr>", loss->value.data[0],
                d->t->walked ? "" : "; drawn before mm_backward: there are no gradients yet");
    }
    print_shares(d);
    print_legend(d);
    fputs("</table>>]\n"
          "    node [shape=box, style=filled, fillcolor=\"#ffffff\", color=\"#555555\", fontname=\"" FONT
          "\", fontsize=11, margin=\"0.1,0.05\"]\n"
          "    edge [color=\"#555555\", fontname=\"" FONT "\", fontsize=9, fontcolor=\"#555555\", arrowsize=0.6]\n",
          d->out);
}

/* ---- edges ---- */

static void print_end(const Drawing *d, int node)
{
    int box = mm_box_of(d->t, node);
    fprintf(d->out, "%c%d", box < 0 ? 'n' : 'm', box < 0 ? node : box);
}

static void print_edge(const Drawing *d, int from, int to)
{
    const TraceNode *x = &d->t->node[from];
    char shape[MM_SHAPE_TEXT];
    fputs("    ", d->out);
    print_end(d, from);
    fputs(" -> ", d->out);
    print_end(d, to);
    fputs(" [", d->out);
    if (x->kind == NODE_OP || mm_box_of(d->t, from) >= 0) {
        fprintf(d->out, "label=\" %s\"", mm_shape_text(x->shape, shape));
    }
    if (d->t->walked && !(x->flows && d->t->node[to].flows)) {
        fprintf(d->out, "%sstyle=dashed, color=\"#aaaaaa\"", x->kind == NODE_OP || mm_box_of(d->t, from) >= 0 ? ", " : "");
    }
    fputs("]\n", d->out);
}

/* Every use of a tensor, but from the inside of a closed box to the inside of the same. */
static bool drawn(const Trace *t, int from, int to)
{
    int box = mm_box_of(t, to);
    bool inside = mm_inside(t, t->node[from].module, t->root) || mm_inside(t, t->node[to].module, t->root);
    return inside && (box < 0 || mm_box_of(t, from) != box);
}

/* One edge for each use; a closed box gets one of each tensor, however often it is used inside. */
static void print_edges(const Drawing *d)
{
    const Trace *t = d->t;
    int pairs = 0, edges = 0;
    for (int i = 0; i < t->n; i++) {
        edges += t->node[i].n_in;
    }
    int(*entered)[2] = malloc(((size_t)edges + 1) * sizeof *entered); /* tensor, closed box */
    if (!entered) {
        mm_fail((FailHandler){0}, "no memory to draw %d edges", edges);
    }
    for (int i = 0; i < t->n; i++) {
        int box = mm_box_of(t, i);
        for (int k = 0; k < t->node[i].n_in; k++) {
            int x = t->node[i].in[k], p = 0;
            while (p < pairs && (entered[p][0] != x || entered[p][1] != box)) {
                p++;
            }
            if (p < pairs || !drawn(t, x, i)) {
                continue;
            }
            print_edge(d, x, i);
            if (box >= 0) {
                entered[pairs][0] = x;
                entered[pairs++][1] = box;
            }
        }
    }
    free(entered);
}

/* Where one module is drawn: the tensors outside that it takes or that take from it. */
static void print_neighbours(const Drawing *d)
{
    const Trace *t = d->t;
    bool *near = calloc((size_t)t->n + 1, sizeof *near);
    if (!near) {
        mm_fail((FailHandler){0}, "no memory to draw %d tensors", t->n);
    }
    for (int i = 0; i < t->n; i++) {
        bool inside = mm_inside(t, t->node[i].module, t->root);
        for (int k = 0; k < t->node[i].n_in; k++) {
            int x = t->node[i].in[k];
            bool source_inside = mm_inside(t, t->node[x].module, t->root);
            near[x] = near[x] || (inside && !source_inside);
            near[i] = near[i] || (!inside && source_inside);
        }
    }
    for (int i = 0; i < t->n; i++) {
        if (near[i]) {
            mm_print_node(d, i, 4);
        }
    }
    free(near);
}

void mm_print_dot(Trace *t, const DrawOptions *options, FILE *out)
{
    const DrawOptions o = options ? *options : (DrawOptions){0};
    int root = o.module ? mm_find_module(t, o.module) : 0;
    mm_fold(t, root < 0 ? 0 : root, o.depth, o.unfold);
    Drawing d = {t, find_scale(t), out};
    print_head(&d);
    mm_print_module(&d, t->root, 4);
    print_neighbours(&d);
    print_edges(&d);
    fputs("}\n", out);
}

void mm_graph_dot(const Graph *g, const Tensor *loss, const DrawOptions *options, FILE *out)
{
    Trace *t = mm_trace_new(g, loss, options);
    mm_print_dot(t, options, out);
    mm_trace_free(t);
}
