/* probe_command.c: `uniter probe`: what can be read off a region's vector, before the first layer and behind the last: by a linear classifier,
 * which can only find what is there. */
#include "io/memory.h"
#include "mm/metrics.h"
#include "program.h"
#include "tune_options.h"

#include <jansson.h>
#include <stdio.h>

enum { THING, LEFT, TOP_HALF, QUESTIONS };
enum { EMBEDDED, HIDDEN, PLACES };
static const char *const question[QUESTIONS] = {"which thing", "left or right", "top or bottom"};
static const char *const place[PLACES] = {"embedding", "last layer"};
static const int classes[QUESTIONS] = {MM_THINGS, 2, 2};

/* The vectors of all regions of scenes, and what is asked about them. */
typedef struct Vectors {
    int n, width;
    real *x[PLACES];        /* (n, width) */
    int *answer[QUESTIONS]; /* (n) */
} Vectors;

/* What the picture alone makes of them: the text is [CLS] [SEP]. */
static Vectors read_vectors(const Uniter *u, const Lessons *l)
{
    Vectors v = {.width = u->config.bert.width};
    size_t most = (size_t)l->n * MM_SCENE_OBJECTS;
    Graph *g = mm_graph_inference(0);
    for (int p = 0; p < PLACES; p++) {
        v.x[p] = mm_take(most * (size_t)v.width, sizeof **v.x);
    }
    for (int q = 0; q < QUESTIONS; q++) {
        v.answer[q] = mm_take(most, sizeof **v.answer);
    }
    for (int i = 0; i < l->n; i++) {
        const Item *item = &l->scenes.set.item[i];
        const UniterBatch b = lessons_batch(&l->scenes.set, &i, 1, HIDE_WORDS, g);
        const UniterStates s = uniter_states(g, u, &b);
        for (int r = 0; r < item->regions; r++, v.n++) {
            const real *box = item->box + r * UNITER_BOX;
            size_t row = (size_t)((2 + r) * v.width), bytes = (size_t)v.width * sizeof(real), to = (size_t)(v.n * v.width);
            memcpy(v.x[EMBEDDED] + to, s.embedded->data + row, bytes);
            memcpy(v.x[HIDDEN] + to, s.hidden->data + row, bytes);
            v.answer[THING][v.n] = l->scenes.scene[i].facts.thing[item->kind[r]];
            v.answer[LEFT][v.n] = box[0] + box[2] > 1;
            v.answer[TOP_HALF][v.n] = box[1] + box[3] > 1;
        }
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return v;
}

static void forget(Vectors *v)
{
    for (int p = 0; p < PLACES; p++) {
        free(v->x[p]);
    }
    for (int q = 0; q < QUESTIONS; q++) {
        free(v->answer[q]);
    }
}

/* The part of the test's vectors that a classifier, fitted to the others, is right about. */
static double readable(const Vectors *train, const Vectors *test, int p, int q)
{
    int K = classes[q];
    Logistic l = {.classes = K, .D = train->width};
    real *scores = mm_take((size_t)test->n * (size_t)K, sizeof *scores);
    mm_logistic_fit(train->x[p], train->answer[q], train->n, train->width, K,
                    (LogisticOptions){.C = 1, .iterations = 1000, .tolerance = 1e-4}, &l);
    mm_logistic_scores(&l, test->x[p], test->n, scores);
    double right = mm_topk(1, scores, test->n, K, test->answer[q]);
    mm_logistic_free(&l);
    free(scores);
    return right;
}

static void compare(const TuneOptions *o, const Vectors *train, const Vectors *test)
{
    json_t *all = json_object();
    if (!o->common.json) {
        printf("%s: a linear classifier reads off the vectors of %d regions, fitted to %d others\n%-16s%12s%12s%12s\n", o->from,
               test->n, train->n, "", place[EMBEDDED], place[HIDDEN], "majority");
    }
    for (int q = 0; q < QUESTIONS; q++) {
        double right[PLACES], majority = mm_majority(test->answer[q], test->n);
        for (int p = 0; p < PLACES; p++) {
            right[p] = readable(train, test, p, q);
        }
        json_object_set_new(
            all, question[q],
            json_pack("{s:f, s:f, s:f}", place[EMBEDDED], right[EMBEDDED], place[HIDDEN], right[HIDDEN], "majority", majority));
        if (!o->common.json) {
            printf("%-16s%12.3f%12.3f%12.3f\n", question[q], right[EMBEDDED], right[HIDDEN], majority);
        }
    }
    if (o->common.json) {
        json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(all);
}

static bool run(TuneOptions *o, const Cutouts *c, Error *err)
{
    UniterModel m = {.params = NULL};
    Lessons l[2] = {{.n = 0}, {.n = 0}};
    bool ok = uniter_folder_load(o->from, &m, err) && tune_lessons(o, c, MM_SCENE_TRAIN, o->scenes, m.tokenizer, &l[0], err) &&
              tune_lessons(o, c, MM_SCENE_HELD_OUT, o->tests, m.tokenizer, &l[1], err);
    if (ok) {
        Vectors train = read_vectors(&m.uniter, &l[0]), test = read_vectors(&m.uniter, &l[1]);
        compare(o, &train, &test);
        forget(&train);
        forget(&test);
    }
    lessons_free(&l[0]);
    lessons_free(&l[1]);
    uniter_model_free(&m);
    return ok;
}

int command_probe(int argc, char **argv)
{
    const struct argp_option options[] = {{"scenes", 'S', "N", 0, "scenes that the classifier is fitted to (500)", 0},
                                          {"tests", 'T', "N", 0, "scenes that it is tested on (200)", 0},
                                          {"language", 'g', "LANG", 0, "en (default) or zh: the language of the model", 0},
                                          {0}};
    const struct argp argp = {
        .options = options,
        .parser = tune_parse,
        .children = mm_common_options,
        .doc = "Fits linear classifiers to what a model makes of regions: can it be read off which thing a region is, "
               "and where it is, before the first layer and behind the last?"};
    TuneOptions o = tune_defaults();
    o.scenes = 500;
    o.tests = 200;
    return tune_run(&argp, argc, argv, &o, run);
}
