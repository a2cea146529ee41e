/* map.c: `representations map METHOD`: pictures and names on a plane. */
#include "commands.h"
#include "io/memory.h"
#include "measure.h"

#include <math.h>
#include <stdio.h>

/* Principal components of the rows of x (n, D): their coordinates in the two directions in which they vary most (n, 2), and which part of
 * the variance that is. false: no decomposition was found. */
static bool principal_plane(const real *x, int n, int D, real *plane, double *part)
{
    size_t size = (size_t)n * (size_t)D;
    real *centred = mm_take(size, sizeof *centred), *covariance = mm_take((size_t)D * (size_t)D, sizeof *covariance);
    real *variance = mm_take((size_t)D, sizeof *variance);
    for (int d = 0; d < D; d++) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += (double)x[i * D + d];
        }
        for (int i = 0; i < n; i++) {
            centred[i * D + d] = (real)((double)x[i * D + d] - sum / n);
        }
    }
    mm_gemm(1, D, D, n, 1 / (real)n, (Mat){centred, 1, D, 0}, (Mat){centred, D, 1, 0}, 0, (Mat){covariance, D, 1, 0});
    bool ok = mm_eigh(D, covariance, variance); /* rising: the last two columns */
    if (ok) {
        double all = 0;
        for (int d = 0; d < D; d++) {
            all += (double)variance[d];
        }
        *part = (double)(variance[D - 1] + variance[D - 2]) / all;
        mm_gemm(1, n, 2, D, 1, (Mat){centred, D, 1, 0}, (Mat){covariance + D - 2, D, 1, 0}, 0, (Mat){plane, 2, 1, 0});
    }
    free(centred);
    free(covariance);
    free(variance);
    return ok;
}

static void to_unit(real *x, int D)
{
    double length = sqrt(mm_sum_squares(x, (size_t)D));
    for (int d = 0; d < D && length > 0; d++) {
        x[d] = (real)((double)x[d] / length);
    }
}

/* x, y, group, 0 for a picture and 1 for a name; then what it is */
static bool write_points(const char *path, const Set *s, const Embedded *e, const real *plane, Error *err)
{
    AtomicFile f;
    if (!mm_atomic_open(&f, path, err)) {
        return false;
    }
    fprintf(f.file, "x\ty\tgroup\tname\twhat\n");
    for (int i = 0; i < 2 * e->n; i++) {
        int concept = e->concept[i % e->n];
        fprintf(f.file, "%.5g\t%.5g\t%d\t%d\t%s\n", (double)plane[2 * i + 1], (double)plane[2 * i], s->level[GROUP].of[concept],
                i >= e->n, set_name(s, concept, EN));
    }
    return mm_atomic_commit(&f, err);
}

static const char *const colour[] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"};
enum { COLOURS = sizeof colour / sizeof *colour };

static void draw_points(const char *table, const char *svg, const Set *s, const Method *method)
{
    char in[2048], out[2048], script[16000];
    mm_gnuplot_quote(in, sizeof in, table);
    mm_gnuplot_quote(out, sizeof out, svg);
    int n = snprintf(
        script, sizeof script,
        "set terminal svg size 860,560 font 'DejaVu Sans,12' background 'white'\nset output '%s'\nset datafile separator "
        "'\\t'\nset border 0\nunset tics\nset key outside right\nset title '%s: pictures (dots) and English names (crosses), "
        "two principal components'\nplot ",
        out, method->name);
    for (int c = 0; c < s->level[GROUP].classes[EN].n && n < (int)sizeof script; c++) {
        for (int name = 0; name < 2 && n < (int)sizeof script; name++) {
            n += snprintf(script + n, sizeof script - (size_t)n,
                          "'%s' using ($3==%d && $4==%d ? $1 : NaN):2 skip 1 with points pt %d ps %s lc rgb '%s' %s%s%s, ", in, c,
                          name, name ? 2 : 7, name ? ".5" : ".35", colour[c % COLOURS], name ? "notitle" : "title '",
                          name ? "" : set_class(s, GROUP, c), name ? "" : "'");
        }
    }
    if (!mm_gnuplot(script)) {
        fprintf(stderr, "no figure drawn: gnuplot did not run (Debian: apt-get install gnuplot-nox); the numbers are in %s\n",
                table);
    }
}

static bool map(const MethodOptions *o, Error *err)
{
    Set s;
    Model m;
    if (o->method->parts) {
        return mm_error(err, "%s has no single point for a picture or a text, so there is no map of it", o->method->name);
    }
    if (!load_both(o, o->method, &s, &m, err)) {
        return false;
    }
    Embedded e = embed_tests(&m, &s);
    int D = e.width;
    size_t half = (size_t)e.n * (size_t)D;
    double part = 0;
    real *all = mm_take(2 * half, sizeof *all), *plane = mm_take(4 * (size_t)e.n, sizeof *plane);
    memcpy(all, e.image, half * sizeof *all);
    memcpy(all + half, e.text[EN], half * sizeof *all);
    for (int i = 0; i < 2 * e.n && o->method->directions; i++) {
        to_unit(all + (size_t)i * (size_t)D, D);
    }
    char *folder = method_folder(&o->common, o->method), *table = mm_join_path(folder, "map.tsv"),
         *svg = mm_join_path(folder, "map.svg");
    bool ok = (principal_plane(all, 2 * e.n, D, plane, &part) || mm_error(err, "the embeddings have no finite covariance")) &&
              write_points(table, &s, &e, plane, err);
    if (ok) {
        Result r = measure(&m, &s, &e);
        draw_points(table, svg, &s, o->method);
        printf("%s: %d pictures of the style \"%s\" and their names; the plane holds %.0f %% of the variance\nmodality gap %.3f; "
               "mean cosine "
               "of pairs %.3f, of others %.3f, of two pictures %.3f, of two names %.3f\n%s   %s\n",
               o->method->name, e.n, s.style, 100 * part, r.gap.distance, r.gap.pairs, r.gap.others, r.gap.within_a,
               r.gap.within_b, svg, table);
    }
    free(folder);
    free(table);
    free(svg);
    free(all);
    free(plane);
    embedded_free(&e);
    model_free(&m);
    set_free(&s);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return method_argument(key, arg, state, state->input);
}

int command_map(int argc, char **argv)
{
    const struct argp argp = {
        .parser = parse,
        .args_doc = METHOD_ARGUMENT,
        .children = chapter_options,
        .doc = "Draws pictures and names in the plane in which they vary most, and prints the gap between them."};
    MethodOptions o = {.common = common_defaults()};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return map(&o, &err) ? 0 : mm_program_error(&err);
}
