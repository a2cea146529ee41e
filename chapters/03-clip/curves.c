/* curves.c: the course of a run as a table, and as figures by gnuplot. */
#include "curves.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const columns[LOG_COLUMNS] = {"loss", "scale", "lr", "en_R1", "en_R10", "zh_R1", "zh_R10"};

static const char style[] = "set terminal svg size 720,400 font 'DejaVu Sans,12' background 'white'\n"
                            "set datafile separator '\\t'\nset datafile missing '?'\nset grid lc rgb '#dddddd'\n"
                            "set xlabel 'step'\nset xrange [0:*]\nset border 3\nset tics nomirror\n";

static const char chinese_curves[] = ", '' using 1:7 skip 1 with linespoints pt 5 ps .4 lc rgb '#2ca02c' title 'R\\@1 Chinese', "
                                     "'' using 1:8 skip 1 with linespoints pt 5 ps .4 lc rgb '#98df8a' title 'R\\@10 Chinese'";

/* Adds to the script of which n characters are there. */
static void draw_recall(char *script, int n, int room, const char *in, const char *out, bool chinese)
{
    snprintf(script + n, (size_t)(room - n),
             "set output '%s/recall.svg'\nset title 'Pictures kept for the test: image to text'\nset ylabel 'Recall'\n"
             "set yrange [0:1]\nset key bottom right\n"
             "plot '%s' using 1:5 skip 1 with linespoints pt 7 ps .4 lc rgb '#d62728' title 'R\\@1%s', "
             "'' using 1:6 skip 1 with linespoints pt 7 ps .4 lc rgb '#ff9896' title 'R\\@10%s'%s\n",
             out, in, chinese ? " English" : "", chinese ? " English" : "", chinese ? chinese_curves : "");
}

bool curves_write(const char *folder, const TrainState *state, int64_t steps, int batch, int languages, Error *err)
{
    char *table = mm_join_path(folder, "log.tsv"), in[2048], out[2048], script[10000];
    if (!mm_history_write(state, steps, columns, table, err)) {
        free(table);
        return false;
    }
    mm_gnuplot_quote(in, sizeof in, table);
    mm_gnuplot_quote(out, sizeof out, folder);
    int n = snprintf(script, sizeof script,
                     "%sset output '%s/loss.svg'\nset title 'Contrastive loss'\nset ylabel 'loss'\nset yrange [0:*]\n"
                     "plot '%s' using 1:2 skip 1 with lines lc rgb '#1f77b4' title 'loss', %.6f with lines dt 2 lc rgb '#888888' "
                     "title 'ln %d: guessing'\n",
                     style, out, in, log((double)batch), batch);
    if (languages) {
        draw_recall(script, n, sizeof script, in, out, languages > 1);
    }
    free(table);
    if (!mm_gnuplot(script)) {
        fprintf(stderr,
                "no curves drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s/log.tsv\n",
                folder);
    }
    return true;
}
