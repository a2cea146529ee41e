/* jobs.c: nets, each on a processor of its own. */
#include "jobs.h"

static bool learn_one(void *context, int i, Error *err)
{
    Learning *l = (Learning *)context + i;
    l->net = net_new(l->task, &l->recipe, l->seed);
    return learn(&l->net, l->task, l->seed, l->onlook, l->context, err);
}

static const char *name(const void *context, int i)
{
    return fusion_name[((const Learning *)context)[i].recipe.fusion];
}

bool jobs_run(Learning *job, int n, Error *err)
{
    bool ok = mm_jobs(n, learn_one, name, job, err);
    if (!ok) {
        jobs_free(job, n);
    }
    return ok;
}

void jobs_free(Learning *job, int n)
{
    for (int i = 0; i < n; i++) {
        net_free(&job[i].net);
    }
}
