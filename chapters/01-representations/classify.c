/* classify.c: `representations classify METHOD`: what a joint code knows when it is shown a picture, a text, or both. */
#include "commands.h"
#include "io/memory.h"
#include "joint.h"
#include "measure.h"

#include <jansson.h>
#include <stdio.h>

enum { PICTURE, TEXT, BOTH, VIEWS };
static const char *const view_name[VIEWS] = {"picture", "text", "both"};

/* Pictures emoji.at[at[i]] and their English names as features of the two encoders. */
typedef struct Features {
    int n, *concept;
    real *image, *text; /* (n, WIDTH) */
} Features;

static Features encode(const Model *m, const Set *s, const int *at, int n)
{
    Method plain = {.image = encode_image, .text = encode_text};
    Model encoders = *m;
    encoders.method = &plain;
    int width;
    Features f = {.n = n, .concept = mm_take((size_t)n, sizeof(int))};
    for (int i = 0; i < n; i++) {
        f.concept[i] = set_concept(s, at[i]);
    }
    TextBatch names = texts_of_names(s, f.concept, n, EN);
    f.image = embed_pictures(&encoders, s, at, n, &width);
    f.text = embed_texts(&encoders, &names, &width);
    texts_free(&names);
    return f;
}

static void features_free(Features *f)
{
    free(f->concept);
    free(f->image);
    free(f->text);
}

/* (n, WIDTH); the caller frees */
static real *codes(const Model *m, const Features *f, int view)
{
    real *code = mm_take((size_t)f->n * WIDTH, sizeof *code);
    Graph *g = mm_graph_new(1);
    mm_graph_record(g, false);
    Tensor *image = mm_input(g, MM_SHAPE(f->n, WIDTH), f->image), *text = mm_input(g, MM_SHAPE(f->n, WIDTH), f->text);
    Tensor *z = joint_code(g, m, view == TEXT ? NULL : image, view == PICTURE ? NULL : text);
    memcpy(code, z->data, z->n * sizeof *code);
    mm_graph_free(g);
    return code;
}

/* accuracy[view shown to the classifier in training][view at test][0: trained, 1: held-out concepts] */
typedef double Table[VIEWS][VIEWS][2];

static void judge(const Logistic *l, const real *code, const Features *test, const Set *s, const int *of, double right[2])
{
    real *scores = mm_take((size_t)test->n * (size_t)l->classes, sizeof *scores);
    int count[2] = {0};
    right[0] = right[1] = 0;
    mm_logistic_scores(l, code, test->n, scores);
    for (int i = 0; i < test->n; i++) {
        const real *row = scores + (size_t)i * (size_t)l->classes;
        int unseen = set_unseen(s, test->concept[i]), at = 0;
        for (int c = 1; c < l->classes; c++) {
            at = row[c] > row[at] ? c : at;
        }
        right[unseen] += at == of[test->concept[i]];
        count[unseen]++;
    }
    for (int u = 0; u < 2; u++) {
        right[u] /= count[u];
    }
    free(scores);
}

/* A linear classifier on the codes of each view, tried on the codes of each view. */
static bool fill_table(const Model *m, const Set *s, int level, const Features *train, const Features *test, Table table,
                       Error *err)
{
    const Level *l = &s->level[level];
    int *y = mm_take((size_t)train->n, sizeof *y);
    bool ok = true;
    for (int i = 0; i < train->n; i++) {
        y[i] = l->of[train->concept[i]];
    }
    for (int a = 0; a < VIEWS && ok; a++) {
        real *x = codes(m, train, a);
        Logistic fit = {0};
        ok = mm_logistic_fit(x, y, train->n, WIDTH, l->classes[EN].n,
                             (LogisticOptions){.C = 1, .iterations = 100, .tolerance = 1e-3}, &fit) ||
             mm_error(err, "the classifier of the codes found no finite solution");
        for (int b = 0; b < VIEWS && ok; b++) {
            real *code = codes(m, test, b);
            judge(&fit, code, test, s, l->of, table[a][b]);
            free(code);
        }
        mm_logistic_free(&fit);
        free(x);
    }
    free(y);
    return ok;
}

static void print_table(const Set *s, int level, Table t)
{
    Result majority = measure_majority(s), pixels = measure_pixels(s);
    printf("\n%s of %d: chance %.3f, majority %.3f, pixel nearest neighbour %.3f (of held-out concepts)\n",
           level == GROUP ? "group" : "subgroup", s->level[level].classes[EN].n, 1.0 / s->level[level].classes[EN].n,
           majority.class_by_name[level], pixels.class_by_nearest[level]);
    printf("  %-26s    trained concepts             held-out concepts\n  %-26s", "classifier learned from", "");
    for (int u = 0; u < 2; u++) {
        for (int b = 0; b < VIEWS; b++) {
            printf("  %-7s", view_name[b]);
        }
        printf("  ");
    }
    printf("\n");
    for (int a = 0; a < VIEWS; a++) {
        printf("  %-26s", view_name[a]);
        for (int u = 0; u < 2; u++) {
            for (int b = 0; b < VIEWS; b++) {
                printf("  %.3f  ", t[a][b][u]);
            }
            printf("  ");
        }
        printf("\n");
    }
}

static json_t *table_json(Table t)
{
    json_t *all = json_array();
    for (int a = 0; a < VIEWS; a++) {
        for (int b = 0; b < VIEWS; b++) {
            json_array_append_new(all, json_pack("{s:s, s:s, s:f, s:f}", "learned from", view_name[a], "shown", view_name[b],
                                                 "trained concepts", t[a][b][0], "held-out concepts", t[a][b][1]));
        }
    }
    return all;
}

static bool classify(const MethodOptions *o, Error *err)
{
    Set s;
    Model m;
    if (!o->method->joint) {
        return mm_error(err, "%s has no code that pictures and texts share; joint and joint-plain have", o->method->name);
    }
    if (!load_both(o, o->method, &s, &m, err)) {
        return false;
    }
    Features train = encode(&m, &s, s.item, s.items), test = encode(&m, &s, s.test, s.tests);
    Table table[LEVELS];
    bool ok = true;
    for (int k = 0; k < LEVELS && ok; k++) {
        ok = fill_table(&m, &s, k, &train, &test, table[k], err);
    }
    if (ok && o->common.json) {
        json_t *j = json_pack("{s:s, s:o, s:o}", "method", o->method->name, "group", table_json(table[GROUP]), "subgroup",
                              table_json(table[SUBGROUP]));
        json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
        json_decref(j);
    } else if (ok) {
        printf("%s: %s\nPictures of the style \"%s\" and English names; columns: what is shown at the test\n", o->method->name,
               o->method->does, s.style);
        for (int k = LEVELS - 1; k >= 0; k--) {
            print_table(&s, k, table[k]);
        }
    }
    features_free(&train);
    features_free(&test);
    model_free(&m);
    set_free(&s);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return method_argument(key, arg, state, state->input);
}

int command_classify(int argc, char **argv)
{
    const struct argp argp = {
        .parser = parse,
        .args_doc = METHOD_ARGUMENT,
        .children = chapter_options,
        .doc = "Linear classifiers of groups and subgroups on a joint code that is shown a picture, a text, or both; "
               "and each of them on codes that miss what it learned from."};
    MethodOptions o = {.common = common_defaults()};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return classify(&o, &err) ? 0 : mm_program_error(&err);
}
