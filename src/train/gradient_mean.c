/* gradient_mean.c: the mean of all ranks' gradients, most of it while backward still runs.
 *
 * Gradients travel in buckets: parameters in the reverse order of their making, since backward reaches the last layers first, several
 * to a bucket, since a message has a price of its own. The walk back tells when a gradient is complete: in the first step it is counted
 * how many ops add to each, and from then on a gradient that as many have added to is. A bucket whose gradients are all complete is sent, but
 * never before the one ahead of it, so that all ranks send in one order. */
#include "mm/train.h"

#include "../io/memory.h"

typedef struct Bucket {
    real *numbers;     /* gradients, one after the other */
    int n, first, end; /* parameters: GradientMean.member[first .. end-1] */
    int missing;       /* gradients that are not complete yet */
    RankSum sum;
} Bucket;

typedef struct Member {
    Tensor *p;
    int bucket, uses, seen; /* ops that add to its gradient: in a step; in this one so far */
} Member;

struct GradientMean {
    const Ranks *ranks;
    Graph *graph;
    Member *member;    /* in the order of sending */
    Member **by_place; /* in the order of their addresses, to be found */
    Bucket *bucket;
    int members, buckets, sent;
    bool counted; /* uses is known */
    GradientMeanSpent spent;
};

static int by_address(const void *a, const void *b)
{
    const Member *const *x = a, *const *y = b;
    return ((*x)->p > (*y)->p) - ((*x)->p < (*y)->p);
}

static void list_members(GradientMean *m, Params *ps)
{
    int n = mm_params_count(ps);
    m->member = mm_take((size_t)n, sizeof *m->member);
    m->by_place = mm_take((size_t)n, sizeof *m->by_place);
    for (int i = n - 1; i >= 0; i--) {
        if (mm_params_at(ps, i)->needs_grad) {
            m->by_place[m->members] = &m->member[m->members];
            m->member[m->members++] = (Member){.p = mm_params_at(ps, i)};
        }
    }
    qsort(m->by_place, (size_t)m->members, sizeof *m->by_place, by_address);
}

static void fill_buckets(GradientMean *m, size_t bytes)
{
    m->bucket = mm_take((size_t)m->members, sizeof *m->bucket);
    for (int i = 0; i < m->members; i++) {
        Bucket *last = m->buckets ? &m->bucket[m->buckets - 1] : NULL;
        if (!last || (size_t)last->n * sizeof(real) >= bytes) {
            last = &m->bucket[m->buckets++];
            last->first = i;
        }
        last->n += (int)m->member[i].p->n;
        last->end = i + 1;
        m->member[i].bucket = m->buckets - 1;
    }
    for (int b = 0; b < m->buckets; b++) {
        m->bucket[b].numbers = mm_take((size_t)m->bucket[b].n, sizeof(real));
    }
}

GradientMean *mm_gradient_mean_new(Params *ps, const Ranks *ranks, size_t bucket_bytes)
{
    GradientMean *m = mm_take(1, sizeof *m);
    m->ranks = ranks;
    list_members(m, ps);
    fill_buckets(m, bucket_bytes);
    m->spent.buckets = m->buckets;
    return m;
}

void mm_gradient_mean_free(GradientMean *m)
{
    if (m) {
        for (int b = 0; b < m->buckets; b++) {
            free(m->bucket[b].numbers);
        }
        free(m->member);
        free(m->by_place);
        free(m->bucket);
        free(m);
    }
}

static void send(GradientMean *m)
{
    Bucket *b = &m->bucket[m->sent++];
    real *to = b->numbers;
    for (int i = b->first; i < b->end; i++) {
        const Tensor *p = m->member[i].p;
        memcpy(to, p->grad, p->n * sizeof *to);
        to += p->n;
    }
    m->ranks->sum_begin(m->ranks, &b->sum, b->numbers, b->n);
}

/* An op has added to the gradient of p. */
static void note_use(GradientMean *m, Tensor *p)
{
    Member wanted = {.p = p}, *key = &wanted;
    Member **found = bsearch(&key, m->by_place, (size_t)m->members, sizeof *m->by_place, by_address);
    if (!found) {
        return;
    }
    Member *member = *found;
    member->seen++;
    if (!m->counted) {
        return;
    }
    if (member->seen > member->uses && member->bucket < m->sent) {
        mm_fail(mm_graph_handler(m->graph),
                "%s: its gradient has been sent to the other ranks after %d ops had added to it, as in the first step, and now "
                "there is one "
                "more; the steps of a run must be alike",
                p->name, member->uses);
    }
    if (member->seen == member->uses) {
        m->bucket[member->bucket].missing--;
        while (m->sent < m->buckets && m->bucket[m->sent].missing == 0) {
            send(m);
        }
    }
}

/* Called by the graph after each op. */
static void after_op(void *context, const Tensor *y, bool backward, double seconds)
{
    GradientMean *m = context;
    (void)seconds;
    for (int i = 0; backward && i < y->n_in; i++) {
        if (!y->in[i]->graph && y->in[i]->needs_grad) {
            note_use(m, y->in[i]);
        }
    }
    for (int b = 0; b < m->sent; b++) { /* MPI moves messages on while it is asked for them */
        if (!m->bucket[b].sum.done) {
            m->ranks->sum_poke(m->ranks, &m->bucket[b].sum);
            break;
        }
    }
}

void mm_gradient_mean_begin(GradientMean *m, Graph *g)
{
    m->sent = 0;
    m->graph = g;
    for (int i = 0; i < m->members; i++) {
        m->member[i].seen = 0;
    }
    for (int b = 0; b < m->buckets; b++) {
        m->bucket[b].missing = m->bucket[b].end - m->bucket[b].first;
    }
    mm_graph_on_op(g, after_op, m);
}

/* Waits for a bucket, and puts the mean back to where the gradients were. */
static void receive(GradientMean *m, Bucket *b)
{
    m->ranks->sum_wait(m->ranks, &b->sum);
    const real *from = b->numbers;
    real share = 1 / (real)m->ranks->n;
    for (int i = b->first; i < b->end; i++) {
        Tensor *p = m->member[i].p;
        for (size_t k = 0; k < p->n; k++) {
            p->grad[k] = share * from[k];
        }
        from += p->n;
    }
}

void mm_gradient_mean_end(GradientMean *m)
{
    double start = mm_seconds();
    mm_graph_on_op(m->graph, NULL, NULL);
    for (int b = 0; b < m->buckets; b++) {
        m->spent.bytes += (double)m->bucket[b].n * sizeof(real);
        m->spent.early += b < m->sent ? (double)m->bucket[b].n * sizeof(real) : 0;
        m->spent.hidden += b < m->sent && m->bucket[b].sum.done ? (double)m->bucket[b].n * sizeof(real) : 0;
    }
    while (m->sent < m->buckets) {
        send(m);
    }
    for (int b = 0; b < m->buckets; b++) {
        receive(m, &m->bucket[b]);
    }
    for (int i = 0; i < m->members && !m->counted; i++) {
        m->member[i].uses = m->member[i].seen;
    }
    m->counted = true;
    m->spent.steps++;
    m->spent.waited += mm_seconds() - start;
}

const GradientMeanSpent *mm_gradient_mean_spent(const GradientMean *m)
{
    return &m->spent;
}
