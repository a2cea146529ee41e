/* variants.c: three modalities by themselves, four rules of late fusion, six other ways. The first seven are one and the same trained model:
 * late fusion trains each modality for itself, so its heads are the unimodal models. */
#include "variants.h"

#include <stdio.h>

const Variant variant[VARIANTS] = {
    {FUSE_LATE, LATE_MEAN, MM_TEXT}, {FUSE_LATE, LATE_MEAN, MM_VOICE}, {FUSE_LATE, LATE_MEAN, MM_FACE},
    {FUSE_LATE, LATE_MEAN, -1},      {FUSE_LATE, LATE_PRODUCT, -1},    {FUSE_LATE, LATE_WEIGHTS, -1},
    {FUSE_LATE, LATE_VOTE, -1},      {FUSE_EARLY, LATE_MEAN, -1},      {FUSE_HYBRID, LATE_MEAN, -1},
    {FUSE_TENSOR, LATE_MEAN, -1},    {FUSE_LOW_RANK, LATE_MEAN, -1},   {FUSE_GATED, LATE_MEAN, -1},
    {FUSE_ATTENTION, LATE_MEAN, -1},
};

const char *variant_name(int v, const Task *t, char *text)
{
    const Variant *x = &variant[v];
    if (x->alone >= 0) {
        snprintf(text, VARIANT_TEXT, "%s alone", t->encoder[x->alone].name);
    } else if (x->fusion == FUSE_LATE) {
        snprintf(text, VARIANT_TEXT, "late, %s", late_name[x->rule]);
    } else {
        snprintf(text, VARIANT_TEXT, "%s", fusion_name[x->fusion]);
    }
    return text;
}

Disturb variant_disturb(int v, Disturb d)
{
    for (int m = 0; m < MM_MODALITIES; m++) {
        d.missing[m] = d.missing[m] || (variant[v].alone >= 0 && m != variant[v].alone);
    }
    return d;
}
