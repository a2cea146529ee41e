/* curves.c: the course of a run as a table, and as figures by gnuplot. */
#include "train.h"

#include <math.h>
#include <stdlib.h>

static const char *const columns[LOG_COLUMNS] = {"loss", "temperature", "lr", "R10_first", "R10_second"};

static const char style[] = "set terminal svg size 720,400 font 'DejaVu Sans,12' background 'white'\n"
                            "set datafile separator '\\t'\nset datafile missing '?'\nset grid lc rgb '#dddddd'\n"
                            "set xlabel 'step'\nset xrange [0:*]\nset border 3\nset tics nomirror\n";

/* Adds to the script of which n characters are there; returns how many it has then. */
static int draw_recall(char *script, int n, int room, const char *in, const char *out, const PairSet *set)
{
    static const char *const colour[] = {"#d62728", "#2ca02c"};
    n += snprintf(script + n, (size_t)(room - n),
                  "set output '%s/recall.svg'\nset title 'Image to text'\nset ylabel 'R\\@10'\nset yrange [0:1]\n"
                  "set key bottom right\nplot ",
                  out);
    for (int i = 0; i < set->tests && n < room; i++) {
        n += snprintf(script + n, (size_t)(room - n),
                      "%s'%s' using 1:%d skip 1 with linespoints pt 7 ps .4 lc rgb '%s' title '%s'", i ? ", " : "", in, 5 + i,
                      colour[i], set->test[i].name);
    }
    return n;
}

bool curves_write(const TrainOptions *o, const Recipe *r, const TrainState *state, int64_t steps, const PairSet *set, Error *err)
{
    char *table = mm_join_path(o->common.out, "log.tsv"), in[2048], out[2048], script[12000];
    if (!mm_history_write(state, steps, columns, table, err)) {
        free(table);
        return false;
    }
    mm_gnuplot_quote(in, sizeof in, table);
    mm_gnuplot_quote(out, sizeof out, o->common.out);
    free(table);
    int n = snprintf(
        script, sizeof script,
        "%sset output '%s/loss.svg'\nset title 'Loss: both ways added'\nset yrange [0:*]\n"
        "plot '%s' using 1:2 skip 1 with lines lc rgb '#1f77b4' title 'loss', %.6f with lines dt 2 lc rgb '#888888' title "
        "'2 ln %d: guessing', %.6f with lines dt 3 lc rgb '#888888' title 'the least that smoothed targets allow'\n"
        "set output '%s/temperature.svg'\nset title 'Temperature: what cosines are divided by'\n"
        "plot '%s' using 1:3 skip 1 with lines lc rgb '#9467bd' notitle\n",
        style, out, in, 2 * log((double)r->batch), r->batch, 2 * mm_smoothed_entropy(r->batch, r->smoothing), out, in);
    n = o->evaluations ? draw_recall(script, n, sizeof script, in, out, set) : n;
    if (n >= (int)sizeof script - 2 || !mm_gnuplot(script)) {
        fprintf(stderr,
                "no curves drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s/log.tsv\n",
                o->common.out);
    }
    return true;
}
