/* fewshot.c: a linear classifier on 1, 2, 4, 8 and 16 pictures of each class. */
#include "fewshot.h"
#include "curves.h"
#include "io/memory.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

static const double strength = 0.316; /* C, as in openai/CLIP's README; there are no pictures left to choose it on */

Set set_take(const real *x, const int *y, const int *order, int n, size_t D)
{
    Set s = {mm_take((size_t)n * D, sizeof(real)), mm_take((size_t)n, sizeof(int)), n};
    for (int i = 0; i < n; i++) {
        memcpy(s.x + (size_t)i * D, x + (size_t)order[i] * D, D * sizeof *x);
        s.y[i] = y[order[i]];
    }
    return s;
}

void set_free(Set *s)
{
    free(s->x);
    free(s->y);
}

/* The first `shots` pictures of each class in the order given: how many, and which. A class that has fewer gives all. */
static int choose(const Task *t, const int *order, int shots, int *chosen)
{
    int *have = mm_take((size_t)t->n_classes, sizeof *have), n = 0;
    for (int i = 0; i < t->known; i++) {
        int class = t->known_class[order[i]];
        if (have[class] < shots) {
            have[class]++;
            chosen[n++] = order[i];
        }
    }
    free(have);
    return n;
}

static Spread spread(const double *x)
{
    Spread s = {0};
    double squares = 0;
    for (int r = 0; r < REPEATS; r++) {
        s.mean += x[r] / REPEATS;
    }
    for (int r = 0; r < REPEATS; r++) {
        squares += (x[r] - s.mean) * (x[r] - s.mean);
    }
    const double t_4 = 2.776; /* Student's t for REPEATS - 1 degrees of freedom */
    s.half = t_4 * sqrt(squares / (REPEATS - 1) / REPEATS);
    return s;
}

/* Both kinds of features learn from the same pictures. */
static void measure(const Task *t, Features train, Features test, uint64_t seed, Spread *to)
{
    int *order = mm_take((size_t)t->known, sizeof *order), *chosen = mm_take((size_t)t->known, sizeof *chosen);
    for (int s = 0; s < SHOTS; s++) {
        double right[REPEATS];
        for (int r = 0; r < REPEATS; r++) {
            Rng rng = mm_rng(seed + (uint64_t)r, "shots");
            mm_permutation(&rng, order, t->known);
            int n = choose(t, order, 1 << s, chosen);
            Set few = set_take(train.at, t->known_class, chosen, n, (size_t)train.D);
            right[r] = probe_with(few, (Set){test.at, t->truth, t->n}, train.D, t->n_classes, strength);
            set_free(&few);
        }
        to[s] = spread(right);
    }
    free(order);
    free(chosen);
    free(train.at);
    free(test.at);
}

FewShot fewshot_measure(const Clip *clip, const Task *t, uint64_t seed)
{
    FewShot f = {.shot = {1, 2, 4, 8, 16}};
    measure(t, features_of(clip, t->known_picture, t->known, false), features_of(clip, t->picture, t->n, false), seed,
            f.features);
    measure(t, features_pixels(t->known_picture, t->known), features_pixels(t->picture, t->n), seed, f.pixels);
    return f;
}

void fewshot_print(const FewShot *f)
{
    printf("\n  few-shot, C = %g, %d draws, with 95 %% intervals\n  pictures a class   features         pixels\n", strength,
           REPEATS);
    for (int s = 0; s < SHOTS; s++) {
        printf("  %16d   %.3f ± %.3f    %.3f ± %.3f\n", f->shot[s], f->features[s].mean, f->features[s].half, f->pixels[s].mean,
               f->pixels[s].half);
    }
}

json_t *fewshot_json(const FewShot *f)
{
    json_t *rows = json_array();
    for (int s = 0; s < SHOTS; s++) {
        json_array_append_new(rows, json_pack("{s:i, s:f, s:f, s:f, s:f}", "pictures a class", f->shot[s], "features",
                                              f->features[s].mean, "features ±", f->features[s].half, "pixels", f->pixels[s].mean,
                                              "pixels ±", f->pixels[s].half));
    }
    return rows;
}

static bool write_table(const FewShot *f, const char *path, Error *err)
{
    AtomicFile file;
    if (!mm_atomic_open(&file, path, err)) {
        return false;
    }
    fprintf(file.file, "shots\tfeatures\t95%%\tpixels\t95%%\n");
    for (int s = 0; s < SHOTS; s++) {
        fprintf(file.file, "%d\t%.4f\t%.4f\t%.4f\t%.4f\n", f->shot[s], f->features[s].mean, f->features[s].half,
                f->pixels[s].mean, f->pixels[s].half);
    }
    return mm_atomic_commit(&file, err);
}

bool fewshot_draw(const FewShot *f, const Task *t, const double *zero, double all, const char *out, Error *err)
{
    char *folder = mm_join_path(out, "probe"), *table = mm_path(folder, "%s.tsv", t->name), in[2048], to[2048], script[8000];
    bool ok = mm_make_folders(folder, err) && write_table(f, table, err);
    mm_gnuplot_quote(in, sizeof in, table);
    mm_gnuplot_quote(to, sizeof to, folder);
    snprintf(script, sizeof script,
             "set terminal svg size 640,420 font 'DejaVu Sans,12' background 'white'\nset output '%s/%s.svg'\n"
             "set datafile separator '\\t'\nset grid lc rgb '#dddddd'\nset border 3\nset tics nomirror\nset logscale x 2\n"
             "set xrange [0.8:20]\nset yrange [0:*]\nset xtics (1, 2, 4, 8, 16)\nset xlabel 'labelled pictures of each class'\n"
             "set ylabel 'accuracy'\nset key bottom right\nset title '%s: few-shot against zero-shot'\n"
             "plot '%s' using 1:2:3 skip 1 with yerrorlines pt 7 ps .6 lc rgb '#1f77b4' title 'logistic regression on features', "
             "'' using 1:4:5 skip 1 with yerrorlines pt 5 ps .6 lc rgb '#7f7f7f' title 'on pixels', "
             "%.4f with lines dt 2 lc rgb '#d62728' title 'zero-shot, English', %.4f with lines dt 3 lw 2 lc rgb '#2ca02c' title "
             "'zero-shot, Chinese', %.4f with lines dt 4 lc rgb '#1f77b4' title 'features, all labels'\n",
             to, t->name, t->name, in, zero[EN], zero[ZH], all);
    if (ok && !mm_gnuplot(script)) {
        fprintf(stderr, "no figure: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s\n", table);
    }
    free(folder);
    free(table);
    return ok;
}
