/* compare_command.c: `uniter compare`: what pretraining is good for, and learning several tasks together: each way of fine-tuning with several
 * seeds, in one table. */
#include "io/memory.h"
#include "mm/metrics.h"
#include "program.h"
#include "tune_options.h"

#include <jansson.h>
#include <stdio.h>

enum { SEEDS_MOST = 10 };

/* A way of fine-tuning, and the skills that it makes sense for. */
typedef struct Way {
    const char *what, *key; /* key: in --json */
    bool together, from_scratch;
    Hiding hiding;
    DecoderKind decoder;
    bool of[SKILLS];
} Way;

#define ALL                                                                                                                      \
    {                                                                                                                            \
        true, true, true, true, true                                                                                             \
    }
static const Way ways[] = {
    {"pretrained, all together", "pretrained together", .together = true, .of = ALL},
    {"pretrained, each alone", "pretrained alone", .of = ALL},
    {"from scratch, all together", "scratch together", .together = true, .from_scratch = true, .of = ALL},
    {"from scratch, each alone", "scratch alone", .from_scratch = true, .of = ALL},
    {"pretrained, alone, without the regions", "no regions", .hiding = HIDE_REGIONS, .of = {true, true, false, true, true}},
    {"pretrained, alone, without the words", "no words", .hiding = HIDE_WORDS, .of = {true, false, false, true, true}},
    {"pretrained, alone, by an LSTM", "lstm", .decoder = LSTM_DECODER, .of = {[SKILL_CAPTION] = true}},
};
enum { WAYS = sizeof ways / sizeof *ways };
static const char *const figure[SKILLS] = {"accuracy", "CIDEr-D", "mean R@1", "accuracy", "accuracy"};

typedef struct CompareOptions {
    TuneOptions tune;
    int seeds;
} CompareOptions;

typedef struct Table {
    double value[WAYS][SKILLS][SEEDS_MOST];
    Lessons train, test;
} Table;

static bool asked(const CompareOptions *o, const Way *w, int skill)
{
    return o->tune.tuning.recipe.ratio[skill] > 0 && w->of[skill];
}

/* One model: learns the skills of `ratio`, and is tested on them. */
static bool learn(const CompareOptions *o, int way, const int *ratio, int seed, Table *t, Error *err)
{
    const Way *w = &ways[way];
    Tuning how = o->tune.tuning;
    Tuned model;
    char *state = mm_join_path(o->tune.common.out, "compare.safetensors");
    const Keeping keep = {.state = state, .save_every = 1 << 30};
    how.hiding = w->hiding;
    how.decoder = w->decoder;
    how.recipe.steps = 0;
    for (int s = 0; s < SKILLS; s++) {
        how.recipe.ratio[s] = ratio[s];
        how.recipe.steps += ratio[s] > 0 ? o->tune.steps : 0;
    }
    how.recipe.warmup = how.recipe.steps / 10;
    float *history = mm_take((size_t)how.recipe.steps * LOG_COLUMNS, sizeof *history);
    const uint64_t own = o->tune.common.seed + (uint64_t)seed;
    bool ok = tuned_start(o->tune.from, w->from_scratch, own, &model, err);
    if (ok) {
        ok = tune(&model, &t->train, &how, own, &keep, history, err);
        for (int s = 0; s < SKILLS && ok; s++) {
            if (ratio[s] > 0) {
                ExamOptions exam = tune_exam(&o->tune, &t->train, NULL);
                exam.hiding = w->hiding;
                t->value[way][s][seed] = examine(&model, (Skill)s, &t->test, &exam).line[0].value;
            }
        }
        tuned_free(&model);
    }
    free(history);
    free(state);
    return ok;
}

static bool learn_way(const CompareOptions *o, int way, int seed, Table *t, Error *err)
{
    const Way *w = &ways[way];
    int all[SKILLS] = {0};
    bool ok = true, any = false;
    for (int s = 0; s < SKILLS && ok; s++) {
        if (asked(o, w, s)) {
            int alone[SKILLS] = {0};
            all[s] = o->tune.tuning.recipe.ratio[s];
            alone[s] = 1;
            any = true;
            ok = w->together || learn(o, way, alone, seed, t, err);
        }
    }
    return ok && (!w->together || !any || learn(o, way, all, seed, t, err));
}

/* Of the ways and skills those that were asked for. */
static void print_table(const CompareOptions *o, const Table *t)
{
    const int *ratio = o->tune.tuning.recipe.ratio;
    printf("\n%d scenes of pairs of things never seen together; %d seeds of fine-tuning, %lld steps for each task; 95 %% "
           "intervals\n\n%-40s",
           o->tune.tests, o->seeds, o->tune.steps, "");
    for (int s = 0; s < SKILLS; s++) {
        printf("%*s", ratio[s] ? 17 : 0, ratio[s] ? skill_name[s] : "");
    }
    printf("\n%-40s", "");
    for (int s = 0; s < SKILLS; s++) {
        printf("%*s", ratio[s] ? 17 : 0, ratio[s] ? figure[s] : "");
    }
    for (int w = 0; w < WAYS; w++) {
        bool any = false;
        for (int s = 0; s < SKILLS; s++) {
            any = any || asked(o, &ways[w], s);
        }
        if (any) {
            printf("\n%-40s", ways[w].what);
        }
        for (int s = 0, gap = 0; s < SKILLS && any; s++) {
            if (asked(o, &ways[w], s)) {
                Interval m = mm_seed_interval(t->value[w][s], o->seeds);
                printf("%*s   %6.3f ± %5.3f", gap, "", m.value, m.high - m.value);
                gap = 0;
            } else {
                gap += ratio[s] ? 17 : 0;
            }
        }
    }
    printf("\n");
}

static void print_json(const CompareOptions *o, const Table *t)
{
    json_t *all = json_object();
    for (int w = 0; w < WAYS; w++) {
        json_t *of = json_object();
        for (int s = 0; s < SKILLS; s++) {
            json_t *values = json_array();
            for (int k = 0; k < o->seeds; k++) {
                json_array_append_new(values, json_real(t->value[w][s][k]));
            }
            if (asked(o, &ways[w], s)) {
                json_object_set(of, skill_name[s], values);
            }
            json_decref(values);
        }
        json_object_set_new(all, ways[w].key, of);
    }
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(all);
}

static bool run(TuneOptions *tune, const Cutouts *c, Error *err)
{
    const CompareOptions *o = (const CompareOptions *)tune; /* its first member */
    UniterModel m;
    Table *t = mm_take(1, sizeof *t);
    bool ok = mm_make_folders(tune->common.out, err) && uniter_folder_load(tune->from, &m, err);
    if (ok) {
        ok = tune_lessons(tune, c, MM_SCENE_TRAIN, tune->scenes, m.tokenizer, &t->train, err) &&
             tune_lessons(tune, c, MM_SCENE_HELD_OUT, tune->tests, m.tokenizer, &t->test, err);
        uniter_model_free(&m);
    }
    for (int seed = 0; seed < o->seeds && ok; seed++) {
        for (int w = 0; w < WAYS && ok; w++) {
            fprintf(stderr, "seed %d of %d: %s\n", seed + 1, o->seeds, ways[w].what);
            ok = learn_way(o, w, seed, t, err);
        }
    }
    if (ok) {
        (tune->common.json ? print_json : print_table)(o, t);
    }
    lessons_free(&t->train);
    lessons_free(&t->test);
    free(t);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    CompareOptions *o = state->input;
    if (key == 'e') {
        o->seeds = (int)mm_option_number(state, "--seeds", arg, 2, SEEDS_MOST);
        return 0;
    }
    return tune_parse(key, arg, state); /* of its first member */
}

int command_compare(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"task", 'k', "TASK", 0, "vqa, caption, rank, refer or entail; may be given several times (all)", 0},
        {"seeds", 'e', "N", 0, "how often each is done (3)", 0},
        {"steps", 'n', "N", 0, "steps for each task (500)", 0},
        {"quick", 'q', NULL, 0, "a short run: 200 steps a task, 1000 scenes", 0},
        {"scenes", 'S', "N", 0, "scenes to learn from (4000)", 0},
        {"tests", 'T', "N", 0, "scenes of the test (100)", 0},
        {"batch", 'b', "N", 0, "examples of a step (32)", 0},
        {"language", 'g', "LANG", 0, "en (default) or zh: the language of the pretrained model", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Fine-tunes with and without pretraining, all tasks together and each alone, and without what an "
               "answer should come from, with several seeds, and prints one table."};
    CompareOptions o = {tune_defaults(), 3};
    o.tune.steps = 500;
    o.tune.scenes = 4000;
    return tune_run(&argp, argc, argv, &o.tune, run);
}
