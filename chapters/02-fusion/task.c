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

Batch task_batch(const Task *t, const Triple *triple, int n, const Disturb *d, Rng rng, Graph *g)
{
    Batch b = {.n = n};
    real *target = mm_reals(g, (size_t)(n * CLASSES)), *present = mm_reals(g, (size_t)(n * MM_MODALITIES));
    for (int i = 0; i < n; i++) {
        target[i * CLASSES + 1] = task_target(t, &triple[i]);
        target[i * CLASSES] = 1 - target[i * CLASSES + 1];
        for (int m = 0; m < MM_MODALITIES; m++) {
            present[i * MM_MODALITIES + m] = triple[i].item[m] >= 0 && !d->missing[m];
        }
        mm_modality_dropout(present + i * MM_MODALITIES, MM_MODALITIES, d->drop, &rng);
    }
    for (int m = 0; m < MM_MODALITIES; m++) {
        b.part[m] = t->part(t, m, triple, n, d, &rng, g);
    }
    b.target = target;
    b.present = present;
    return b;
}
