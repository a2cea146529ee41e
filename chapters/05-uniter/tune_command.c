/* tune_command.c: `uniter tune`. */
#include "exam.h"
#include "io/memory.h"
#include "program.h"
#include "tune.h"
#include "tune_options.h"

#include <jansson.h>
#include <stdio.h>

/* ---- what it has learned ---- */

static void print_exam(Skill skill, const Exam *e)
{
    printf("  %-8s%6d asked\n", skill_name[skill], e->asked);
    for (int i = 0; i < e->n; i++) {
        printf("    %s%-46s %7.3f\n", i < e->n - e->baselines ? "" : "- ", e->line[i].what, e->line[i].value);
    }
}

static json_t *exam_json(const Exam *e)
{
    json_t *model = json_array(), *beside = json_array();
    for (int i = 0; i < e->n; i++) {
        json_array_append_new(i < e->n - e->baselines ? model : beside,
                              json_pack("{s:s, s:f}", "what", e->line[i].what, "value", e->line[i].value));
    }
    return json_pack("{s:i, s:o, s:o}", "asked", e->asked, "model", model, "baselines", beside);
}

static json_t *examine_split(const TuneOptions *o, const Tuned *t, SceneSplit split, const Lessons *test, const ExamOptions *how)
{
    json_t *all = json_object();
    if (!o->common.json) {
        printf("\n%d %s, %s\n", test->n, o->files ? "pictures" : "scenes", o->files ? o->split[1] : split_words[split]);
    }
    for (int s = 0; s < SKILLS; s++) {
        if (t->has[s]) {
            const Exam e = examine(t, (Skill)s, test, how);
            json_object_set_new(all, skill_name[s], exam_json(&e));
            if (!o->common.json) {
                print_exam((Skill)s, &e);
                fflush(stdout);
            }
        }
    }
    return all;
}

static bool examine_all(const TuneOptions *o, const Tuned *t, const Cutouts *c, const ExamOptions *how, Error *err)
{
    json_t *all = json_object();
    bool ok = true;
    const int splits = o->files ? MM_SCENE_HELD_OUT + 1 : MM_SCENE_SPLITS;
    for (int s = MM_SCENE_HELD_OUT; s < splits && ok; s++) {
        Lessons test;
        if (s == MM_SCENE_PHOTOGRAPHS && !c->photographs) {
            fprintf(stderr, "no test on photographs: they are not there (datasets/fetch brings them)\n");
            continue;
        }
        ok = tune_lessons(o, c, (SceneSplit)s, o->tests, t->m.tokenizer, &test, err);
        if (ok) {
            json_object_set_new(all, o->files ? o->split[1] : mm_scene_split_name[s],
                                examine_split(o, t, (SceneSplit)s, &test, how));
            lessons_free(&test);
        }
    }
    if (ok && o->common.json) {
        json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(all);
    return ok;
}

/* ---- the run ---- */

static bool learn(TuneOptions *o, Tuned *t, Lessons *l, const char *out, Error *err)
{
    float *history = mm_take((size_t)o->tuning.recipe.steps * LOG_COLUMNS, sizeof *history);
    char *state = mm_join_path(out, "state.safetensors");
    const Course course = tune_course();
    o->keep.state = state;
    if (!o->common.json) {
        printf("from %s%s: %zu parameters; %d %s; %lld steps of %d\n", o->from,
               o->from_scratch ? ", without what it has learned" : "", mm_params_numel(t->m.params), l->n,
               o->files ? "pictures" : "scenes", (long long)o->tuning.recipe.steps, o->tuning.recipe.batch);
        fflush(stdout);
    }
    bool ok = mm_make_folders(out, err) && tune(t, l, &o->tuning, o->common.seed, &o->keep, history, err) &&
              tuned_save(t, out, err) && detector_save(&o->detector, out, err) &&
              plot_losses(&course, out, history, o->tuning.recipe.steps, err);
    if (ok && !o->common.json) {
        printf("model: %s   losses: %s/loss.svg, %s/log.tsv\n", out, out, out);
    }
    free(state);
    free(history);
    return ok;
}

static bool run(TuneOptions *o, const Cutouts *c, Error *err)
{
    Tuned t = {.has = {false}}, before = {.has = {false}};
    Lessons train = {.n = 0};
    char *out = mm_join_path(o->common.out, o->name);
    bool ok = tuned_start(o->from, o->from_scratch, o->common.seed, &t, err) && tuned_load(o->from, &before, err) &&
              tune_lessons(o, c, MM_SCENE_TRAIN, o->scenes, t.m.tokenizer, &train, err) && learn(o, &t, &train, out, err);
    if (ok) {
        const ExamOptions how = tune_exam(o, &train, o->from_scratch ? NULL : &before.m.uniter);
        ok = examine_all(o, &t, c, &how, err);
    }
    free(out);
    lessons_free(&train);
    tuned_free(&t);
    tuned_free(&before);
    return ok;
}

static bool test(TuneOptions *o, const Cutouts *c, Error *err)
{
    Tuned t = {.has = {false}};
    Lessons train = {.n = 0};
    bool ok = tuned_load(o->from, &t, err) &&
              (!t.frames || mm_error(err, "%s: it captions clips; `uniter video --test` tests it", o->from)) &&
              tune_lessons(o, c, MM_SCENE_TRAIN, o->scenes, t.m.tokenizer, &train, err);
    if (ok) {
        const ExamOptions how = tune_exam(o, &train, NULL);
        ok = examine_all(o, &t, c, &how, err);
    }
    lessons_free(&train);
    tuned_free(&t);
    return ok;
}

int command_test(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"beams", 'B', "N", 0, "beginnings of a caption that are kept (4)", 0},
        {"length-penalty", 'p', "X", 0, "a caption is rated by ln p / words^X (0)", 0},
        {"files", 'F', "DIR", 0, "test on files in the form of COCO and VQA v2, not on scenes", 0},
        {"splits", 'P', "TRAIN,TEST", 0, "of these files (train,val)", 0},
        {"scenes", 'S', "N", 0, "scenes that majorities are of (16000)", 0},
        {"tests", 'T', "N", 0, "scenes of each test (100)", 0},
        {"language", 'g', "LANG", 0, "en (default) or zh: the language of the model", 0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = tune_parse,
                              .children = mm_common_options,
                              .doc = "Tests a fine-tuned model, OUT/tuned, on scenes that it has not learned from."};
    TuneOptions o = tune_defaults();
    o.start = o.name;
    o.maker = "tune";
    return tune_run(&argp, argc, argv, &o, test);
}

int command_tune(int argc, char **argv)
{
    TuneOptions o = tune_defaults();
    const struct argp argp = {
        .options = tune_options,
        .parser = tune_parse,
        .children = mm_common_options,
        .doc = "Fine-tunes a pretrained model on scenes: to answer questions, write captions, rank pictures and "
               "texts, find what is meant, judge statements. With several tasks one model learns them all, one "
               "a step. OUT/NAME becomes the model; it is tested on scenes that it has not learned from."};
    return tune_run(&argp, argc, argv, &o, run);
}
