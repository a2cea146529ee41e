/* profile.c: where the time of a program goes, op by op. */
#include "mm/inspect.h"
#include "mm/ops.h"

#include <stdlib.h>

enum { FORWARD, BACKWARD, MOST_OPS = 128 };

typedef struct OpTime {
    const Op *op;
    int64_t calls;
    double seconds[2], flops[2];
} OpTime;

struct Profile {
    double started, optimiser;
    OpTime at[MOST_OPS];
    int n;
};

/* How many operands get a gradient: each costs a product as large as the forward's. */
static int gradients(const Tensor *y)
{
    return y->in[0]->needs_grad + y->in[1]->needs_grad;
}

/* A product of (m, k) and (k, n) is m n k multiplications and as many additions. */
double mm_op_flops(const Tensor *y, bool backward)
{
    const Tensor *x = y->in[0], *w = y->n_in > 1 ? y->in[1] : NULL;
    double n = (double)y->n, products = 0; /* multiplications of the forward */
    if (y->op == &mm_op_matmul) {
        products = n * (double)x->n / (double)mm_rows(y->shape); /* each of the n sums has k terms */
    } else if (y->op == &mm_op_linear) {
        products = n * mm_last(x->shape);
    } else if (y->op == &mm_op_conv2d) {
        products = n * (double)w->n / w->shape.d[0];
    } else if (y->op == &mm_op_attention) { /* Q K^T and P V */
        return (backward ? 4 : 2) * 2 * n * y->shape.d[1];
    } else if (y->op == &mm_op_sdpa) {
        double keys = w->shape.d[1], scores = (double)x->n * keys, values = n * keys;
        return (backward ? 4 : 2) * (scores + values);
    } else if (y->op == &mm_op_lstm || y->op == &mm_op_gru) {
        products = (double)mm_rows(x->shape) * (double)(w->n + y->in[2]->n);
        return (backward ? 4 : 2) * products;
    }
    return 2 * products * (backward && w ? gradients(y) : 1);
}

static void note(void *context, const Tensor *y, bool backward, double seconds)
{
    Profile *p = context;
    int i = 0;
    while (i < p->n && p->at[i].op != y->op) {
        i++;
    }
    if (i == MOST_OPS) {
        return;
    }
    if (i == p->n) {
        p->at[p->n++] = (OpTime){.op = y->op};
    }
    p->at[i].calls += !backward;
    p->at[i].seconds[backward] += seconds;
    p->at[i].flops[backward] += mm_op_flops(y, backward);
}

Profile *mm_profile_new(Graph *g)
{
    Profile *p = calloc(1, sizeof *p);
    if (!p) {
        mm_fail(mm_graph_handler(g), "no memory for a profile");
    }
    p->started = mm_seconds();
    mm_graph_on_op(g, note, p);
    return p;
}

void mm_profile_free(Profile *p)
{
    free(p);
}

void mm_profile_optimiser(Profile *p, double seconds)
{
    p->optimiser += seconds;
}

static double total(const OpTime *t)
{
    return t->seconds[FORWARD] + t->seconds[BACKWARD];
}

static int by_time(const void *a, const void *b)
{
    double x = total(a), y = total(b);
    return x < y ? 1 : x > y ? -1 : 0;
}

static void print_rate(FILE *out, double flops, double seconds)
{
    if (flops > 0 && seconds > 0) {
        fprintf(out, " %9.1f", 1e-9 * flops / seconds);
    } else {
        fprintf(out, " %9s", "");
    }
}

static void print_part(FILE *out, const char *name, double ms, double share)
{
    fprintf(out, "%-16s %7s %23.3f %6.1f%%\n", name, "", ms, 100 * share);
}

void mm_profile_print(Profile *p, int64_t steps, FILE *out)
{
    double all = mm_seconds() - p->started, counted = 0, ms = 1e3 / (double)steps;
    qsort(p->at, (size_t)p->n, sizeof *p->at, by_time);
    fprintf(out, "%-16s %7s %11s %11s %7s %9s %9s\n", "one step", "calls", "forward ms", "backward ms", "share", "GFLOP/s",
            "backward");
    for (int i = 0; i < p->n; i++) {
        const OpTime *t = &p->at[i];
        counted += total(t);
        fprintf(out, "%-16s %7.3g %11.3f %11.3f %6.1f%%", t->op->name, (double)t->calls / (double)steps, ms * t->seconds[FORWARD],
                ms * t->seconds[BACKWARD], 100 * total(t) / all);
        print_rate(out, t->flops[FORWARD], t->seconds[FORWARD]);
        print_rate(out, t->flops[BACKWARD], t->seconds[BACKWARD]);
        fprintf(out, "\n");
    }
    double rest = all - counted - p->optimiser;
    print_part(out, "optimiser", ms * p->optimiser, p->optimiser / all);
    print_part(out, "the rest", ms * rest, rest / all);
    print_part(out, "all", ms * all, 1);
}
