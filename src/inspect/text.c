/* text.c: a graph as text: the table of its tensors, and where its gradient goes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

const char *mm_grouped(size_t n, char *text)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%zu", n), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text[at++] = ' ';
        }
        text[at++] = digits[i];
    }
    text[at] = 0;
    return text;
}

void mm_print_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
        }
    }
}

void mm_print_quoted(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', out);
        }
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
}

static const char *state_of(const Trace *t, const TraceNode *n)
{
    if (n->value.bad || n->grad.bad) {
        return "NaN or infinite";
    }
    if (!n->needs_grad) {
        return n->kind == NODE_INPUT ? "" : "constant";
    }
    if (!t->walked || (n->flows && n->grad.squares > 0)) {
        return "";
    }
    return n->flows ? "gradient is zero" : "leads nowhere";
}

static void print_node(const Trace *t, int i, FILE *out)
{
    const TraceNode *n = &t->node[i];
    char id[16], shape[MM_SHAPE_TEXT], grad[32] = "-", from[128] = "";
    snprintf(id, sizeof id, "n%d", i);
    if (n->flows) {
        snprintf(grad, sizeof grad, "%.4g", mm_rms(n->grad));
    }
    for (int k = 0, at = 0; k < n->n_in && at < (int)sizeof from - 16; k++) {
        at += snprintf(from + at, sizeof from - (size_t)at, "%sn%d", k ? " " : "", n->in[k]);
    }
    const char *op = n->kind == NODE_OP ? n->op : n->kind == NODE_PARAM ? "parameter" : "input";
    fprintf(out, "%-6s %-13s %-16s %10.4g %10s  %-16s %-16s", id, op, mm_shape_text(n->shape, shape), mm_rms(n->value), grad,
            from, state_of(t, n));
    const char *path = t->module[n->module].path, *name = n->name;
    bool within = *path && strncmp(name, path, strlen(path)) == 0; /* a parameter's name says where it belongs */
    fprintf(out, "  %s%s%s  %s\n", within ? "" : path, *path && *name && !within ? ": " : "", name, n->site);
}

void mm_print_table(const Trace *t, FILE *out)
{
    fprintf(out, "%-6s %-13s %-16s %10s %10s  %-16s %-16s  %s\n", "id", "op", "shape", "value rms", "grad rms", "inputs", "",
            "module: name  line");
    for (int i = 0; i < t->n; i++) {
        if (t->node[i].kind != NODE_REPEATED) {
            print_node(t, i, out);
        }
    }
}

void mm_graph_print(const Graph *g, FILE *out)
{
    Trace *t = mm_trace_new(g, NULL, NULL);
    mm_print_table(t, out);
    mm_trace_free(t);
}

/* ---- shares ---- */

int mm_shares_of(const Trace *t, GradientShare *share, int max)
{
    int n = 0;
    GradientShare rest = {.module = "outside", .params = t->module[0].params, .numbers = t->module[0].numbers};
    double total = t->module[0].param_squares, left = total;
    for (int m = 1; m < t->n_modules; m++) {
        const Module *module = &t->module[m];
        if (module->parent != 0 || module->params == 0) {
            continue;
        }
        rest.params -= module->params;
        rest.numbers -= module->numbers;
        left -= module->param_squares;
        if (n < max) {
            GradientShare s = {.params = module->params, .numbers = module->numbers, .norm = sqrt(module->param_squares)};
            snprintf(s.module, sizeof s.module, "%s", module->path);
            s.share = total > 0 ? module->param_squares / total : 0;
            share[n++] = s;
        }
    }
    if (rest.params > 0 && n < max) {
        rest.norm = left > 0 ? sqrt(left) : 0;
        rest.share = total > 0 && left > 0 ? left / total : 0;
        share[n++] = rest;
    }
    return n;
}

int mm_gradient_shares(const Graph *g, GradientShare *share, int max)
{
    Trace *t = mm_trace_new(g, NULL, NULL);
    int n = mm_shares_of(t, share, max);
    mm_trace_free(t);
    return n;
}

void mm_print_shares(const Trace *t, FILE *out)
{
    GradientShare share[MM_MAX_SHARES];
    char numbers[32];
    int n = mm_shares_of(t, share, MM_MAX_SHARES);
    fprintf(out, "gradient norm %.4g over %d parameters of %s numbers\n", sqrt(t->module[0].param_squares), t->module[0].params,
            mm_grouped(t->module[0].numbers, numbers));
    fprintf(out, "  %-16s %15s %12s %11s %13s\n", "module", "share of square", "norm", "parameters", "numbers");
    for (int i = 0; i < n; i++) {
        fprintf(out, "  %-16s %13.1f %% %12.4g %11d %13s\n", share[i].module, 100 * share[i].share, share[i].norm,
                share[i].params, mm_grouped(share[i].numbers, numbers));
    }
}

void mm_gradient_report(const Graph *g, FILE *out)
{
    Trace *t = mm_trace_new(g, NULL, NULL);
    mm_print_shares(t, out);
    mm_trace_free(t);
}

void mm_trace_print(const Trace *t, FILE *out)
{
    mm_print_table(t, out);
    fputs("\n", out);
    mm_print_shares(t, out);
}
