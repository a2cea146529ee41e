/* ranks.c: what all kinds of ranks share, and ranks that are threads of one process: the same program without mpirun. */
#include "mm/core.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

BatchPart mm_ranks_part(const Ranks *r, int rows)
{
    if (!r) {
        return (BatchPart){0, rows, rows};
    }
    int first = (int)((long long)rows * r->rank / r->n), end = (int)((long long)rows * (r->rank + 1) / r->n);
    return (BatchPart){first, end - first, rows};
}

void mm_ranks_sum(const Ranks *r, real *x, int n)
{
    if (r) {
        RankSum s;
        r->sum_begin(r, &s, x, n);
        r->sum_wait(r, &s);
    }
}

/* What the threads share: where each has the numbers that the others read. */
typedef struct Meeting {
    pthread_barrier_t barrier;
    real **shown; /* one each */
    void (*work)(const Ranks *r, void *context);
    void *context;
} Meeting;

/* Shows x to the others, and waits until all have shown theirs. */
static real **meet(const Ranks *r, const real *x)
{
    Meeting *m = r->context;
    m->shown[r->rank] = (real *)x;
    pthread_barrier_wait(&m->barrier);
    return m->shown;
}

/* Nobody may change what was shown before all have read it. */
static void part_again(const Ranks *r)
{
    Meeting *m = r->context;
    pthread_barrier_wait(&m->barrier);
}

static void thread_gather(const Ranks *r, const real *own, real *all, const int *count)
{
    real **shown = meet(r, own);
    for (int from = 0; from < r->n; from++) {
        memcpy(all, shown[from], (size_t)count[from] * sizeof *all);
        all += count[from];
    }
    part_again(r);
}

static void thread_scatter_sum(const Ranks *r, const real *all, real *own, const int *count)
{
    real **shown = meet(r, all);
    size_t first = 0;
    for (int before = 0; before < r->rank; before++) {
        first += (size_t)count[before];
    }
    for (int i = 0; i < count[r->rank]; i++) {
        own[i] = 0;
        for (int from = 0; from < r->n; from++) {
            own[i] += shown[from][first + (size_t)i];
        }
    }
    part_again(r);
}

static void thread_sum_begin(const Ranks *r, RankSum *s, real *x, int n)
{
    (void)r;
    *s = (RankSum){.x = x, .n = n};
}

static void thread_sum_poke(const Ranks *r, RankSum *s)
{
    (void)r;
    (void)s; /* threads add when they wait */
}

/* Each adds up its part of the numbers and gives it to all. */
static void thread_sum_wait(const Ranks *r, RankSum *s)
{
    if (s->done) {
        return;
    }
    real **shown = meet(r, s->x);
    BatchPart mine = mm_ranks_part(r, s->n);
    for (int i = mine.first; i < mine.first + mine.n; i++) {
        real sum = 0;
        for (int from = 0; from < r->n; from++) {
            sum += shown[from][i];
        }
        for (int to = 0; to < r->n; to++) {
            shown[to][i] = sum;
        }
    }
    part_again(r);
    s->done = true;
}

static void *rank_thread(void *ranks)
{
    const Ranks *r = ranks;
    const Meeting *m = r->context;
    m->work(r, m->context);
    return NULL;
}

void mm_ranks_run(int n, void (*work)(const Ranks *r, void *context), void *context)
{
    Meeting m = {.work = work, .context = context, .shown = calloc((size_t)n, sizeof *m.shown)};
    Ranks *ranks = calloc((size_t)n, sizeof *ranks);
    pthread_t *thread = calloc((size_t)n, sizeof *thread);
    if (!m.shown || !ranks || !thread || pthread_barrier_init(&m.barrier, NULL, (unsigned)n) != 0) {
        mm_fail((FailHandler){0}, "no memory for %d ranks", n);
    }
    for (int i = 0; i < n; i++) {
        ranks[i] = (Ranks){i, n, &m, thread_gather, thread_scatter_sum, thread_sum_begin, thread_sum_poke, thread_sum_wait};
        if (pthread_create(&thread[i], NULL, rank_thread, &ranks[i]) != 0) {
            mm_fail((FailHandler){0}, "the system gives no %d threads", n);
        }
    }
    for (int i = 0; i < n; i++) {
        pthread_join(thread[i], NULL);
    }
    pthread_barrier_destroy(&m.barrier);
    free(m.shown);
    free(ranks);
    free(thread);
}
