/* compare.c: `fusion compare` and `fusion conflict`: every way to fuse on one table. */
#include "io/memory.h"
#include "program.h"
#include "study.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* A row of the table. */
typedef struct Row {
    char name[VARIANT_TEXT];
    MeanSd accuracy;     /* over runs */
    Interval all, above; /* of all runs' tests together; less that of late fusion by product */
    SentimentScores scores;
} Row;

enum {
    REFERENCE = MM_MODALITIES + LATE_PRODUCT
}; /* the variant that is right if modalities are independent given the class: here they are */

/* p: (VARIANTS, runs, TESTED) */
static void score(const Study *s, const real *p, Row *row)
{
    int n = s->runs * TESTED;
    real *guess = mm_take((size_t)n, sizeof *guess), *truth = mm_take((size_t)n, sizeof *truth);
    for (int v = 0; v < VARIANTS; v++) {
        const real *of = p + (size_t)v * (size_t)n;
        double accuracy[MOST_RUNS];
        for (int i = 0; i < n; i++) {
            guess[i] = task_valence(of[i]);
            truth[i] = s->task[0].graded ? (real)s->test[i].valence : task_valence((real)s->test[i].label);
        }
        study_accuracy(s, of, accuracy);
        row[v].accuracy = mm_mean_sd(accuracy, s->runs);
        row[v].all = study_difference(s, of, NULL);
        row[v].above = study_difference(s, of, p + (size_t)REFERENCE * (size_t)n);
        row[v].scores = mm_sentiment_scores(guess, truth, n, false);
        variant_name(v, &s->task[0], row[v].name);
    }
    free(guess);
    free(truth);
}

static void predict(const Study *s, real *p)
{
    for (int v = 0; v < VARIANTS; v++) {
        const Disturb d = variant_disturb(v, (Disturb){0});
        study_predict(s, variant[v].fusion, &d, variant[v].rule, p + (size_t)v * (size_t)(s->runs * TESTED));
    }
}

/* ---- what is printed ---- */

static const char *verdict(const Row *row, int v)
{
    const Interval *x = &row[v].above;
    return v == REFERENCE ? "" : x->low > 0 ? "better" : x->high < 0 ? "worse" : "noise";
}

static void print_row(const Study *s, const Row *row, int v)
{
    const Row *r = &row[v];
    printf("  %-16s %.3f ± %.3f  %.3f-%.3f   %.3f  %.3f", r->name, r->accuracy.mean, r->accuracy.sd, r->all.low, r->all.high,
           r->scores.balanced, r->scores.weighted_f1);
    if (s->task[0].graded) {
        printf("  %.2f  %5.2f  %.3f", r->scores.mae, r->scores.pearson, r->scores.acc7);
    }
    if (v == REFERENCE) {
        printf("\n");
    } else {
        printf("  %+.3f  %+.3f to %+.3f  %s\n", r->above.value, r->above.low, r->above.high, verdict(row, v));
    }
}

/* What needs no model: guessing, and always saying the more frequent. */
static void print_baselines(const Study *s)
{
    int n = s->runs * TESTED;
    real *truth = mm_take((size_t)n, sizeof *truth), *nothing = mm_take((size_t)n, sizeof *nothing);
    double majority = study_majority(s);
    for (int i = 0; i < n; i++) {
        truth[i] = s->task[0].graded ? (real)s->test[i].valence : 0;
    }
    printf("  %-16s %.3f\n  %-16s %.3f", "chance", 0.5, "always the same", majority);
    if (s->task[0].graded) { /* the valence that is always said is 0 */
        printf("                          0.500         %.2f   0.00  %.3f", mm_mae(nothing, truth, n),
               mm_rounded_accuracy(nothing, truth, n, 3));
    }
    printf("\n");
    free(truth);
    free(nothing);
}

static void print_table(const Study *s, const Row *row, double seconds)
{
    const Task *t = &s->task[0];
    printf("%s\n%s: %s or %s? %d runs, each with another fifth of the sentences, voices and faces as the test\n\n", t->source,
           t->name, t->yes, t->no, s->runs);
    printf("  %-16s %-14s %-12s  %-5s  %-5s%s  above \"late, product\"\n", "", "accuracy", "95 %", "balan", "F1",
           t->graded ? "  MAE   corr  Acc-7" : "");
    print_baselines(s);
    for (int v = 0; v < VARIANTS; v++) {
        print_row(s, row, v);
    }
    printf("\naccuracy: mean and standard deviation of the runs; 95 %%: a bootstrap of the %d triples tested, by sentence\n"
           "noise: the interval of the difference holds 0, so this table cannot tell which is better\n"
           "%d models in %.0f s\n",
           s->runs * TESTED, s->runs * FUSIONS, seconds);
}

static json_t *interval_json(const Interval *x)
{
    return json_pack("[f, f, f]", x->value, x->low, x->high);
}

static void print_json(const Study *s, const Row *row, double seconds)
{
    json_t *rows = json_array();
    for (int v = 0; v < VARIANTS; v++) {
        const Row *r = &row[v];
        json_array_append_new(rows,
                              json_pack("{s:s, s:f, s:f, s:o, s:o, s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "fusion", r->name,
                                        "accuracy", r->accuracy.mean, "sd", r->accuracy.sd, "interval", interval_json(&r->all),
                                        "above late, product", interval_json(&r->above), "verdict", verdict(row, v), "balanced",
                                        r->scores.balanced, "weighted F1", r->scores.weighted_f1, "MAE", r->scores.mae,
                                        "correlation", r->scores.pearson, "Acc-7", r->scores.acc7, "Acc-5", r->scores.acc5));
    }
    json_t *j = json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:o}", "data", s->task[0].source, "task", s->task[0].name, "runs",
                          s->runs, "triples of a test", TESTED, "chance", 0.5, "majority", study_majority(s), "seconds", seconds,
                          "rows", rows);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

/* teach: the fusions learn from what models of sentiment say. */
static bool run(const StudyOptions *o, Question (*question)(const Fold *fold), bool teach, Error *err)
{
    Study s;
    Recipe recipe[FUSIONS];
    double start = mm_seconds();
    study_all_fusions(&o->recipe, recipe);
    if (!study_new(o, question, &s, err)) {
        return false;
    }
    bool ok = (!teach || study_teach(&s, o, err)) && study_learn(&s, o, recipe, FUSIONS, err);
    if (ok) {
        real *p = mm_take((size_t)(VARIANTS * s.runs * TESTED), sizeof *p);
        Row row[VARIANTS];
        predict(&s, p);
        score(&s, p, row);
        (o->common.json ? print_json : print_table)(&s, row, mm_seconds() - start);
        free(p);
    }
    study_free(&s);
    return ok;
}

/* What people mean is no column of a table. */
static error_t parse_conflict(int key, char *arg, struct argp_state *state)
{
    const StudyOptions *o = state->input;
    if (key == ARGP_KEY_END && o->table) {
        argp_error(state, "--triples: conflict composes its own, since a table does not say what is meant as irony");
    }
    return study_parse(key, arg, state);
}

static int command(int argc, char **argv, const char *doc, Question (*question)(const Fold *fold), bool teach)
{
    StudyOptions o = study_defaults(5);
    const struct argp argp = {.parser = teach ? parse_conflict : study_parse, .children = study_children, .doc = doc};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, question, teach, &err) ? 0 : mm_program_error(&err);
}

int command_compare(int argc, char **argv)
{
    return command(
        argc, argv,
        "Sentiment from text, voice and face: each modality alone, four rules of late fusion, and six other ways, trained and "
        "tested five times.",
        question_sentiment, false);
}

int command_conflict(int argc, char **argv)
{
    return command(
        argc, argv,
        "Irony: are the words meant as they are said, or do voice and face contradict them? No modality knows it by itself, so "
        "no sum of their decisions does. Models of sentiment say how positive each item is that they have not seen, and from "
        "that the fusions learn.",
        question_irony, true);
}
