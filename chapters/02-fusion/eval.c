/* eval.c: `fusion eval`: a trained model, asked as it is or with something wrong. */
#include "folder.h"
#include "program.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct EvalOptions {
    Common common;
    Asked asked;
    bool late; /* a rule was given */
} EvalOptions;

/* Under which conditions, if they are not those of training. */
static void print_conditions(const EvalOptions *o)
{
    const Disturb *d = &o->asked.disturb;
    for (int m = 0; m < MM_MODALITIES; m++) {
        if (d->missing[m]) {
            printf("%s is missing\n", mm_modality_name[m]);
        } else if (d->noise[m] > 0) {
            printf("noise of %g in %s\n", d->noise[m], mm_modality_name[m]);
        }
    }
    if (o->late) {
        printf("late fusion decides by %s\n", late_name[o->asked.rule]);
    }
}

static bool run(const EvalOptions *o, Error *err)
{
    StudyOptions made = study_defaults(1);
    Feelings feelings;
    Fold fold;
    int at;
    char *folder = folder_name(&o->common);
    bool ok = folder_config(folder, &made, &at, err) &&
              (!o->late || made.recipe.fusion == FUSE_LATE ||
               mm_error(err, "--late: the model in %s is of %s fusion", folder, fusion_name[made.recipe.fusion])) &&
              feelings_load(o->common.data, made.set, made.table, &feelings, err);
    if (ok) {
        ok = fold_new(&feelings, at, &fold, err);
        if (ok) {
            Question q = question_sentiment(&fold);
            Task t = question_task(&q);
            Net net = net_new(&t, &made.recipe, 1);
            const Report r = {.task = &t, .net = &net, .asked = &o->asked, .folder = folder};
            if (!o->common.json) {
                printf("%s\n%s: %s fusion of %s\n", t.source, t.name, fusion_name[made.recipe.fusion], folder);
                print_conditions(o);
            }
            ok = folder_load(&net, folder, err) && report(&r, o->common.json, err);
            net_free(&net);
            fold_free(&fold);
        }
        feelings_free(&feelings);
    }
    free((char *)made.table);
    free(folder);
    return ok;
}

/* "voice=2" */
static void parse_noise(struct argp_state *state, const char *arg, double *noise)
{
    char modality[16] = "";
    const char *equals = strchr(arg, '=');
    if (!equals || (size_t)(equals - arg) >= sizeof modality) {
        argp_error(state, "--noise takes MODALITY=X, as voice=2, not \"%s\"", arg);
        return;
    }
    memcpy(modality, arg, (size_t)(equals - arg));
    static const char *const name[] = {"text", "voice", "face", NULL};
    noise[mm_option_choice(state, "--noise", modality, name)] = mm_option_real(state, "--noise", equals + 1, 0, 100);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    static const char *const name[] = {"text", "voice", "face", NULL};
    EvalOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'l':
        o->asked.rule = (LateRule)mm_option_choice(state, "--late", arg, late_name);
        o->late = true;
        break;
    case 'x': o->asked.disturb.missing[mm_option_choice(state, "--missing", arg, name)] = true; break;
    case 'n': parse_noise(state, arg, o->asked.disturb.noise); break;
    case ARGP_KEY_END:
        if (o->asked.disturb.missing[0] && o->asked.disturb.missing[1] && o->asked.disturb.missing[2]) {
            argp_error(state, "--missing text, voice and face: one of them must be left");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_eval(int argc, char **argv)
{
    EvalOptions o = {.common = mm_common_defaults("out/fusion"), .asked = {.rule = LATE_PRODUCT}};
    const struct argp_option options[] = {
        {"late", 'l', "RULE", 0, "how late fusion decides: mean, product (default), weights or vote", 0},
        {"missing", 'x', "MODALITY", 0, "text, voice or face is not there; may be given twice", 0},
        {"noise", 'n', "MODALITY=X", 0, "noise in a modality: as `fusion noise`", 0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .doc = "Measures a trained model on the fold of its data set that it has not seen."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    o.asked.seed = o.common.seed;
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
