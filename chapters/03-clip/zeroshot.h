/* zeroshot.h: what is measured of a classifier made of words. */
#ifndef CLIP_ZEROSHOT_H
#define CLIP_ZEROSHOT_H

#include "tasks.h"

struct json_t;

/* What does without the model: guessing, always the same, the labelled picture nearest in pixels (-1: there is none). */
typedef struct Baselines {
    double chance1, chance5, majority, pixels;
} Baselines;

typedef struct Verdict {
    int language, templates;
    double at1, at5, class_recall;              /* of all templates together */
    double worst_alone, mean_alone, best_alone; /* acc@1 of single templates */
    double *confusion;                          /* (classes, classes), see mm_confusion; the caller frees */
} Verdict;

Baselines baselines(const Task *t);
/* image (n, embed): the embeddings of the task's pictures */
bool judge_task(const ClipModel *m, const Task *t, const real *image, int language, const Templates *templates, Verdict *v,
                Error *err);

/* confusion.c: draws OUT/zeroshot/TASK.LANGUAGE.svg; says which classes are weak and what is taken for what: prints it, or, where row
 * is not NULL, adds it to that JSON object. */
bool confusion_show(const Task *t, const Verdict *v, const char *out, struct json_t *row, Error *err);

#endif
