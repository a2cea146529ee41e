/* zeroshot.c: `clip zeroshot`: pictures sorted into classes that are only named, beside chance and two ways to do without a model. */
#include "zeroshot.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>

typedef struct ZeroshotOptions {
    Common common;
    const char *classes, *templates, *folder, *task;
    int language; /* LANGUAGES: all */
} ZeroshotOptions;

static real *pixel_scores(const Task *t)
{
    real *scores = mm_take((size_t)t->n * (size_t)t->n_classes, sizeof *scores);
    mm_pixel_neighbour(t->picture, t->n, t->known_picture, t->known_class, t->known, t->n_classes, scores);
    return scores;
}

Baselines baselines(const Task *t)
{
    double classes = t->n_classes;
    Baselines b = {1 / classes, classes > 5 ? 5 / classes : 1, mm_majority(t->truth, t->n), -1};
    if (t->known) {
        real *scores = pixel_scores(t);
        b.pixels = mm_topk(1, scores, t->n, t->n_classes, t->truth);
        free(scores);
    }
    return b;
}

/* The cosine of each picture with each class: (n, classes). */
static real *classify(const ClipModel *m, const Task *t, const real *image, const real *weights)
{
    return mm_cosines(image, t->n, weights, t->n_classes, m->clip.config.embed);
}

/* How good each template is alone. */
static void try_templates(const ClipModel *m, const Task *t, const real *image, const real *embedding, const Classes *c,
                          const Templates *templates, Verdict *v)
{
    v->worst_alone = 1;
    for (int i = 0; i < templates->n; i++) {
        real *weights = prompts_weights(embedding, c, i, 1, m->clip.config.embed), *scores = classify(m, t, image, weights);
        double at1 = mm_topk(1, scores, t->n, t->n_classes, t->truth);
        v->best_alone = at1 > v->best_alone ? at1 : v->best_alone;
        v->worst_alone = at1 < v->worst_alone ? at1 : v->worst_alone;
        v->mean_alone += at1 / templates->n;
        free(weights);
        free(scores);
    }
}

bool judge_task(const ClipModel *m, const Task *t, const real *image, int language, const Templates *templates, Verdict *v,
                Error *err)
{
    const Classes *c = &t->classes[language];
    real *embedding = prompts_embed(m, c, templates, err);
    if (!embedding) {
        return false;
    }
    *v = (Verdict){.language = language, .templates = templates->n};
    real *weights = prompts_weights(embedding, c, 0, templates->n, m->clip.config.embed),
         *scores = classify(m, t, image, weights);
    v->at1 = mm_topk(1, scores, t->n, t->n_classes, t->truth);
    v->at5 = mm_topk(5, scores, t->n, t->n_classes, t->truth);
    v->confusion = mm_take((size_t)t->n_classes * (size_t)t->n_classes, sizeof *v->confusion);
    mm_confusion(scores, t->n, t->n_classes, t->truth, v->confusion);
    v->class_recall = mm_class_recall(v->confusion, t->n_classes);
    try_templates(m, t, image, embedding, c, templates, v);
    free(scores);
    free(weights);
    free(embedding);
    return true;
}

/* ---- what is printed ---- */

static void print_heading(void)
{
    printf("%32s pictures classes   acc@1  acc@5  by class   chance@1    @5  majority  pixels@1\n", "");
}

static void print_row(const Task *t, const Verdict *v, Baselines b)
{
    printf("  %-12s %-16s %9d %7d   %.3f  %.3f   %.3f       %.3f   %.3f   %.3f", t->name, language_name[v->language], t->n,
           t->n_classes, v->at1, v->at5, v->class_recall, b.chance1, b.chance5, b.majority);
    printf(b.pixels < 0 ? "        -\n" : "     %.3f\n", b.pixels);
}

static json_t *row_json(const Task *t, const Verdict *v, Baselines b)
{
    json_t *j = json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f}", "task", t->name, "language",
                          language_name[v->language], "pictures", t->n, "classes", t->n_classes, "acc@1", v->at1, "acc@5", v->at5,
                          "mean class recall", v->class_recall, "chance@1", b.chance1, "chance@5", b.chance5, "majority",
                          b.majority);
    if (b.pixels >= 0) {
        json_object_set_new(j, "pixel nearest neighbour", json_real(b.pixels));
    }
    json_object_set_new(j, "templates",
                        json_pack("{s:i, s:f, s:f, s:f}", "number", v->templates, "worst alone", v->worst_alone, "mean alone",
                                  v->mean_alone, "best alone", v->best_alone));
    return j;
}

/* ---- the command ---- */

static bool read_templates(const ZeroshotOptions *o, Templates templates[LANGUAGES], Error *err)
{
    bool ok = true;
    for (int l = 0; l < LANGUAGES && ok; l++) {
        char *own = mm_path(o->common.data, "prompts/templates.%s.txt", language_code[l]);
        ok = mm_templates_read(o->templates ? o->templates : own, &templates[l], err);
        free(own);
    }
    return ok;
}

/* The names in a file in the place of the task's: every label of the task must be there. */
static bool rename_classes(Task *t, Classes *given, const char *path, Error *err)
{
    const Classes *old = &t->classes[EN];
    for (int i = 0; i < t->n + t->known; i++) {
        int *class = i < t->n ? &t->truth[i] : &t->known_class[i - t->n], found = mm_classes_find(given, old->label[*class]);
        if (found < 0) {
            return mm_error(err, "%s: no class has the label \"%s\"", path, old->label[*class]);
        }
        *class = found;
    }
    mm_classes_free(&t->classes[EN]);
    mm_classes_free(&t->classes[ZH]);
    t->classes[EN] = *given;
    t->n_classes = given->n;
    *given = (Classes){0};
    return true;
}

static bool load_task(const ZeroshotOptions *o, TaskData *d, const char *name, Task *t, Error *err)
{
    Classes given = {0};
    bool ok = !o->classes || mm_classes_read(o->classes, &given, err);
    if (ok && o->folder) {
        ok = task_load_folder(o->folder, o->classes ? &given : NULL, t, err);
    } else if (ok) {
        ok = task_load(d, name, t, err) && (!o->classes || rename_classes(t, &given, o->classes, err));
    }
    mm_classes_free(&given);
    return ok;
}

/* One task in every language that was asked for: a row each. alone: with all that there is to say. */
static bool run_task(const ZeroshotOptions *o, const ClipModel *m, Task *t, const Templates *templates, bool alone, json_t *rows,
                     Error *err)
{
    real *image = task_embed(&m->clip, t);
    Baselines b = baselines(t);
    Verdict v[LANGUAGES] = {0};
    bool ok = t->n > 0 || mm_error(err, "%s: no picture can be read", o->folder);
    for (int l = 0; l < LANGUAGES && ok; l++) {
        if (t->classes[l].n > 0 && (o->language == LANGUAGES || o->language == l)) {
            ok = judge_task(m, t, image, l, &templates[l], &v[l], err);
            if (ok && !rows) {
                print_row(t, &v[l], b);
            }
        }
    }
    for (int l = 0; l < LANGUAGES; l++) {
        if (ok && v[l].confusion && rows) {
            json_array_append_new(rows, row_json(t, &v[l], b));
        }
        if (ok && v[l].confusion && alone) {
            ok = confusion_show(t, &v[l], o->common.out, rows ? json_array_get(rows, json_array_size(rows) - 1) : NULL, err);
        }
        free(v[l].confusion);
    }
    free(image);
    return ok;
}

static bool run_tasks(const ZeroshotOptions *o, const ClipModel *m, const Templates *templates, json_t *rows, Error *err)
{
    TaskData d = {.data = o->common.data};
    bool ok = true, alone = o->task || o->folder;
    for (int i = 0; i < (alone ? 1 : SHIPPED_TASKS) && ok; i++) {
        Task t = {0};
        const char *name = o->task ? o->task : task_name[i];
        ok = load_task(o, &d, name, &t, err);
        if (ok && alone && !rows) {
            printf("%d %s\n\n", t.n, t.about);
        }
        if (ok && i == 0 && !rows) {
            print_heading();
        }
        ok = ok && run_task(o, m, &t, templates, alone, rows, err);
        task_free(&t);
    }
    task_data_free(&d);
    return ok;
}

static bool run(const ZeroshotOptions *o, Error *err)
{
    ClipModel m = {0};
    Templates templates[LANGUAGES] = {0};
    json_t *rows = o->common.json ? json_array() : NULL;
    bool ok = read_templates(o, templates, err) && program_load_model(&o->common, &m, err) &&
              run_tasks(o, &m, templates, rows, err);
    if (ok && rows) {
        json_dumpf(rows, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    } else if (ok) {
        printf("\npixels: the class of the labelled picture that is nearest pixel by pixel; the model has only the names of "
               "classes.\n");
    }
    json_decref(rows);
    mm_templates_free(&templates[EN]);
    mm_templates_free(&templates[ZH]);
    clip_model_free(&m);
    return ok;
}

static void choose_task(ZeroshotOptions *o, struct argp_state *state, const char *name)
{
    for (int i = 0; i < N_TASKS && !o->task; i++) {
        o->task = strcmp(name, task_name[i]) == 0 ? task_name[i] : NULL;
    }
    if (!o->task || state->arg_num > 0) {
        argp_error(state,
                   "the tasks are groups, subgroups, concepts, fashion, photographs and drawings; name one of them, or none");
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ZeroshotOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'c': o->classes = arg; break;
    case 'T': o->templates = arg; break;
    case 'f': o->folder = arg; break;
    case 'l': o->language = mm_option_choice(state, "--language", arg, language_code); break;
    case ARGP_KEY_ARG: choose_task(o, state, arg); break;
    case ARGP_KEY_END:
        if (o->task && o->folder) {
            argp_error(state, "either a task or --folder");
        }
        if (o->classes && !o->task && !o->folder) {
            argp_error(state, "--classes goes with a task or --folder");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_zeroshot(int argc, char **argv)
{
    ZeroshotOptions o = {.common = program_defaults(), .language = LANGUAGES};
    const struct argp_option options[] = {
        {"classes", 'c', "FILE", 0, "a class a line: its label, a tab, its name; further names follow after further tabs", 0},
        {"templates", 'T', "FILE", 0, "a template a line, such as: a photo of a {}. (DATA/prompts/templates.*.txt)", 0},
        {"language", 'l', "en|zh", 0, "names in this language only", 0},
        {"folder", 'f', "DIR", 0, "classify the pictures DIR/LABEL/*", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .args_doc = "[groups|subgroups|concepts|fashion|photographs|drawings]",
        .doc = "Classifies pictures by the names of classes alone. A class is the mean direction of its names in "
               "all templates. One task: also which classes are confused, and OUT/zeroshot/TASK.LANGUAGE.svg."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
