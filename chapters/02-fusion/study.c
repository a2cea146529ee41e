/* study.c: cross-validation. Each run has its own seed and its own fold for the test, so that a difference which all runs share is one that
 * does not hang on which sentences, voices or faces were asked about. */
#include "study.h"
#include "io/memory.h"

const Task *study_task(const Study *s, int run)
{
    return s->ready ? &s->ready[run] : &s->task[run % s->folds];
}

bool study_new(const StudyOptions *o, Question (*question)(const Fold *fold), Study *s, Error *err)
{
    const int first = o->validate ? 1 : 0, folds = MM_FOLDS - first;
    *s = (Study){.runs = o->runs, .folds = o->runs < folds ? o->runs : folds};
    if (!feelings_load(o->common.data, o->set, o->table, &s->feelings, err)) {
        return false;
    }
    if (o->validate) {
        mm_sentiment_leave_out(&s->feelings.s, 0);
    }
    s->test = mm_take((size_t)(s->runs * TESTED), sizeof *s->test);
    bool ok = true;
    for (int f = 0; f < s->folds && ok; f++) {
        ok = fold_new(&s->feelings, first + f, &s->fold[f], err);
        s->question[f] = question(&s->fold[f]);
        s->task[f] = question_task(&s->question[f]);
    }
    for (int r = 0; r < s->runs && ok; r++) {
        const Task *t = study_task(s, r);
        ok = t->draw(t, MM_TEST_SIDE, o->common.seed + (uint64_t)r, TESTED, s->test + r * TESTED, err);
    }
    if (!ok) {
        study_free(s);
    }
    return ok;
}

void study_jobs(Study *s, const StudyOptions *o, const Recipe *recipe, int kinds)
{
    s->kinds = kinds;
    s->job = mm_take((size_t)(s->runs * kinds), sizeof *s->job);
    for (int i = 0; i < s->runs * kinds; i++) {
        int run = i / kinds;
        s->job[i] = (Learning){.task = study_task(s, run), .recipe = recipe[i % kinds], .seed = o->common.seed + (uint64_t)run};
    }
}

bool study_learn(Study *s, const StudyOptions *o, const Recipe *recipe, int kinds, Error *err)
{
    study_jobs(s, o, recipe, kinds);
    return jobs_run(s->job, s->runs * kinds, err);
}

void study_free(Study *s)
{
    for (int i = 0; s->job && i < s->runs * s->kinds; i++) {
        net_free(&s->job[i].net);
    }
    for (int f = 0; f < s->folds; f++) {
        if (s->fold[f].f) {
            fold_free(&s->fold[f]);
        }
    }
    for (int r = 0; s->opinions && r < s->runs; r++) {
        opinions_free(&s->opinions[r]);
    }
    free(s->opinions);
    free(s->ready);
    free(s->job);
    free(s->test);
    feelings_free(&s->feelings);
    *s = (Study){0};
}

void study_predict(const Study *s, int kind, const Disturb *d, LateRule rule, real *p)
{
#pragma omp parallel for schedule(dynamic)
    for (int r = 0; r < s->runs; r++) {
        const Learning *j = &s->job[r * s->kinds + kind];
        net_predict(&j->net, study_task(s, r), s->test + r * TESTED, TESTED, d, rule, j->seed, p + r * TESTED);
    }
}

static bool is_right(const Study *s, const real *p, int i)
{
    return (p[i] > (real)0.5) == (s->test[i].label == 1);
}

void study_accuracy(const Study *s, const real *p, double *accuracy)
{
    for (int r = 0; r < s->runs; r++) {
        int right = 0;
        for (int i = r * TESTED; i < (r + 1) * TESTED; i++) {
            right += is_right(s, p, i);
        }
        accuracy[r] = right / (double)TESTED;
    }
}

double study_majority(const Study *s)
{
    int *label = mm_take((size_t)(s->runs * TESTED), sizeof *label);
    for (int i = 0; i < s->runs * TESTED; i++) {
        label[i] = s->test[i].label;
    }
    double part = mm_majority(label, s->runs * TESTED);
    free(label);
    return part;
}

/* ---- how sure ---- */

typedef struct Two {
    const Study *s;
    const real *p, *q;
} Two;

static double difference(const int *pick, int n, const void *context)
{
    const Two *two = context;
    int sum = 0;
    for (int i = 0; i < n; i++) {
        sum += is_right(two->s, two->p, pick[i]) - (two->q ? is_right(two->s, two->q, pick[i]) : 0);
    }
    return sum / (double)n;
}

Interval study_difference(const Study *s, const real *p, const real *q)
{
    const Two two = {s, p, q};
    int n = s->runs * TESTED, *cluster = mm_take((size_t)n, sizeof *cluster);
    for (int i = 0; i < n; i++) {
        int text = s->test[i].item[MM_TEXT];
        cluster[i] = text >= 0 ? text : s->feelings.s.list[MM_TEXT].n + i;
    }
    Interval x = mm_bootstrap(difference, &two, n, cluster, 1000, 0.95, 1);
    free(cluster);
    return x;
}

void study_all_fusions(const Recipe *base, Recipe *recipe)
{
    for (int f = 0; f < FUSIONS; f++) {
        recipe[f] = *base;
        recipe[f].fusion = (FusionKind)f;
    }
}
