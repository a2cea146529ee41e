/* jobs.c: models of this size keep one processor busy, not two; so each has one, and its loops run with a single thread. */
#include "jobs.h"

bool jobs_run(Job *job, int n, Error *err)
{
    Progress bar = mm_progress(n, 0);
    int done = 0;
    bool ok = true;
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < n; i++) {
        Error mine;
        job[i].net = net_new(job[i].task, &job[i].recipe, job[i].seed);
        bool learned = learn(&job[i].net, job[i].task, job[i].seed, job[i].onlook, job[i].context, &mine);
#pragma omp critical(jobs)
        {
            if (!learned && ok) {
                ok = false;
                *err = mine;
            }
            mm_progress_show(&bar, ++done, "%s", fusion_name[job[i].recipe.fusion]);
        }
    }
    mm_progress_end(&bar);
    if (!ok) {
        jobs_free(job, n);
    }
    return ok;
}

void jobs_free(Job *job, int n)
{
    for (int i = 0; i < n; i++) {
        net_free(&job[i].net);
    }
}
