/* jobs.c: models that are too small to keep two processors busy have one each, and their loops run with a single thread. */
#include "mm/train.h"

bool mm_jobs(int n, Job *job, JobName *name, void *context, Error *err)
{
    Progress bar = mm_progress(n, 0);
    int done = 0;
    bool ok = true;
    /* The last first: lists end with what takes longest, and so no processor is left with that alone. */
#pragma omp parallel for schedule(dynamic)
    for (int i = n - 1; i >= 0; i--) {
        Error mine;
        bool learned = job(context, i, &mine);
#pragma omp critical(jobs)
        {
            if (!learned && ok) {
                ok = false;
                *err = mine;
            }
            mm_progress_show(&bar, ++done, "%s", name(context, i));
        }
    }
    mm_progress_end(&bar);
    return ok;
}
