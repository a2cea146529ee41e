/* probe.c: `clip probe`: how much of the classes a linear map can read off what a model knows, with all labels and with few.
 *
 * A linear probe is a logistic regression on features that stay as they are; the strength of its regularisation is chosen on a fifth of
 * the training pictures. Few-shot: 1 to 16 pictures a class, drawn anew several times, with the C of CLIP's published example. */
#include "probe.h"
#include "fewshot.h"
#include "io/memory.h"
#include "zeroshot.h"

#include <jansson.h>
#include <stdio.h>

static const double strengths[] = {1e-3, 3.16e-3, 1e-2, 3.16e-2, 0.1, 0.316, 1, 3.16, 10, 31.6, 100};
enum { N_STRENGTHS = sizeof strengths / sizeof *strengths };
static const double tolerance = 1e-3;
enum { ITERATIONS = 100, VALIDATION = 5 /* a fifth of the training pictures */ };

typedef struct ProbeOptions {
    Common common;
    const char *task;
} ProbeOptions;

/* One row of the table: which features, the C that was best on the validation pictures, and accuracies. */
typedef struct Probe {
    const char *name;
    int D;
    double C, validation, test;
} Probe;

static double accuracy(const Logistic *l, const real *x, const int *y, int n)
{
    real *scores = mm_take((size_t)n * (size_t)l->classes, sizeof *scores);
    mm_logistic_scores(l, x, n, scores);
    double right = mm_topk(1, scores, n, l->classes, y);
    free(scores);
    return right;
}

double probe_with(Set train, Set test, int D, int classes, double C)
{
    Logistic l = {0};
    bool ok = mm_logistic_fit(train.x, train.y, train.n, D, classes, (LogisticOptions){C, ITERATIONS, tolerance}, &l);
    double right = ok ? accuracy(&l, test.x, test.y, test.n) : 0;
    mm_logistic_free(&l);
    return right;
}

/* The sweep: from small C to large, each fit beginning at the one before. The accuracy rises to its best and falls; it ends when twice in
 * a row nothing is gained. */
static void choose_strength(Set fit, Set validation, int D, int classes, Probe *p)
{
    Logistic l = {0};
    for (int i = 0, worse = 0; i < N_STRENGTHS && worse < 2; i++) {
        if (!mm_logistic_fit(fit.x, fit.y, fit.n, D, classes, (LogisticOptions){strengths[i], ITERATIONS, tolerance}, &l)) {
            break;
        }
        double right = accuracy(&l, validation.x, validation.y, validation.n);
        worse = right > p->validation ? 0 : worse + 1;
        if (right > p->validation) {
            p->validation = right;
            p->C = strengths[i];
        }
    }
    mm_logistic_free(&l);
}

/* Takes over the features of the training pictures and of the test pictures. */
static Probe probe(const Task *t, const char *name, Features train, Features test, unsigned long long seed)
{
    Probe p = {.name = name, .D = train.D};
    size_t D = (size_t)train.D;
    int n = t->known, *order = mm_take((size_t)n, sizeof *order), held = n / VALIDATION;
    Rng rng = mm_rng(seed, "validation");
    mm_permutation(&rng, order, n);
    Set all = set_take(train.at, t->known_class, order, n, D);
    Set validation = {all.x, all.y, held}, fit = {all.x + (size_t)held * D, all.y + held, n - held};
    choose_strength(fit, validation, train.D, t->n_classes, &p);
    p.test = probe_with(all, (Set){test.at, t->truth, t->n}, train.D, t->n_classes, p.C);
    set_free(&all);
    free(order);
    free(train.at);
    free(test.at);
    return p;
}

enum { N_PROBES = 4 };

static void run_probes(const ClipModel *m, const Task *t, unsigned long long seed, Probe p[N_PROBES])
{
    const Clip *clip = &m->clip;
    Params *ps;
    Clip fresh = features_untrained(clip, seed, &ps);
    p[0] = probe(t, "features", features_of(clip, t->known_picture, t->known, false), features_of(clip, t->picture, t->n, false),
                 seed);
    p[1] = probe(t, "embeddings", features_of(clip, t->known_picture, t->known, true), features_of(clip, t->picture, t->n, true),
                 seed);
    p[2] = probe(t, "features, untrained", features_of(&fresh, t->known_picture, t->known, false),
                 features_of(&fresh, t->picture, t->n, false), seed);
    p[3] = probe(t, "pixels, 16 x 16", features_pixels(t->known_picture, t->known), features_pixels(t->picture, t->n), seed);
    mm_params_free(ps);
}

static bool zero_shot(const ProbeOptions *o, const ClipModel *m, const Task *t, double at1[LANGUAGES], Error *err)
{
    real *image = clip_embed_pictures(&m->clip, t->picture, t->n);
    bool ok = true;
    for (int l = 0; l < LANGUAGES && ok; l++) {
        Templates templates;
        char *path = mm_path(o->common.data, "prompts/templates.%s.txt", language_code[l]);
        Verdict v = {0};
        ok = mm_templates_read(path, &templates, err) && judge_task(m, t, image, l, &templates, &v, err);
        at1[l] = v.at1;
        mm_templates_free(&templates);
        free(v.confusion);
        free(path);
    }
    free(image);
    return ok;
}

static void print_table(const Task *t, Baselines b, const double *zero, const Probe *p, const FewShot *f)
{
    printf("%d %s: %d classes, %d labelled pictures to learn from\n\n", t->n, t->about, t->n_classes, t->known);
    printf("  %-34s %8s %8s %11s  %s\n", "linear probe on", "numbers", "C", "validation", "test");
    for (int i = 0; i < N_PROBES; i++) {
        printf("  %-34s %8d %8g %11.3f  %.3f\n", p[i].name, p[i].D, p[i].C, p[i].validation, p[i].test);
    }
    printf("\n  %-34s %35.3f\n  %-34s %35.3f\n", "zero-shot, English: no picture", zero[EN], "zero-shot, Chinese", zero[ZH]);
    printf("  %-34s %35.3f\n  %-34s %35.3f\n  %-34s %35.3f\n", "nearest labelled picture in pixels", b.pixels, "majority",
           b.majority, "chance", b.chance1);
    fewshot_print(f);
}

static void print_json(const Task *t, Baselines b, const double *zero, const Probe *p, const FewShot *f)
{
    json_t *rows = json_array();
    for (int i = 0; i < N_PROBES; i++) {
        json_array_append_new(rows, json_pack("{s:s, s:i, s:f, s:f, s:f}", "on", p[i].name, "numbers", p[i].D, "C", p[i].C,
                                              "validation", p[i].validation, "test", p[i].test));
    }
    json_t *j = json_pack("{s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:o, s:o}", "task", t->name, "pictures", t->n, "classes",
                          t->n_classes, "labelled", t->known, "chance", b.chance1, "majority", b.majority,
                          "pixel nearest neighbour", b.pixels, "zero-shot English", zero[EN], "zero-shot Chinese", zero[ZH],
                          "probes", rows, "few-shot", fewshot_json(f));
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static bool run(const ProbeOptions *o, Error *err)
{
    ClipModel m = {0};
    TaskData d = {.data = o->common.data};
    Task t = {0};
    double zero[LANGUAGES];
    bool ok = program_load_model(&o->common, &m, err) && task_load(&d, o->task, &t, err) && zero_shot(o, &m, &t, zero, err);
    if (ok) {
        Probe p[N_PROBES];
        FewShot f = fewshot_measure(&m.clip, &t, o->common.seed);
        run_probes(&m, &t, o->common.seed, p);
        ok = fewshot_draw(&f, &t, zero, p[0].test, o->common.out, err);
        if (ok) {
            (o->common.json ? print_json : print_table)(&t, baselines(&t), zero, p, &f);
        }
    }
    task_free(&t);
    task_data_free(&d);
    clip_model_free(&m);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ProbeOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0 || (strcmp(arg, "groups") != 0 && strcmp(arg, "subgroups") != 0 && strcmp(arg, "fashion") != 0)) {
            argp_error(state, "the tasks with enough labelled pictures are groups, subgroups and fashion; name one of them");
        }
        o->task = arg;
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_probe(int argc, char **argv)
{
    ProbeOptions o = {.common = program_defaults(), .task = "groups"};
    const struct argp argp = {
        .parser = parse,
        .children = mm_common_options,
        .args_doc = "[groups|subgroups|fashion]",
        .doc = "Logistic regression on the features of a trained model (groups): with all labelled pictures, and "
               "with 1, 2, 4, 8 and 16 a class. Draws OUT/probe/TASK.svg."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
