/* opinions.c: items -> one number each, by models that learn no more. */
#include "opinions.h"
#include "io/memory.h"

#include <tgmath.h>

Opinions opinions_new(const Task *task, const int *items)
{
    Opinions o = {.task = task};
    for (int m = 0; m < MM_MODALITIES; m++) {
        o.n[m] = items[m];
        o.asked[m] = mm_take((size_t)items[m] + 1, sizeof *o.asked[m]);
        o.sum[m] = mm_take((size_t)items[m] + 1, sizeof *o.sum[m]);
    }
    return o;
}

void opinions_free(Opinions *o)
{
    for (int m = 0; m < MM_MODALITIES; m++) {
        free(o->asked[m]);
        free(o->sum[m]);
    }
    *o = (Opinions){0};
}

void opinions_ask(Opinions *o, const Net *net, const Task *taught, int m, const int *item, int n)
{
    Triple *triple = mm_take((size_t)n + 1, sizeof *triple);
    real *p = mm_take((size_t)n + 1, sizeof *p);
    for (int k = 0; k < n; k++) {
        triple[k] = (Triple){.item = {-1, -1, -1}};
        triple[k].item[m] = item[k];
    }
    const real little = (real)1e-6; /* who is sure is not infinitely sure */
    net_predict(net, taught, triple, n, &(Disturb){0}, LATE_MEAN, 0, p);
    for (int k = 0; k < n; k++) {
        o->sum[m][item[k]] += log((p[k] + little) / (1 - p[k] + little));
        o->asked[m][item[k]]++;
    }
    free(triple);
    free(p);
}

/* ---- as a task ---- */

static bool draw(const Task *t, SplitSide side, uint64_t seed, int n, Triple *triple, Error *err)
{
    const Task *of = ((const Opinions *)t->data)->task;
    return of->draw(of, side, seed, n, triple, err);
}

static Part part(const Task *t, int m, const Triple *triple, int n, const Disturb *d, Rng *rng, Graph *g)
{
    (void)d, (void)rng;
    const Opinions *o = t->data;
    real *x = mm_reals(g, (size_t)n);
    for (int k = 0; k < n; k++) {
        int i = triple[k].item[m];
        x[k] = i >= 0 ? o->sum[m][i] / (real)o->asked[m][i] : 0;
    }
    return (Part){.x = x};
}

Task opinions_task(const Opinions *o)
{
    Task t = *o->task;
    t.data = o;
    t.draw = draw;
    t.part = part;
    for (int m = 0; m < MM_MODALITIES; m++) {
        t.encoder[m] = (EncoderConfig){.name = o->task->encoder[m].name, .kind = ENCODE_VECTOR, .in = 1};
    }
    return t;
}
