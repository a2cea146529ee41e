/* task.c: from triples to the numbers of a batch. */
#include "task.h"
#include "model.h"

#include <tgmath.h>

real task_target(const Task *t, const Triple *triple)
{
    return t->graded ? (1 + (real)triple->valence / 3) / 2 : (real)triple->label;
}

real task_valence(real p)
{
    return 3 * (2 * p - 1);
}

/* [modality_dropout] Which modalities of an example are there, at least one of those that it has. */
static void draw_present(const Triple *triple, const Disturb *d, Rng *rng, real *present)
{
    /* region modality_dropout */
    bool any = false;
    int last = -1;
    for (int m = 0; m < MM_MODALITIES; m++) {
        bool there = triple->item[m] >= 0 && !d->missing[m];
        bool stays = mm_uniform(rng) >= d->drop;
        present[m] = there && stays;
        any = any || present[m];
        last = there ? m : last;
    }
    if (!any && last >= 0) {
        int keep = mm_below(rng, MM_MODALITIES);
        bool there = triple->item[keep] >= 0 && !d->missing[keep];
        present[there ? keep : last] = 1;
    }
    /* end modality_dropout */
}

Batch task_batch(const Task *t, const Triple *triple, int n, const Disturb *d, Rng rng, Graph *g)
{
    Batch b = {.n = n};
    real *target = mm_reals(g, (size_t)(n * CLASSES)), *present = mm_reals(g, (size_t)(n * MM_MODALITIES));
    for (int i = 0; i < n; i++) {
        target[i * CLASSES + 1] = task_target(t, &triple[i]);
        target[i * CLASSES] = 1 - target[i * CLASSES + 1];
        draw_present(&triple[i], d, &rng, present + i * MM_MODALITIES);
    }
    for (int m = 0; m < MM_MODALITIES; m++) {
        b.part[m] = t->part(t, m, triple, n, d, &rng, g);
    }
    b.target = target;
    b.present = present;
    return b;
}
