/* fashion.c: `clip fashion`: 红色的连衣裙, a red dress, is found though no red dress was trained on. */
#include "fashion.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_RUNS = 20 };

typedef struct FashionOptions {
    Common common;
    int steps, runs;
    bool plain;
    const char *query;
} FashionOptions;

/* ---- figures over several runs ---- */

/* x points to a figure of the first of `runs` results: its mean, and the standard deviation of a run. */
static double mean(const double *x, int runs)
{
    double sum = 0;
    for (int i = 0; i < runs; i++) {
        sum += x[(size_t)i * (sizeof(FashionResult) / sizeof(double))];
    }
    return sum / runs;
}

static double spread(const double *x, int runs)
{
    double middle = mean(x, runs), sum = 0;
    for (int i = 0; i < runs; i++) {
        double d = x[(size_t)i * (sizeof(FashionResult) / sizeof(double))] - middle;
        sum += d * d;
    }
    return runs > 1 ? sqrt(sum / (runs - 1)) : 0;
}

static void print_scores(const char *name, const Scores *s, int runs)
{
    printf("  %-36s", name);
    for (const Score *x = &s->seen; x <= &s->held_out; x++) {
        printf("  %.3f (%.3f, %.3f)", mean(&x->pair, runs), mean(&x->kind, runs), mean(&x->colour, runs));
    }
    if (spread(&s->held_out.pair, runs) > 1e-9) {
        printf(" ± %.3f", spread(&s->held_out.pair, runs));
    }
    printf("\n");
}

static void print_table(const FashionResult *r, int runs)
{
    printf("\n%-38s  %-20s  %s\n", "Which of the hundred is it?", "pairs trained on", "pairs held out");
    printf("%-38s  %s  %s\n", "", "right (kind, colour)", "right (kind, colour)");
    print_scores("chance", &(Scores){{0.01, 0.1, 0.1}, {0.01, 0.1, 0.1}}, 1);
    print_scores("nearest training picture in pixels", &r->pixels, runs);
    print_scores("nearest kind, and nearest colour", &r->parts, runs);
    print_scores("CLIP, English", &r->model[EN], runs);
    print_scores("CLIP, Chinese", &r->model[ZH], runs);
    printf("\nThe text of a pair held out, of the first ten pictures among all: %.3f are right in English, %.3f in Chinese\n",
           mean(&r->precision[EN], runs), mean(&r->precision[ZH], runs));
    if (runs > 1) {
        printf("Means of %d runs with other seeds; ±: the standard deviation of a run\n", runs);
    }
}

static json_t *scores_json(const Scores *s, int runs)
{
    return json_pack("{s:f, s:f, s:f, s:f}", "trained on", mean(&s->seen.pair, runs), "held out", mean(&s->held_out.pair, runs),
                     "held out, kind", mean(&s->held_out.kind, runs), "spread", spread(&s->held_out.pair, runs));
}

static void print_json(const FashionResult *r, int runs)
{
    json_t *j = json_pack("{s:i, s:f, s:o, s:o, s:o, s:o, s:[f, f]}", "runs", runs, "chance", 1.0 / PAIRS, "nearest picture",
                          scores_json(&r->pixels, runs), "nearest kind and colour", scores_json(&r->parts, runs),
                          language_name[EN], scores_json(&r->model[EN], runs), language_name[ZH],
                          scores_json(&r->model[ZH], runs), "precision at 10", mean(&r->precision[EN], runs),
                          mean(&r->precision[ZH], runs));
    json_dumpf(j, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(j);
}

/* ---- the command ---- */

static void describe(const Garments *train, const Garments *test, int steps)
{
    printf("%d photographs of clothes to train on, %d to test with, painted in %d colours; %d steps\nNever trained on:", train->n,
           test->n, COLOURS, steps);
    for (int kind = 0; kind < KINDS; kind++) {
        for (int colour = 0; colour < COLOURS; colour++) {
            if (garments_held_out(kind, colour)) {
                printf("%s %s %s", kind ? "," : "", garments_colour(colour, EN), train->name[kind][EN]);
            }
        }
    }
    printf("\n");
    fflush(stdout);
}

/* The first model is kept, and opens the shop. */
static bool one_run(const FashionOptions *o, const Garments *train, const Garments *test, int i, ClipModel *first,
                    FashionResult *r, Error *err)
{
    ClipModel m = {0};
    bool ok = fashion_train(train, o->common.seed + (uint64_t)i, o->steps, o->plain, &m, err) &&
              fashion_measure(&m, train, test, r, err);
    if (i == 0) {
        *first = m;
    } else {
        clip_model_free(&m);
    }
    return ok;
}

static bool run(const FashionOptions *o, Error *err)
{
    Garments train = {0}, test = {0};
    ClipModel m = {0};
    FashionResult r[MOST_RUNS];
    double start = mm_seconds();
    char *data = mm_join_path(o->common.data, "fashion"), *out = mm_join_path(o->common.out, "fashion"),
         *model = mm_join_path(out, "model");
    bool json = o->common.json, ok = garments_load(data, "train", &train, err) && garments_load(data, "test", &test, err);
    if (ok && !json) {
        describe(&train, &test, o->steps);
    }
    for (int i = 0; ok && i < o->runs; i++) {
        ok = one_run(o, &train, &test, i, &m, &r[i], err);
    }
    double seconds = (mm_seconds() - start) / o->runs;
    ok = ok && clip_folder_save(&m.clip, m.params, m.tokenizer, model, err);
    if (ok) {
        (json ? print_json : print_table)(r, o->runs);
        if (!json) {
            printf("Training and measuring took %.0f s a run\n\n", seconds);
        }
        ok = json || fashion_shop(&m, &test, o->query, out, err);
    }
    clip_model_free(&m);
    garments_free(&train);
    garments_free(&test);
    free(model);
    free(out);
    free(data);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    FashionOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'n': o->steps = (int)mm_option_number(state, "--steps", arg, 1, 1000000); break;
    case 'r': o->runs = (int)mm_option_number(state, "--runs", arg, 1, MOST_RUNS); break;
    case 'p': o->plain = true; break;
    case 'q': o->query = arg; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_fashion(int argc, char **argv)
{
    FashionOptions o = {.common = program_defaults(), .steps = 600, .runs = 1, .query = "红色的连衣裙"};
    static const struct argp_option options[] = {
        {"steps", 'n', "N", 0, "steps of training (600)", 0},
        {"runs", 'r', "N", 0, "train N times, with seeds SEED, SEED + 1, … (1)", 0},
        {"plain", 'p', NULL, 0, "say pairs alone, and paint in colours with a name alone", 0},
        {"query", 'q', "TEXT", 0, "what to look for in the shop (红色的连衣裙)", 0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .doc = "Trains CLIP on clothes painted in ten colours without ten of the hundred pairs of kind and "
                                     "colour, measures how often "
                                     "just these are told, and searches a shop for one of them. Leaves OUT/fashion/model, shop, "
                                     "index.safetensors, search."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    mm_catch_interrupt();
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
