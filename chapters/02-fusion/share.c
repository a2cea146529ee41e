/* share.c: `fusion share`: how much of the gradient each modality gets while a model is trained, as text and as a figure. */
#include "io/memory.h"
#include "mm/inspect.h"
#include "program.h"
#include "study.h"

#include <jansson.h>
#include <stdio.h>

enum { PARTS = MM_MODALITIES + 1, EVERY = 4, MOST_LOOKS = 4000, DRAWN = 3 }; /* the last part: what all share */

/* What an onlooker wrote down of one training run. */
typedef struct Shares {
    int n;
    float (*part)[PARTS];
} Shares;

typedef struct Shown {
    double early[PARTS], late[PARTS]; /* the mean over the first tenth of the steps, and over the second half */
    double accuracy;
} Shown;

static const char *part_name(int part)
{
    return part < MM_MODALITIES ? mm_modality_name[part] : "fusion";
}

/* [gradient_share] of module M: sum over its parameters of |gradient|^2 / the same of all parameters */
static bool onlook(void *context, int step, int steps, Graph *g, const Tensor *loss, Error *err)
{
    Shares *s = context;
    (void)steps, (void)err;
    if (loss && step % EVERY == 0 && s->n < MOST_LOOKS) {
        GradientShare share[MM_MAX_SHARES];
        int n = mm_gradient_shares(g, share, MM_MAX_SHARES);
        for (int i = 0; i < n; i++) {
            int part = 0;
            while (part < MM_MODALITIES && strcmp(share[i].module, mm_modality_name[part]) != 0) {
                part++;
            }
            s->part[s->n][part] += (float)share[i].share;
        }
        s->n++;
    }
    return true;
}

static void mean_over(const Shares *s, int from, int to, double *mean)
{
    for (int part = 0; part < PARTS; part++) {
        mean[part] = 0;
        for (int i = from; i < to; i++) {
            mean[part] += (double)s->part[i][part] / (to - from);
        }
    }
}

static void print_table(const Study *s, const Shown *shown)
{
    printf("%s\nShares of the squared length of the gradient of all parameters, while %s is learned\n\n  %-11s",
           s->feelings.source, s->task[0].name, "");
    printf("%-36s%-36s%s\n  %-11s", "the first tenth of the steps", "the second half", "accuracy", "");
    for (int i = 0; i < 2 * PARTS; i++) {
        printf("%-8s%s", part_name(i % PARTS), i % PARTS == PARTS - 1 ? "    " : "");
    }
    printf("\n");
    for (int f = 0; f < FUSIONS; f++) {
        printf("  %-11s", fusion_name[f]);
        for (int i = 0; i < 2 * PARTS; i++) {
            printf("%-8.3f%s", i < PARTS ? shown[f].early[i] : shown[f].late[i - PARTS], i % PARTS == PARTS - 1 ? "    " : "");
        }
        printf("%.3f\n", shown[f].accuracy);
    }
    printf("  %-83s%.3f\n  %-83s%.3f\n", "chance", 0.5, "always the same", study_majority(s));
}

static void print_json(const Study *s, const Shown *shown)
{
    json_t *rows = json_array();
    for (int f = 0; f < FUSIONS; f++) {
        json_t *row = json_pack("{s:s, s:f}", "fusion", fusion_name[f], "accuracy", shown[f].accuracy);
        for (int late = 0; late < 2; late++) {
            json_t *parts = json_object();
            for (int i = 0; i < PARTS; i++) {
                json_object_set_new(parts, part_name(i), json_real(late ? shown[f].late[i] : shown[f].early[i]));
            }
            json_object_set_new(row, late ? "second half" : "first tenth", parts);
        }
        json_array_append_new(rows, row);
    }
    json_t *j = json_pack("{s:s, s:s, s:f, s:f, s:o}", "data", s->feelings.source, "task", s->task[0].name, "chance", 0.5,
                          "majority", study_majority(s), "rows", rows);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

/* OUT/share.tsv, and OUT/share.svg for early, late and hybrid: stacked, smoothed over a fiftieth of the run. */
static bool draw(const Shares *shares, const char *out, Error *err)
{
    static const FusionKind drawn[DRAWN] = {FUSE_EARLY, FUSE_LATE, FUSE_HYBRID};
    char *path = mm_join_path(out, "share.tsv"), folder[2048], script[6000];
    AtomicFile f;
    bool ok = mm_make_folders(out, err) && mm_atomic_open(&f, path, err);
    if (ok) {
        fprintf(f.file, "fusion\tstep\ttext\tvoice\tface\tfusion\n");
        for (int k = 0; k < DRAWN; k++) {
            const Shares *s = &shares[drawn[k]];
            int wide = s->n / 50 + 1;
            for (int i = 0; i + wide <= s->n; i += wide) {
                double mean[PARTS];
                mean_over(s, i, i + wide, mean);
                fprintf(f.file, "%s\t%d\t%.4f\t%.4f\t%.4f\t%.4f\n", fusion_name[drawn[k]], i * EVERY + 1, mean[0], mean[1],
                        mean[2], mean[3]);
            }
        }
        ok = mm_atomic_commit(&f, err);
    }
    mm_gnuplot_quote(folder, sizeof folder, out);
    snprintf(
        script, sizeof script,
        "set terminal svg size 960,340 font 'DejaVu Sans,12' background 'white'\nset output '%s/share.svg'\n"
        "set datafile separator '\\t'\nset border 3\nset tics nomirror\nset yrange [0:1]\nset autoscale xfix\nset xlabel 'step'\n"
        "set key outside bottom center horizontal font ',10'\nset multiplot layout 1,3\n"
        "do for [k in 'early late hybrid'] {\nset title k\nplot "
        "'%s/share.tsv' using 2:(strcol(1) eq k ? 1 : NaN) skip 1 with filledcurves y1=0 lc rgb '#bbbbbb' title 'fusion', "
        "'' using 2:(strcol(1) eq k ? $3+$4+$5 : NaN) skip 1 with filledcurves y1=0 lc rgb '#2ca02c' title 'face', "
        "'' using 2:(strcol(1) eq k ? $3+$4 : NaN) skip 1 with filledcurves y1=0 lc rgb '#ff7f0e' title 'voice', "
        "'' using 2:(strcol(1) eq k ? $3 : NaN) skip 1 with filledcurves y1=0 lc rgb '#1f77b4' title 'text'\n}\n"
        "unset multiplot\n",
        folder, folder);
    free(path);
    if (ok && !mm_gnuplot(script)) {
        fprintf(stderr,
                "no figure drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s/share.tsv\n",
                out);
    }
    return ok;
}

static bool learn_all(Study *s, const StudyOptions *o, Shares *shares, Shown *shown, Error *err)
{
    Recipe recipe[FUSIONS];
    study_all_fusions(&o->recipe, recipe);
    study_jobs(s, o, recipe, FUSIONS);
    for (int f = 0; f < FUSIONS; f++) {
        s->job[f].onlook = onlook;
        s->job[f].context = &shares[f];
    }
    if (!jobs_run(s->job, FUSIONS, err)) {
        return false;
    }
    real *p = mm_take(TESTED, sizeof *p);
    for (int f = 0; f < FUSIONS; f++) {
        study_predict(s, f, &(Disturb){0}, LATE_PRODUCT, p);
        study_accuracy(s, p, &shown[f].accuracy);
        mean_over(&shares[f], 0, shares[f].n / 10 + 1, shown[f].early);
        mean_over(&shares[f], shares[f].n / 2, shares[f].n, shown[f].late);
    }
    free(p);
    return true;
}

static bool run(const StudyOptions *o, Error *err)
{
    Study s;
    Shares shares[FUSIONS];
    Shown shown[FUSIONS];
    if (!study_new(o, question_sentiment, &s, err)) {
        return false;
    }
    for (int f = 0; f < FUSIONS; f++) {
        shares[f] = (Shares){.part = mm_take(MOST_LOOKS, sizeof *shares[f].part)};
    }
    bool ok = learn_all(&s, o, shares, shown, err);
    if (ok) {
        (o->common.json ? print_json : print_table)(&s, shown);
        ok = draw(shares, o->common.out, err);
    }
    for (int f = 0; f < FUSIONS; f++) {
        free(shares[f].part);
    }
    study_free(&s);
    return ok;
}

int command_share(int argc, char **argv)
{
    StudyOptions o = study_defaults(1);
    const struct argp argp = {
        .children = study_children,
        .parser = study_parse,
        .doc = "Each modality's share of the gradient while a model is trained, for each way to fuse: a table, and "
               "OUT/share.svg for early, late and hybrid."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    o.runs = 1;
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
