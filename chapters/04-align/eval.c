/* eval.c: `align eval`: R@K both ways on pairs that training never saw, beside chance and the nearest neighbour in pixels. */
#include "measure.h"
#include "program.h"

#include <jansson.h>

typedef struct EvalOptions {
    Common common;
    SetOptions set;
} EvalOptions;

static bool run(const EvalOptions *o, Error *err)
{
    AlignModel m = {0};
    PairSet set = {0};
    json_t *all = json_array();
    bool ok = program_load_model(&o->common, &m, err) && set_load(&o->set, true, &set, err);
    for (int i = 0; i < set.tests && ok; i++) {
        Retrieval r;
        ok = measure(&m.align, m.tokenizer, &set.test[i], &r, err);
        if (ok && o->common.json) {
            json_array_append_new(all, measure_json(&set.test[i], &r));
        } else if (ok) {
            measure_print(&set.test[i], &r);
        }
    }
    if (ok && o->common.json) {
        json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        printf("\n");
    } else if (ok) {
        printf("The pixel nearest neighbour takes the text of the training picture that looks most alike, and compares words.\n");
    }
    json_decref(all);
    set_free(&set);
    align_model_free(&m);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    EvalOptions *o = state->input;
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 't': o->set.stamps = true; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_eval(int argc, char **argv)
{
    EvalOptions o = {.common = program_defaults(), .set = {.filter = MM_LIMITS_HERE, .part = 1, .pictures = BOTH}};
    static const struct argp_option options[] = {
        {"stamps", 't', NULL, 0, "test with Tux Paint's stamps as well: `datasets/fetch tuxpaint`", 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .doc = "Recall@1, 5 and 10 of a trained model, both ways: on the tenth of the clip art that is held out, and on "
               "emoji of a style that training never sees with their names."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    o.set.data = o.common.data;
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
