/* compare.c: two traces of one structure, tensor by tensor. */
#include "trace.h"

#include <math.h>
#include <string.h>

/* |a - b| as a part of the larger; 0 where both are 0 or both are no numbers. */
static double apart(double a, double b, double size)
{
    if (isfinite(a) != isfinite(b)) {
        return INFINITY;
    }
    double d = isfinite(a) ? fabs(a - b) : 0;
    return d == 0 ? 0 : d / size;
}

/* How far two tensors lie apart: |a - b| / the larger of |a| and |b|. Of large ones only the statistics are known: the
 * farthest of these, against the larger root mean square. */
double mm_stat_apart(const Stat *a, const Stat *b)
{
    if (a->bad != b->bad) {
        return INFINITY;
    }
    if (a->data && b->data && a->bad == 0) {
        double d = 0, size = fmax(a->squares, b->squares);
        for (size_t i = 0; i < a->n; i++) {
            d += (a->data[i] - b->data[i]) * (a->data[i] - b->data[i]);
        }
        return d == 0 ? 0 : sqrt(d / size);
    }
    double size = fmax(mm_rms(*a), mm_rms(*b));
    double far = fmax(apart(a->mean, b->mean, size), apart(mm_rms(*a), mm_rms(*b), size));
    return fmax(far, fmax(apart(a->min, b->min, size), apart(a->max, b->max, size)));
}

/* The first node at which two traces are not of one structure; -1: none. */
static int first_other(const Trace *a, const Trace *b)
{
    for (int i = 0; i < a->n && i < b->n; i++) {
        const TraceNode *x = &a->node[i], *y = &b->node[i];
        bool same = x->kind == y->kind && strcmp(x->op, y->op) == 0 && mm_shape_equal(x->shape, y->shape) && x->n_in == y->n_in;
        for (int k = 0; same && k < x->n_in; k++) {
            same = x->in[k] == y->in[k];
        }
        if (!same) {
            return i;
        }
    }
    return a->n == b->n ? -1 : a->n < b->n ? a->n : b->n;
}

static void print_place(const Trace *t, int i, FILE *out)
{
    char shape[MM_SHAPE_TEXT];
    if (i >= t->n) {
        fputs("nothing", out);
        return;
    }
    const TraceNode *n = &t->node[i];
    fprintf(out, "%s %s%s%s  %s",
            *n->op                  ? n->op
            : n->kind == NODE_PARAM ? "parameter"
                                    : "input",
            n->name, *n->name ? " " : "", mm_shape_text(n->shape, shape), n->site);
}

static void print_pair(const char *what, const Stat *a, const Stat *b, double far, FILE *out)
{
    fprintf(out, "    %-9s rms %-11.5g %-11.5g apart %.2g\n", what, mm_rms(*a), mm_rms(*b), far);
}

int mm_trace_compare(const Trace *a, const Trace *b, double tolerance, FILE *out)
{
    int other = first_other(a, b), differ = 0;
    if (other >= 0) {
        fprintf(out, "not of one structure; the first difference is n%d:\n  ", other);
        print_place(a, other, out);
        fputs("\n  ", out);
        print_place(b, other, out);
        fputs("\n", out);
        return -1;
    }
    for (int i = 0; i < a->n; i++) {
        const TraceNode *x = &a->node[i], *y = &b->node[i];
        double value = mm_stat_apart(&x->value, &y->value);
        double grad = x->flows != y->flows ? INFINITY : x->flows ? mm_stat_apart(&x->grad, &y->grad) : 0;
        if (value <= tolerance && grad <= tolerance) {
            continue;
        }
        fprintf(out, "n%d ", i);
        print_place(a, i, out);
        fputs("\n", out);
        if (value > tolerance) {
            print_pair("value", &x->value, &y->value, value, out);
        }
        if (grad > tolerance) {
            print_pair("gradient", &x->grad, &y->grad, grad, out);
        }
        differ++;
    }
    fprintf(out, "%d of %d tensors differ by more than %g\n", differ, a->n, tolerance);
    return differ;
}
