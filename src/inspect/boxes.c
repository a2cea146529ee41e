/* boxes.c: the boxes of the drawing: tensors, closed modules, and frames around open ones. */
#include <math.h>
#include <string.h>

#include "dot.h"

const char *mm_colour(Scale s, double rms, char *text)
{
    double x = (log10(rms) - s.low) / (s.high - s.low);
    x = !(x > 0) ? 0 : x > 1 ? 1 : x; /* also where rms is 0 or NaN */
    const int pale[] = {0xf7, 0xfb, 0xff}, full[] = {0x5b, 0xa3, 0xd9};
    int c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = (int)lround(pale[i] + x * (full[i] - pale[i]));
    }
    snprintf(text, COLOUR_TEXT, "#%02x%02x%02x", c[0] & 255, c[1] & 255, c[2] & 255);
    return text;
}

double mm_module_rms(const Module *m)
{
    return m->elements ? sqrt(m->squares / (double)m->elements) : 0;
}

/* Outline and filling of a box. */
static void print_look(const Drawing *d, bool bad, bool constant, bool flows, double rms, bool param)
{
    char text[COLOUR_TEXT];
    const char *gold = param ? ", color=\"" MM_GOLD "\", penwidth=2" : "";
    if (bad) {
        fputs(", color=\"" MM_RED "\", fillcolor=\"#ffb3b3\", penwidth=2", d->out);
    } else if (constant) {
        fprintf(d->out, ", color=\"%s\", fillcolor=\"#e8e8e8\"", param ? MM_GOLD : MM_GREY);
    } else if (!d->t->walked) {
        fputs(gold, d->out);
    } else if (!flows || rms == 0) {
        fputs(", color=\"" MM_GREY "\", fontcolor=\"#777777\", fillcolor=\"#f4f4f4\", style=\"filled,dashed\"", d->out);
    } else {
        fprintf(d->out, "%s, fillcolor=\"%s\"", gold, mm_colour(d->scale, rms, text));
    }
}

/* ---- tensors ---- */

static void print_stat(FILE *out, const char *what, Stat s)
{
    fprintf(out, "\\n%s: rms %.9g, mean %.9g, min %.9g, max %.9g", what, mm_rms(s), s.mean, s.min, s.max);
    if (s.bad) {
        fprintf(out, ", %zu NaN or infinite", s.bad);
    }
}

static void print_tooltip(FILE *out, const TraceNode *n)
{
    fputs(", tooltip=\"", out);
    mm_print_quoted(out, *n->site ? n->site : n->name);
    print_stat(out, "value", n->value);
    if (n->flows) {
        print_stat(out, "gradient", n->grad);
    }
    fputc('"', out);
}

/* To the line of the call, "src/nn/layers.c:12". */
static void print_link(const Drawing *d, const char *site)
{
    const char *colon = strrchr(site, ':');
    if (d->t->links && colon) {
        fputs(", URL=\"", d->out);
        mm_print_quoted(d->out, d->t->links);
        fprintf(d->out, "%.*s#L%s\"", (int)(colon - site), site, colon + 1);
    }
}

/* A tensor's name, without the names of the frames that it is drawn in. */
static const char *short_name(const Trace *t, const TraceNode *n)
{
    const char *name = n->name, *path = t->module[n->module].path;
    size_t length = strlen(path);
    bool repeats = length && strncmp(name, path, length) == 0 && name[length] == '.';
    return repeats ? name + length + 1 : name;
}

/* One number as it is, of more their root mean square. */
static double shown(Stat s)
{
    return s.n == 1 ? s.data[0] : mm_rms(s);
}

void mm_print_node(const Drawing *d, int i, int indent)
{
    const TraceNode *n = &d->t->node[i];
    const char *name = short_name(d->t, n);
    char shape[MM_SHAPE_TEXT];
    fprintf(d->out, "%*sn%d [label=<", indent, "", i);
    if (n->kind == NODE_OP) {
        fputs("<b>", d->out);
        mm_print_escaped(d->out, n->symbol);
        fputs(" </b>", d->out); /* inside, since a text of an SVG does not begin with a space */
    }
    mm_print_escaped(d->out, *name ? name : n->kind == NODE_OP ? "" : "input");
    fprintf(d->out, "%s%s<br/>", *name || n->kind != NODE_OP ? " " : "", mm_shape_text(n->shape, shape));
    fprintf(d->out, "<font point-size=\"9\">value %.3g", shown(n->value));
    if (n->flows) {
        fprintf(d->out, ", gradient %.3g", shown(n->grad));
    }
    fputs("</font>>", d->out);
    if (n->kind == NODE_PARAM) {
        fputs(", shape=note", d->out);
    } else if (n->kind == NODE_INPUT) {
        fputs(", shape=ellipse, margin=\"0,0\"", d->out);
    }
    print_look(d, n->value.bad || n->grad.bad, !n->needs_grad, n->flows, mm_rms(n->grad), n->kind == NODE_PARAM);
    fputs(i == d->t->loss ? ", peripheries=2" : "", d->out);
    print_tooltip(d->out, n);
    print_link(d, n->site);
    fputs("]\n", d->out);
}

/* ---- modules ---- */

/* A run of equal blocks, or one module: its numbers together, and how far the norms of the blocks' gradients lie apart. */
typedef struct Run {
    const Module *last;
    bool bad;
    double squares, elements, low, high;
} Run;

static Run sum_run(const Trace *t, int head)
{
    Run r = {.low = INFINITY};
    for (int k = head; k < t->n_modules; k++) {
        const Module *m = &t->module[k];
        if (m->run == head) {
            double norm = sqrt(m->param_squares);
            r.last = m;
            r.bad = r.bad || m->bad;
            r.squares += m->squares;
            r.elements += (double)m->elements;
            r.low = norm < r.low ? norm : r.low;
            r.high = norm > r.high ? norm : r.high;
        }
    }
    return r;
}

static void print_closed(const Drawing *d, int head, int indent)
{
    const Module *m = &d->t->module[head];
    Run r = sum_run(d->t, head);
    bool many = m->run_length > 1;
    char numbers[32];
    fprintf(d->out, "%*sm%d [label=<<b>", indent, "", head);
    mm_print_escaped(d->out, mm_module_label(d->t, head));
    if (many) {
        const char *dot = strrchr(r.last->path, '.');
        fputs(" \u2026 ", d->out);
        mm_print_escaped(d->out, dot ? dot + 1 : r.last->path);
        fprintf(d->out, " </b>\u00d7%d<br/><font point-size=\"9\">each ", m->run_length);
    } else {
        fputs("</b><br/><font point-size=\"9\">", d->out);
    }
    fprintf(d->out, "%d ops, %d parameters of %s numbers<br/>gradient norm %.3g", m->ops, m->params,
            mm_grouped(m->numbers, numbers), r.low);
    if (many) {
        fprintf(d->out, " \u2026 %.3g", r.high);
    }
    fputs("</font>>, shape=box3d, margin=\"0.2,0.12\"", d->out);
    double rms = r.elements > 0 ? sqrt(r.squares / r.elements) : 0;
    print_look(d, r.bad, false, r.elements > 0, rms, false);
    fputs(", tooltip=\"", d->out);
    mm_print_quoted(d->out, m->path);
    fprintf(d->out, "\\ngradient of what its ops make: rms %.9g\"]\n", rms);
}

void mm_print_module(const Drawing *d, int m, int indent)
{
    const Trace *t = d->t;
    const Module *module = &t->module[m];
    bool frame = m > 0 && !module->frameless;
    if (frame) {
        fprintf(d->out, "%*ssubgraph cluster_m%d {\n%*slabel=\"", indent, "", m, indent + 4, "");
        mm_print_quoted(d->out, mm_module_label(t, m));
        fputs("\"; labelloc=b; labeljust=l; fontsize=12; color=\"#aaaaaa\"; style=rounded; tooltip=\"", d->out);
        mm_print_quoted(d->out, module->path);
        fputs("\"\n", d->out);
    }
    int inner = indent + (frame ? 4 : 0);
    for (int i = 0; i < t->n; i++) {
        if (t->node[i].module == m && t->node[i].kind != NODE_REPEATED) {
            mm_print_node(d, i, inner);
        }
    }
    for (int k = m + 1; k < t->n_modules; k++) {
        if (t->module[k].parent == m && t->module[k].box < 0) {
            mm_print_module(d, k, inner);
        } else if (t->module[k].parent == m && t->module[k].box == k) {
            print_closed(d, k, inner);
        }
    }
    if (frame) {
        fprintf(d->out, "%*s}\n", indent, "");
    }
}
