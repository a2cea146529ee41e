/* loader.c: a batch ahead. Two batches take turns: one is read by the step, the other written by the thread. */
#include "loader.h"
#include "io/memory.h"

#include <pthread.h>

struct Loader {
    const BatchPlan *plan;
    Batch batch[2];
    int64_t next, filled,
        end; /* the step that is asked for next; the first that is not filled yet; the first that never will be */
    bool ahead, stop, failed;
    int threads;
    double waited;
    Error err;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

/* Batch s may be written once batch s - 2, whose memory it takes, is no longer read: when batch s - 1 has been asked for. */
static bool may_fill(const Loader *l)
{
    return l->filled < l->end && l->filled <= l->next;
}

static void *fill_ahead(void *loader)
{
    Loader *l = loader;
    mm_set_threads(l->threads); /* a setting of each thread */
    pthread_mutex_lock(&l->mutex);
    while (!l->stop && !l->failed) {
        if (!may_fill(l)) {
            pthread_cond_wait(&l->changed, &l->mutex);
            continue;
        }
        int64_t s = l->filled;
        pthread_mutex_unlock(&l->mutex);
        bool ok = batch_fill(l->plan, s, &l->batch[s % 2], &l->err);
        pthread_mutex_lock(&l->mutex);
        l->failed = !ok;
        l->filled += ok;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

Loader *loader_new(const BatchPlan *plan, bool ahead, int64_t first, int64_t end)
{
    Loader *l = mm_take(1, sizeof *l);
    *l = (Loader){.plan = plan, .ahead = ahead, .next = first, .filled = first, .end = end, .threads = mm_threads()};
    l->batch[0] = batch_new(plan);
    l->batch[1] = batch_new(plan);
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->changed, NULL);
    l->ahead = ahead && first < end && l->batch[0].steps_per_round > 0 && pthread_create(&l->thread, NULL, fill_ahead, l) == 0;
    return l;
}

void loader_free(Loader *l)
{
    if (!l) {
        return;
    }
    if (l->ahead) {
        pthread_mutex_lock(&l->mutex);
        l->stop = true;
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->mutex);
        pthread_join(l->thread, NULL);
    }
    pthread_mutex_destroy(&l->mutex);
    pthread_cond_destroy(&l->changed);
    batch_free(&l->batch[0]);
    batch_free(&l->batch[1]);
    free(l);
}

int loader_steps_per_round(const Loader *l)
{
    return l->batch[0].steps_per_round;
}

const Batch *loader_next(Loader *l, Error *err)
{
    double began = mm_seconds();
    int64_t s = l->next;
    bool ok;
    if (l->ahead) {
        pthread_mutex_lock(&l->mutex);
        l->next = s + 1; /* batch s - 1 is free from now on */
        pthread_cond_broadcast(&l->changed);
        while (l->filled <= s && !l->failed) {
            pthread_cond_wait(&l->changed, &l->mutex);
        }
        ok = l->filled > s;
        pthread_mutex_unlock(&l->mutex);
    } else {
        l->next = s + 1;
        ok = batch_fill(l->plan, s, &l->batch[s % 2], &l->err);
    }
    l->waited += mm_seconds() - began;
    if (!ok) {
        mm_error(err, "%s", l->err.text);
    }
    return ok ? &l->batch[s % 2] : NULL;
}

double loader_waited(const Loader *l)
{
    return l->waited;
}
