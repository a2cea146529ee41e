/* traverse.c: `representations traverse METHOD`: from pictures up through what they are. */
#include "commands.h"
#include "io/memory.h"
#include "walk.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { STEPS = 50, MOST = 16 };
static const char *const default_names[] = {"cat face", "red apple", "guitar", "fire engine"};

typedef struct TraverseOptions {
    MethodOptions of;
    const char *name[MOST];
    int n;
    bool cones;
} TraverseOptions;

typedef struct Ways {
    Embedded e;
    Stations t;
    int *station; /* (e.n, STEPS) */
} Ways;

/* Of trained [0] and held-out [1] concepts: how many ways pass the right class of each level, and both, the subgroup first. */
typedef struct Passed {
    double level[2][LEVELS], both[2], texts[2]; /* texts: different ones on a way, the root not counted */
} Passed;

static int first_at(const int *way, int station)
{
    for (int i = 0; i < STEPS; i++) {
        if (way[i] == station) {
            return i;
        }
    }
    return STEPS;
}

static int count_texts(const int *way, int root)
{
    int n = 0;
    for (int i = 0; i < STEPS; i++) {
        n += way[i] != root && first_at(way, way[i]) == i;
    }
    return n;
}

static Passed count_passed(const Ways *w, const Set *s)
{
    Passed p = {0};
    int count[2] = {0};
    for (int i = 0; i < w->e.n; i++) {
        int u = w->e.unseen[i], at[LEVELS];
        const int *way = w->station + (size_t)i * STEPS;
        for (int k = 0; k < LEVELS; k++) {
            at[k] = first_at(way, station_of_class(&w->t, k, s->level[k].of[w->e.concept[i]]));
            p.level[u][k] += at[k] < STEPS;
        }
        p.both[u] += at[SUBGROUP] < at[GROUP] && at[GROUP] < STEPS;
        p.texts[u] += count_texts(way, w->t.n);
        count[u]++;
    }
    for (int u = 0; u < 2; u++) {
        for (int k = 0; k < LEVELS; k++) {
            p.level[u][k] /= count[u];
        }
        p.both[u] /= count[u];
        p.texts[u] /= count[u];
    }
    return p;
}

/* The mean distance from the root: hyperbolic, or 1 less the cosine. */
static double mean_distance(const Model *m, const Stations *t, const real *x, int n)
{
    double sum = 0;
    real *scores = score_all(m, x, n, t->width, t->text + (size_t)t->n * (size_t)t->width, 1, t->width);
    for (int i = 0; i < n; i++) {
        sum += m->curvature ? -(double)scores[i] : 1 - (double)scores[i];
    }
    free(scores);
    return sum / n;
}

static void distances(const Model *m, const Ways *w, double d[4])
{
    const Stations *t = &w->t;
    d[3] = mean_distance(m, t, w->e.image, w->e.n);
    d[2] = mean_distance(m, t, t->text, t->names);
    for (int k = 0; k < LEVELS; k++) {
        d[1 - k] = mean_distance(m, t, t->text + (size_t)station_of_class(t, k, 0) * (size_t)t->width, t->of_level[k]);
    }
}

static int row_of(const Embedded *e, int concept)
{
    int i = 0;
    while (e->concept[i] != concept) {
        i++;
    }
    return i;
}

static void print_way(const Ways *w, const Set *s, int concept)
{
    const int *way = w->station + (size_t)row_of(&w->e, concept) * STEPS;
    printf("%s%s, %s, %s:\n  ", set_name(s, concept, EN), set_unseen(s, concept) ? " (held out)" : "",
           set_class(s, SUBGROUP, s->level[SUBGROUP].of[concept]), set_class(s, GROUP, s->level[GROUP].of[concept]));
    for (int i = 0; i < STEPS; i++) {
        if (first_at(way, way[i]) == i) {
            printf(" %s%s", i ? "> " : "", station_name(&w->t, s, &w->e, way[i]));
        }
    }
    printf("\n");
}

static const char *const cone_of[KINDS] = {[SUBGROUP] = "subgroup", [GROUP] = "group", [OF_NAME] = "name"};

static void print_cones(const Model *m, const Ways *w, const Set *s)
{
    static const int order[KINDS] = {GROUP, SUBGROUP, OF_NAME};
    Cones c = count_cones(m, s, &w->e, &w->t);
    printf("\npictures in the cone of      its own (trained, held out)   another (trained, held out)\n");
    for (int i = 0; i < KINDS; i++) {
        int k = order[i];
        printf("  %-26s %11.3f %11.3f %17.3f %11.3f\n", cone_of[k], c.own[k][0], c.own[k][1], c.other[k][0], c.other[k][1]);
    }
}

static void print_text(const Model *m, const Ways *w, const Set *s, const int *concept, int n, bool cones)
{
    static const char *const of[] = {"trained concepts", "held-out concepts"};
    Passed p = count_passed(w, s);
    double d[4];
    distances(m, w, d);
    printf("%s: from pictures of the style \"%s\" to the root in %d steps; at each, the nearest text%s\n\n", m->method->name,
           s->style, STEPS, cones && m->method->outside ? " whose cone holds the point" : "");
    for (int i = 0; i < n; i++) {
        print_way(w, s, concept[i]);
    }
    printf("\n%-20s passes its subgroup   its group   both, in this order   texts on the way\n", "");
    for (int u = 0; u < 2; u++) {
        printf("%-20s %17.3f %11.3f %21.3f %18.1f\n", of[u], p.level[u][SUBGROUP], p.level[u][GROUP], p.both[u], p.texts[u]);
    }
    printf("%-20s %17.3f %11.3f\n", "chance, one station", 1.0 / w->t.of_level[SUBGROUP], 1.0 / w->t.of_level[GROUP]);
    printf("\nmean distance from the root: groups %.3f, subgroups %.3f, names %.3f, pictures %.3f\n", d[0], d[1], d[2], d[3]);
    if (m->method->outside) {
        print_cones(m, w, s);
    }
}

static json_t *cones_json(const Model *m, const Ways *w, const Set *s)
{
    json_t *all = json_object();
    Cones c = count_cones(m, s, &w->e, &w->t);
    for (int k = 0; k < KINDS; k++) {
        json_object_set_new(
            all, cone_of[k],
            json_pack("{s:[f, f], s:[f, f]}", "own", c.own[k][0], c.own[k][1], "another", c.other[k][0], c.other[k][1]));
    }
    return all;
}

static void print_json(const Model *m, const Ways *w, const Set *s, const int *concept, int n)
{
    Passed p = count_passed(w, s);
    double d[4];
    json_t *ways = json_array(), *passed = json_array();
    distances(m, w, d);
    for (int i = 0; i < n; i++) {
        const int *way = w->station + (size_t)row_of(&w->e, concept[i]) * STEPS;
        json_t *texts = json_array();
        for (int k = 0; k < STEPS; k++) {
            if (first_at(way, way[k]) == k) {
                json_array_append_new(texts, json_string(station_name(&w->t, s, &w->e, way[k])));
            }
        }
        json_array_append_new(ways, json_pack("{s:s, s:o}", "from", set_name(s, concept[i], EN), "texts", texts));
    }
    for (int u = 0; u < 2; u++) {
        json_array_append_new(passed, json_pack("{s:b, s:f, s:f, s:f}", "held out", u, "subgroup", p.level[u][SUBGROUP], "group",
                                                p.level[u][GROUP], "both", p.both[u]));
    }
    json_t *j = json_pack("{s:s, s:o, s:o, s:{s:f, s:f, s:f, s:f}}", "method", m->method->name, "ways", ways, "passed", passed,
                          "distance from the root", "groups", d[0], "subgroups", d[1], "names", d[2], "pictures", d[3]);
    if (m->method->outside) {
        json_object_set_new(j, "pictures in cones, of trained and held-out concepts", cones_json(m, w, s));
    }
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static bool traverse(const TraverseOptions *o, Error *err)
{
    Set s;
    Model m;
    if (!o->of.method->outside && !(o->of.method->directions && !o->of.method->joint)) {
        return mm_error(err, "%s has no way from a picture to a root; meru, tree and contrastive have", o->of.method->name);
    }
    if (!load_both(&o->of, o->of.method, &s, &m, err)) {
        return false;
    }
    int concept[MOST];
    bool ok = true;
    for (int i = 0; i < o->n && ok; i++) {
        concept[i] = set_find(&s, o->name[i], err);
        ok = concept[i] >= 0;
    }
    if (ok) {
        Ways w = {.e = embed_tests(&m, &s)};
        w.t = stations_new(&m, &s, &w.e);
        w.station = walk_up(&m, &w.t, w.e.image, w.e.n, STEPS, o->cones);
        if (o->of.common.json) {
            print_json(&m, &w, &s, concept, o->n);
        } else {
            print_text(&m, &w, &s, concept, o->n, o->cones);
        }
        free(w.station);
        stations_free(&w.t);
        embedded_free(&w.e);
    }
    model_free(&m);
    set_free(&s);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    TraverseOptions *o = state->input;
    if (key == 'c') {
        o->cones = true;
        return 0;
    }
    if (key == ARGP_KEY_ARG && o->of.method) {
        if (o->n == MOST) {
            argp_error(state, "at most %d names", MOST);
        }
        o->name[o->n++] = arg;
        return 0;
    }
    return method_argument(key, arg, state, &o->of);
}

int command_traverse(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"cones", 'c', NULL, 0, "only texts whose cone holds the point that has been reached (meru)", 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = METHOD_ARGUMENT " [NAME...]",
        .children = chapter_options,
        .doc = "Walks from pictures to the root of all texts and says what it passes: name, subgroup, group?"};
    TraverseOptions o = {.of.common = common_defaults()};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.of.common);
    for (size_t i = 0; o.n == 0 && i < sizeof default_names / sizeof *default_names; i++) {
        o.name[i] = default_names[i];
    }
    o.n = o.n ? o.n : (int)(sizeof default_names / sizeof *default_names);
    return traverse(&o, &err) ? 0 : mm_program_error(&err);
}
