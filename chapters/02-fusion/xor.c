/* xor.c: `fusion xor`: each fusion on labels that are the product of signs, and on labels that are their majority. */
#include "io/memory.h"
#include "jobs.h"
#include "program.h"
#include "variants.h"

#include <jansson.h>
#include <stdio.h>

enum { TASKS = 3, MOST_RUNS = 20, TESTED = 1000 };

static const struct {
    Planted planted;
    int signs;
    const char *title, *key;
} planted[TASKS] = {{PLANTED_PARITY, 2, "product of 2", "product of 2 signs"},
                    {PLANTED_PARITY, 3, "product of 3", "product of 3 signs"},
                    {PLANTED_MAJORITY, 3, "majority of 3", "majority of 3 signs"}};

typedef struct XorOptions {
    Common common;
    int runs;
} XorOptions;

typedef struct Results {
    MeanSd accuracy[VARIANTS][TASKS];
    double majority[TASKS]; /* the part of the test that has the more frequent label, mean over runs */
} Results;

static const Recipe recipe = {
    .width = 16, .hidden = 32, .products = 8, .rank = 8, .lr = 1e-2, .batch = 50, .epochs = 16, .examples = 1000};

/* All variants on one task and one seed: their jobs are one for each kind of fusion. */
static void measure(const Learning *job, const Task *t, uint64_t seed, double *accuracy, double *majority)
{
    Triple *test = mm_take(TESTED, sizeof *test);
    real *p = mm_take(TESTED, sizeof *p);
    int guess[TESTED], truth[TESTED];
    t->draw(t, MM_TEST_SIDE, seed, TESTED, test, NULL);
    for (int v = 0; v < VARIANTS; v++) {
        const Disturb d = variant_disturb(v, (Disturb){0});
        net_predict(&job[variant[v].fusion].net, t, test, TESTED, &d, variant[v].rule, seed, p);
        for (int i = 0; i < TESTED; i++) {
            guess[i] = p[i] > (real)0.5;
            truth[i] = test[i].label;
        }
        accuracy[v] = mm_accuracy(guess, truth, TESTED);
    }
    *majority = mm_majority(truth, TESTED);
    free(test);
    free(p);
}

static void collect(const Learning *job, const Task *task, const XorOptions *o, Results *r)
{
    double of[VARIANTS], accuracy[VARIANTS][MOST_RUNS], majority[MOST_RUNS];
    for (int k = 0; k < TASKS; k++) {
        for (int run = 0; run < o->runs; run++) {
            int at = run * TASKS + k;
            measure(job + at * FUSIONS, &task[at], o->common.seed + (uint64_t)run, of, &majority[run]);
            for (int v = 0; v < VARIANTS; v++) {
                accuracy[v][run] = of[v];
            }
        }
        r->majority[k] = mm_mean_sd(majority, o->runs).mean;
        for (int v = 0; v < VARIANTS; v++) {
            r->accuracy[v][k] = mm_mean_sd(accuracy[v], o->runs);
        }
    }
}

static void print_row(const char *name, const double *value)
{
    printf("  %-16s", name);
    for (int k = 0; k < TASKS; k++) {
        printf("  %.3f        ", value[k]);
    }
    printf("\n");
}

static void print_table(const Results *r, const Task *t, const XorOptions *o)
{
    char name[VARIANT_TEXT];
    printf("%s. A sign is in each of three modalities; the label is\n\n  %-16s", t->source, "");
    for (int k = 0; k < TASKS; k++) {
        printf("  %-13s", planted[k].title);
    }
    printf("\n");
    print_row("chance", (const double[TASKS]){0.5, 0.5, 0.5});
    print_row("always the same", r->majority);
    for (int v = 0; v < VARIANTS; v++) {
        printf("  %-16s", variant_name(v, t, name));
        for (int k = 0; k < TASKS; k++) {
            printf("  %.3f ± %.3f", r->accuracy[v][k].mean, r->accuracy[v][k].sd);
        }
        printf("\n");
    }
    printf(
        "\nAccuracy on %d examples that were not trained on; mean and standard deviation of %d runs with other signs and seeds.\n"
        "What is alone, and all rules of late fusion, add up what single modalities know; of a product these know nothing.\n",
        TESTED, o->runs);
}

static void print_json(const Results *r, const Task *t, const XorOptions *o)
{
    char name[VARIANT_TEXT];
    json_t *rows = json_object();
    for (int v = 0; v < VARIANTS; v++) {
        json_t *row = json_object();
        for (int k = 0; k < TASKS; k++) {
            json_object_set_new(row, planted[k].key,
                                json_pack("{s:f, s:f}", "accuracy", r->accuracy[v][k].mean, "sd", r->accuracy[v][k].sd));
        }
        json_object_set_new(rows, variant_name(v, t, name), row);
    }
    json_t *j = json_pack("{s:s, s:i, s:i, s:f, s:o}", "data", t->source, "runs", o->runs, "tested", TESTED, "chance", 0.5,
                          "fusions", rows);
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

static bool run(const XorOptions *o, Error *err)
{
    int tasks = o->runs * TASKS, jobs = tasks * FUSIONS;
    Signs **signs = mm_take((size_t)tasks, sizeof *signs);
    Task *task = mm_take((size_t)tasks, sizeof *task);
    Learning *job = mm_take((size_t)jobs, sizeof *job);
    for (int at = 0; at < tasks; at++) {
        uint64_t seed = o->common.seed + (uint64_t)(at / TASKS);
        signs[at] = signs_new(planted[at % TASKS].planted, planted[at % TASKS].signs, seed);
        task[at] = signs_task(signs[at]);
        for (int f = 0; f < FUSIONS; f++) {
            Learning *j = &job[at * FUSIONS + f];
            *j = (Learning){.task = &task[at], .recipe = recipe, .seed = seed};
            j->recipe.fusion = (FusionKind)f;
        }
    }
    bool ok = jobs_run(job, jobs, err);
    if (ok) {
        Results r;
        collect(job, task, o, &r);
        (o->common.json ? print_json : print_table)(&r, task, o);
        jobs_free(job, jobs);
    }
    for (int at = 0; at < tasks; at++) {
        signs_free(signs[at]);
    }
    free(signs);
    free(task);
    free(job);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    XorOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'r': o->runs = (int)mm_option_number(state, "--runs", arg, 1, MOST_RUNS); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_xor(int argc, char **argv)
{
    XorOptions o = {.common = mm_common_defaults("out/fusion"), .runs = 5};
    const struct argp_option options[] = {{"runs", 'r', "N", 0, "train each this often, with other signs and seeds (5)", 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Each way to fuse, on a planted task. In each of three modalities a sign is hidden under noise; the "
               "label is the product of two or of all of them, or their majority. One modality by itself knows "
               "nothing of a product, so adding up what each says cannot help."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
