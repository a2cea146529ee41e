/* noise.c: `fusion noise`: what is left when one modality is noisy, as a table and as a figure. */
#include "conditions.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>

enum { LEVELS = 5, CONDITIONS = MM_MODALITIES * LEVELS };
static const double level[LEVELS] = {0, 0.5, 1, 2, 4};

static void make_conditions(Condition *condition, char name[CONDITIONS][32])
{
    for (int i = 0; i < CONDITIONS; i++) {
        int m = i / LEVELS;
        condition[i] = (Condition){.name = name[i]};
        condition[i].disturb.noise[m] = level[i % LEVELS];
        snprintf(name[i], sizeof name[i], "%s, noise %g", mm_modality_name[m], level[i % LEVELS]);
    }
}

static void print_table(const Conditions *c)
{
    printf("%s\nsentiment, accuracy of %d runs, each with another fifth as the test, with noise in one modality\n\n  %-16s",
           c->source, c->runs, "");
    for (int m = 0; m < MM_MODALITIES; m++) {
        printf("  %-*s", 7 * LEVELS, mm_modality_name[m]);
    }
    printf("\n  %-16s", "noise");
    for (int i = 0; i < CONDITIONS; i++) {
        printf("%s%-5g", i % LEVELS ? "  " : "  ", level[i % LEVELS]);
        printf("%s", i % LEVELS == LEVELS - 1 ? "  " : "");
    }
    printf("\n  %-16s  0.500\n  %-16s  %.3f\n", "chance", "always the same", c->majority);
    for (int k = 0; k < c->kinds; k++) {
        printf("  %-16s", fusion_name[c->recipe[k].fusion]);
        for (int i = 0; i < CONDITIONS; i++) {
            printf("  %.3f%s", c->accuracy[k * CONDITIONS + i].mean, i % LEVELS == LEVELS - 1 ? "  " : "");
        }
        printf("\n");
    }
    printf("\nnoise x: words are replaced by others with probability x / (1 + x); to frames and pixels, whose standard deviation "
           "is 1, a normal\n"
           "number times x is added. %d models in %.0f s\n",
           c->kinds * c->runs, c->seconds);
}

/* OUT/noise.tsv and OUT/noise.svg: a panel for each modality, a line for each fusion. */
static bool draw(const Conditions *c, const char *out, Error *err)
{
    char *path = mm_join_path(out, "noise.tsv"), folder[2048], script[6000];
    AtomicFile f;
    bool ok = mm_make_folders(out, err) && mm_atomic_open(&f, path, err);
    if (ok) {
        fprintf(f.file, "modality\tnoise");
        for (int k = 0; k < c->kinds; k++) {
            fprintf(f.file, "\t%s", fusion_name[c->recipe[k].fusion]);
        }
        for (int i = 0; i < CONDITIONS; i++) {
            fprintf(f.file, "\n%s\t%g", mm_modality_name[i / LEVELS], level[i % LEVELS]);
            for (int k = 0; k < c->kinds; k++) {
                fprintf(f.file, "\t%.4f", c->accuracy[k * CONDITIONS + i].mean);
            }
        }
        fputc('\n', f.file);
        ok = mm_atomic_commit(&f, err);
    }
    mm_gnuplot_quote(folder, sizeof folder, out);
    snprintf(
        script, sizeof script,
        "set terminal svg size 960,360 font 'DejaVu Sans,12' background 'white'\nset output '%s/noise.svg'\n"
        "set datafile separator '\\t'\nset grid lc rgb '#dddddd'\nset border 3\nset tics nomirror\nset yrange [0.45:1]\n"
        "set xlabel 'noise'\nset key bottom left font ',9'\nset multiplot layout 1,3\n"
        "do for [m in 'text voice face'] {\nset title 'noise in the '.m\n"
        "plot for [k=3:%d] '%s/noise.tsv' using (strcol(1) eq m ? $2 : NaN):k with linespoints pt 7 ps .4 title columnheader(k), "
        "0.5 with lines dt 2 lc rgb '#888888' title 'chance'\nunset key\n}\nunset multiplot\n",
        folder, c->kinds + 2, folder);
    free(path);
    if (ok && !mm_gnuplot(script)) {
        fprintf(stderr,
                "no figure drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s/noise.tsv\n",
                out);
    }
    return ok;
}

int command_noise(int argc, char **argv)
{
    StudyOptions o = study_defaults(3);
    const struct argp argp = {
        .children = study_children,
        .parser = study_parse,
        .doc = "Sentiment when one modality is noisy at test time, for each way to fuse: a table, and OUT/noise.svg."};
    Recipe recipe[FUSIONS];
    Condition condition[CONDITIONS];
    char name[CONDITIONS][32];
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    study_all_fusions(&o.recipe, recipe);
    make_conditions(condition, name);
    Conditions c = {.kinds = FUSIONS, .n = CONDITIONS, .recipe = recipe, .condition = condition};
    if (!conditions_measure(&o, &c, &err)) {
        return mm_program_error(&err);
    }
    (o.common.json ? conditions_print_json : print_table)(&c);
    bool ok = draw(&c, o.common.out, &err);
    free(c.accuracy);
    return ok ? 0 : mm_program_error(&err);
}
