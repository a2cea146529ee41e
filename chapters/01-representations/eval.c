/* eval.c: `representations eval METHOD`, and `compare`: all methods beside each other. */
#include "commands.h"
#include "io/memory.h"
#include "measure.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* ---- one method ---- */

static void print_recall(const char *what, Recall r)
{
    if (isnan(r.at1)) {
        printf("  %-44s –      –      –             –\n", what);
    } else {
        printf("  %-44s %.3f  %.3f  %.3f  %8.1f\n", what, r.at1, r.at5, r.at10, r.median_rank);
    }
}

static void print_classes(const char *what, const Result *r)
{
    printf("  %-44s", what);
    for (int k = LEVELS - 1; k >= 0; k--) {
        const double x[] = {r->class_by_name[k], r->class_by_nearest[k]};
        for (int i = 0; i < 2; i++) {
            printf(isnan(x[i]) ? "        –" : "    %5.3f", x[i]);
        }
    }
    printf("\n");
}

static void print_one(const Model *m, const Set *s, const Result *r)
{
    Result chance = measure_chance(s), pixels = measure_pixels(s), majority = measure_majority(s);
    int unseen = count_unseen(s);
    printf("%s: %s\n\nPictures of the style \"%s\", never trained on: %d of trained concepts, %d of held-out ones; candidates "
           "are all %d\n\n",
           m->method->name, m->method->does, s->style, s->tests - unseen, unseen, s->tests);
    printf("  %-44s %-6s %-6s %-6s %s\n", "trained concepts", "R@1", "R@5", "R@10", "median rank");
    print_recall("chance", chance.to_text[EN]);
    print_recall("pixel nearest neighbour", pixels.to_text[EN]);
    for (int l = 0; l < LANGUAGES; l++) {
        char what[64];
        snprintf(what, sizeof what, "picture to %s name", language_name[l]);
        print_recall(what, r->to_text[l]);
        snprintf(what, sizeof what, "%s name to picture", language_name[l]);
        print_recall(what, r->to_image[l]);
    }
    print_recall("English to Chinese name", r->translated[EN]);
    print_recall("Chinese to English name", r->translated[ZH]);
    printf("  held-out concepts\n");
    print_recall("picture to English name", r->unseen[EN]);
    print_recall("picture to Chinese name", r->unseen[ZH]);
    printf("  all concepts\n");
    print_recall("picture to English name", r->all[EN]);
    printf("\n  held-out concepts: whose group, subgroup?       group    group subgroup subgroup\n");
    printf("  %-44s  by name  nearest  by name  nearest\n", "");
    print_classes("chance", &chance);
    print_classes("majority", &majority);
    print_classes("pixel nearest neighbour", &pixels);
    print_classes(m->method->name, r);
    if (!isnan(r->gap.distance)) {
        printf("\n  modality gap %.3f; mean cosine of pairs %.3f, of others %.3f\n", r->gap.distance, r->gap.pairs,
               r->gap.others);
    }
}

static json_t *number(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

static json_t *recall_json(Recall r)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "R@1", number(r.at1), "R@5", number(r.at5), "R@10", number(r.at10), "median rank",
                     number(r.median_rank));
}

static json_t *result_json(const char *name, const Result *r)
{
    json_t *j = json_pack("{s:s, s:o, s:o, s:o, s:o}", "method", name, "seconds", number(r->took.seconds), "processor seconds",
                          number(r->took.processor), "modality gap", number(r->gap.distance), "all concepts",
                          recall_json(r->all[EN]));
    for (int l = 0; l < LANGUAGES; l++) {
        json_object_set_new(j, language_name[l],
                            json_pack("{s:o, s:o, s:o, s:o}", "picture to name", recall_json(r->to_text[l]), "name to picture",
                                      recall_json(r->to_image[l]), "held-out concepts", recall_json(r->unseen[l]),
                                      "to the other language", recall_json(r->translated[l])));
    }
    for (int k = 0; k < LEVELS; k++) {
        json_object_set_new(
            j, k == GROUP ? "group" : "subgroup",
            json_pack("{s:o, s:o}", "by name", number(r->class_by_name[k]), "nearest", number(r->class_by_nearest[k])));
    }
    return j;
}

static void print_json(json_t *j)
{
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static bool eval(const MethodOptions *o, Error *err)
{
    Set s;
    Model m;
    if (!load_both(o, o->method, &s, &m, err)) {
        return false;
    }
    Embedded e = embed_tests(&m, &s);
    Result r = measure(&m, &s, &e);
    if (o->common.json) {
        print_json(result_json(o->method->name, &r));
    } else {
        print_one(&m, &s, &r);
    }
    embedded_free(&e);
    model_free(&m);
    set_free(&s);
    return true;
}

static error_t parse_eval(int key, char *arg, struct argp_state *state)
{
    return method_argument(key, arg, state, state->input);
}

int command_eval(int argc, char **argv)
{
    const struct argp argp = {
        .parser = parse_eval,
        .args_doc = METHOD_ARGUMENT,
        .children = chapter_options,
        .doc = "Recall both ways and between the languages, and the place of held-out concepts in the tree."};
    MethodOptions o = {.common = common_defaults()};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return eval(&o, &err) ? 0 : mm_program_error(&err);
}

/* ---- all of them ---- */

static void print_cell(double x)
{
    printf(isnan(x) ? "      –" : "  %5.3f", x);
}

static void print_row(const char *name, const Result *r)
{
    printf("%-14s", name);
    const double x[] = {r->to_text[EN].at1,
                        r->to_text[EN].at10,
                        r->all[EN].at1,
                        r->to_image[EN].at1,
                        r->to_text[ZH].at1,
                        r->translated[EN].at1,
                        r->unseen[EN].at10,
                        r->class_by_name[GROUP],
                        r->class_by_nearest[GROUP],
                        r->class_by_name[SUBGROUP],
                        r->class_by_nearest[SUBGROUP],
                        r->gap.distance};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        print_cell(x[i]);
    }
    printf("\n");
}

static void print_head(const Set *s)
{
    int unseen = count_unseen(s);
    printf("Pictures of the style \"%s\", never trained on: %d of trained concepts and %d of held-out ones; candidates\n"
           "are the names (pictures) of all %d. Queries are the trained concepts, in \"all\" all of them, in \"unseen\" those "
           "held out.\n\n",
           s->style, s->tests - unseen, unseen, s->tests);
    printf("%-14s picture to     all    name to  picture English  unseen group   group   subgr.  subgr.  modal.\n", "");
    printf("%-14s R@1    R@10    R@1    picture  zh R@1  to zh    R@10   name    nearest name    nearest gap\n", "");
}

/* Of each method that has a model. */
static int measure_all(const MethodOptions *o, const Set *s, json_t *rows, Error *err)
{
    int trained = 0;
    char times[512] = "";
    for (int i = 0; all_methods[i]; i++) {
        Model m;
        Took took;
        char *folder = mm_join_path(o->common.out, all_methods[i]->name), *file = mm_join_path(folder, "model.safetensors");
        bool there = mm_file_exists(file), ok = !there || model_load(&m, all_methods[i], s, folder, &took, err);
        free(folder);
        free(file);
        if (!ok) {
            return -1;
        }
        if (there) {
            Embedded e = embed_tests(&m, s);
            Result r = measure(&m, s, &e);
            r.took = took;
            if (rows) {
                json_array_append_new(rows, result_json(all_methods[i]->name, &r));
            } else {
                print_row(all_methods[i]->name, &r);
                size_t used = strlen(times);
                snprintf(times + used, sizeof times - used, "%s %s %.0f", trained ? "," : "", all_methods[i]->name,
                         took.processor);
            }
            embedded_free(&e);
            model_free(&m);
            trained++;
        } else if (!rows) {
            printf("%-14s  not trained: representations train %s\n", all_methods[i]->name, all_methods[i]->name);
        }
    }
    if (trained && !rows) {
        printf("\nprocessor seconds of training:%s\n", times);
    }
    return trained;
}

static bool compare(const MethodOptions *o, Error *err)
{
    Set s;
    if (!set_load(o->common.data, o->validate, &s, err)) {
        return false;
    }
    static const char *const name[] = {"chance", "majority", "pixels"};
    const Result baseline[] = {measure_chance(&s), measure_majority(&s), measure_pixels(&s)};
    json_t *rows = o->common.json ? json_array() : NULL;
    if (!rows) {
        print_head(&s);
    }
    for (int i = 0; i < 3; i++) {
        if (rows) {
            json_array_append_new(rows, result_json(name[i], &baseline[i]));
        } else {
            print_row(name[i], &baseline[i]);
        }
    }
    int trained = measure_all(o, &s, rows, err);
    if (rows && trained >= 0) {
        print_json(rows);
    } else if (rows) {
        json_decref(rows);
    }
    set_free(&s);
    return trained >= 0;
}

static error_t parse_compare(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT) {
        return ARGP_ERR_UNKNOWN;
    }
    state->child_inputs[0] = state->input;
    return 0;
}

int command_compare(int argc, char **argv)
{
    const struct argp argp = {.parser = parse_compare,
                              .children = chapter_options,
                              .doc = "All methods that have been trained, on one protocol, beside chance, the most frequent "
                                     "class and the nearest neighbour in "
                                     "pixels."};
    MethodOptions o = {.common = common_defaults()};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return compare(&o, &err) ? 0 : mm_program_error(&err);
}
