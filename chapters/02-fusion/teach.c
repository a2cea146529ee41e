/* teach.c: models of sentiment, none of which is asked about what it was trained on. */
#include "io/memory.h"
#include "study.h"

/* A model of sentiment of one run, which sees neither the run's test nor the items of one fold more. */
typedef struct Lesson {
    int run;
    Feelings *seen; /* the feelings without that fold */
    Fold fold;
    Question question;
    Task task;
} Lesson;

/* Feelings without the items of a fold; all else is f's own. */
static Feelings without(const Feelings *f, int fold)
{
    Feelings less = *f;
    for (int m = 0; m < MM_MODALITIES; m++) {
        SentimentList *list = &less.s.list[m];
        list->at = mm_take((size_t)list->n + 1, sizeof *list->at);
        for (int i = 0; i < list->n; i++) {
            list->at[i] = f->s.list[m].at[i];
        }
    }
    mm_sentiment_leave_out(&less.s, fold);
    return less;
}

/* Of each run one lesson for each fold but its test; their number, or -1. */
static int plan(const Study *s, const StudyOptions *o, Feelings *seen, Lesson *lesson, Error *err)
{
    int n = 0;
    for (int k = o->validate ? 1 : 0; k < MM_FOLDS; k++) {
        seen[k] = without(&s->feelings, k);
        for (int r = 0; r < s->runs; r++) {
            int test = s->fold[r % s->folds].fold;
            if (test != k) {
                Lesson *l = &lesson[n++];
                *l = (Lesson){.run = r, .seen = &seen[k]};
                if (!fold_new(l->seen, test, &l->fold, err)) {
                    return -1;
                }
                l->question = question_sentiment(&l->fold);
                l->task = question_task(&l->question);
            }
        }
    }
    return n;
}

/* What net says of all items that it was not trained on. */
static void ask(const Lesson *l, const Net *net, Opinions *to)
{
    for (int m = 0; m < MM_MODALITIES; m++) {
        const SentimentList *list = &l->seen->s.list[m];
        int *item = mm_take((size_t)list->n + 1, sizeof *item), n = 0;
        for (int i = 0; i < list->n; i++) {
            if (!mm_on_side(list->at[i].fold, l->fold.fold, MM_KNOWN_SIDE)) {
                item[n++] = i;
            }
        }
        opinions_ask(to, net, &l->task, m, item, n);
        free(item);
    }
}

static bool learn_lessons(Study *s, const StudyOptions *o, const Lesson *lesson, int n, Error *err)
{
    Learning *job = mm_take((size_t)n, sizeof *job);
    for (int i = 0; i < n; i++) {
        job[i] = (Learning){.task = &lesson[i].task, .recipe = o->recipe, .seed = o->common.seed + (uint64_t)lesson[i].run};
        job[i].recipe.fusion = FUSE_LATE;
    }
    bool ok = jobs_run(job, n, err);
#pragma omp parallel for schedule(dynamic)
    for (int r = 0; r < s->runs; r++) {
        for (int i = 0; i < n && ok; i++) {
            if (lesson[i].run == r) {
                ask(&lesson[i], &job[i].net, &s->opinions[r]);
            }
        }
    }
    if (ok) {
        jobs_free(job, n);
    }
    free(job);
    return ok;
}

bool study_teach(Study *s, const StudyOptions *o, Error *err)
{
    int items[MM_MODALITIES];
    for (int m = 0; m < MM_MODALITIES; m++) {
        items[m] = s->feelings.s.list[m].n;
    }
    s->opinions = mm_take((size_t)s->runs, sizeof *s->opinions);
    for (int r = 0; r < s->runs; r++) {
        s->opinions[r] = opinions_new(study_task(s, r), items);
    }
    Feelings seen[MM_FOLDS] = {0};
    Lesson *lesson = mm_take((size_t)(s->runs * MM_FOLDS), sizeof *lesson);
    int n = plan(s, o, seen, lesson, err);
    bool ok = n >= 0 && learn_lessons(s, o, lesson, n, err);
    for (int i = 0; i < s->runs * MM_FOLDS; i++) {
        if (lesson[i].fold.f) {
            fold_free(&lesson[i].fold);
        }
    }
    for (int k = 0; k < MM_FOLDS; k++) {
        for (int m = 0; m < MM_MODALITIES; m++) {
            free(seen[k].s.list[m].at);
        }
    }
    free(lesson);
    s->ready = mm_take((size_t)s->runs, sizeof *s->ready);
    for (int r = 0; r < s->runs; r++) {
        s->ready[r] = opinions_task(&s->opinions[r]);
    }
    return ok;
}
