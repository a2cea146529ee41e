/* compare_report.c: a comparison as a table, as JSON, and as a figure. */
#include "compare.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>

/* ---- the table ---- */

/* One seed has no deviation, and says nothing of other seeds. */
static void print_recall(const Comparison *c, int variant, int test, int at)
{
    MeanSd r = comparison_recall(c, variant, test, at);
    if (c->runs > 1) {
        printf("  %.3f ± %.3f", r.mean, r.sd);
    } else {
        printf("  %.3f        ", r.mean);
    }
}

static void print_row(const Comparison *c, int variant, int test)
{
    const Outcome *o = &c->outcome[variant][test];
    printf("  %-26s %6d   %.3f ", c->variant[variant].name, o->pairs, o->pixels.at10);
    print_recall(c, variant, test, AT_1);
    print_recall(c, variant, test, AT_10);
    if (variant != c->experiment->reference) {
        Difference d = comparison_difference(c, variant, test);
        printf("  %+.3f  %+.3f to %+.3f", d.pictures.value, d.pictures.low, d.pictures.high);
        if (c->runs > 1) {
            printf("  %+.3f to %+.3f  %s", d.seeds.low, d.seeds.high, d.verdict);
        } else {
            printf("  not known");
        }
    }
    printf("\n");
}

void comparison_print(const Comparison *c)
{
    const Experiment *e = c->experiment;
    char times[32] = "once";
    if (c->runs > 1) {
        snprintf(times, sizeof times, "%d times", c->runs);
    }
    printf("%s: %s\neach trained %s; every model sees %lld pairs\n", e->name, e->question, times, (long long)c->seen);
    for (int t = 0; t < c->tests; t++) {
        const Test *test = &c->set.test[t];
        Recall chance = measure_chance(test).to_text;
        printf("\n%s: which of %d texts belongs to each of %d pictures?\n\n", test->name, test->texts, test->pictures);
        printf("  %-26s %6s   %-5s   %-13s  %-13s  R@10 less that of \"%s\"\n", "", "pairs", "pixel", "R@1", "R@10",
               c->variant[e->reference].name);
        printf("  %-26s %6s   %-5s   %-13s  %-13s         %-16s  %s\n", "", "", "R@10", "", "", "other pictures", "other seeds");
        printf("  %-26s %6s   %5s   %.3f          %.3f\n", "chance", "", "", chance.at1, chance.at10);
        for (int v = 0; v < c->variants; v++) {
            print_row(c, v, t);
        }
    }
    printf("\npixel: the nearest neighbour in pixels among the same pairs lends its text, of which words are compared\n");
    printf(c->runs > 1
               ? "±: standard deviation of the runs; other pictures, other seeds: 95 %% intervals of the difference\n"
                 "tie: one of the two holds 0, so this table cannot tell which is better\n"
               : "other pictures: 95 %% interval of the difference; what other seeds would give, only --runs 3 can tell\n");
    if (e->fetched && (c->sources.icons.n == 0 || c->sources.emoji.n_styles == MM_STYLES)) {
        printf(
            "more styles of emoji and IconPark's icons would be variants more: `datasets/fetch openmoji emojione1 iconpark`\n");
    }
    printf("%d models in %.0f s\n", c->variants * c->runs, c->seconds);
}

/* ---- JSON ---- */

static json_t *interval_json(const Interval *x)
{
    return json_pack("[f, f]", x->low, x->high);
}

static json_t *row_json(const Comparison *c, int variant, int test)
{
    const Outcome *o = &c->outcome[variant][test];
    MeanSd at1 = comparison_recall(c, variant, test, AT_1), at10 = comparison_recall(c, variant, test, AT_10);
    json_t *j = json_pack("{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f}", "variant", c->variant[variant].name, "pairs", o->pairs,
                          "pixels R@1", o->pixels.at1, "pixels R@10", o->pixels.at10, "R@1", at1.mean, "R@1 sd", at1.sd, "R@10",
                          at10.mean, "R@10 sd", at10.sd);
    if (variant != c->experiment->reference) {
        Difference d = comparison_difference(c, variant, test);
        json_object_set_new(j, "difference", json_real(d.pictures.value));
        json_object_set_new(j, "over pictures", interval_json(&d.pictures));
        if (c->runs > 1) { /* of one seed there is none */
            json_object_set_new(j, "over seeds", interval_json(&d.seeds));
        }
        json_object_set_new(j, "verdict", json_string(d.verdict));
    }
    return j;
}

void comparison_print_json(const Comparison *c)
{
    json_t *tests = json_array();
    for (int t = 0; t < c->tests; t++) {
        Recall chance = measure_chance(&c->set.test[t]).to_text;
        json_t *rows = json_array();
        for (int v = 0; v < c->variants; v++) {
            json_array_append_new(rows, row_json(c, v, t));
        }
        json_array_append_new(tests, json_pack("{s:s, s:i, s:f, s:f, s:o}", "test", c->set.test[t].name, "pictures",
                                               c->set.test[t].pictures, "chance R@1", chance.at1, "chance R@10", chance.at10,
                                               "variants", rows));
    }
    json_t *j = json_pack("{s:s, s:i, s:I, s:f, s:o}", "compared", c->experiment->name, "runs", c->runs, "pairs seen",
                          (json_int_t)c->seen, "seconds", c->seconds, "tests", tests);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

/* ---- the figure ---- */

static bool write_table(const Comparison *c, const char *path, Error *err)
{
    AtomicFile f;
    if (!mm_atomic_open(&f, path, err)) {
        return false;
    }
    fprintf(f.file, "variant");
    for (int t = 0; t < c->tests; t++) {
        fprintf(f.file, "\tR@10, %s\tsd\tpixels\tchance", c->set.test[t].name);
    }
    for (int v = 0; v < c->variants; v++) {
        fprintf(f.file, "\n%s", c->variant[v].name);
        for (int t = 0; t < c->tests; t++) {
            MeanSd at10 = comparison_recall(c, v, t, AT_10);
            fprintf(f.file, "\t%.4f\t%.4f\t%.4f\t%.4f", at10.mean, at10.sd, c->outcome[v][t].pixels.at10,
                    measure_chance(&c->set.test[t]).to_text.at10);
        }
    }
    fputc('\n', f.file);
    return mm_atomic_commit(&f, err);
}

/* A panel for each test: R@10 with the standard deviation of the runs, the pixel nearest neighbour, chance. */
static bool plot(const Comparison *c, const char *table, const char *figure)
{
    char in[2048], out[2048], script[12000];
    mm_gnuplot_quote(in, sizeof in, table);
    mm_gnuplot_quote(out, sizeof out, figure);
    int n = snprintf(script, sizeof script,
                     "set terminal svg size %d,420 font 'DejaVu Sans,12' background 'white'\nset output '%s'\n"
                     "set datafile separator '\\t'\nset grid ytics lc rgb '#dddddd'\nset border 3\nset tics nomirror\n"
                     "set xtics rotate by 30 right font ',10'\nset xrange [-0.5:%d.5]\nset yrange [0:*]\nset ylabel 'R\\@10'\n"
                     "set key outside bottom center horizontal font ',10'\nset multiplot layout 1,%d\n",
                     480 * c->tests, out, c->variants - 1, c->tests);
    for (int t = 0; t < c->tests && n < (int)sizeof script; t++) {
        int column = 2 + 4 * t;
        n += snprintf(
            script + n, sizeof script - (size_t)n,
            "set title \"%s\"\nplot '%s' using 0:%d:%d:xtic(1) skip 1 with %s pt 7 ps .6 lc rgb '#1f77b4' title 'model', "
            "'' using 0:%d skip 1 with points pt 4 ps .6 lc rgb '#ff7f0e' title 'pixel nearest neighbour', "
            "'' using 0:%d skip 1 with lines dt 2 lc rgb '#888888' title 'chance'\n",
            c->set.test[t].name, in, column, column + 1, c->experiment->curve ? "yerrorlines" : "yerrorbars", column + 2,
            column + 3);
    }
    n += snprintf(script + n, n < (int)sizeof script ? sizeof script - (size_t)n : 0, "unset multiplot\n");
    return n < (int)sizeof script && mm_gnuplot(script);
}

bool comparison_draw(const Comparison *c, const char *out, Error *err)
{
    char *table = mm_path(out, "compare-%s.tsv", c->experiment->name),
         *figure = mm_path(out, "compare-%s.svg", c->experiment->name);
    bool ok = mm_make_folders(out, err) && write_table(c, table, err);
    if (ok && !plot(c, table, figure)) {
        fprintf(stderr, "no figure drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s\n",
                table);
    }
    free(table);
    free(figure);
    return ok;
}
