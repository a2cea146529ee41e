/* train_options.c: the options of `align train`. */
#include "train.h"

enum {
    KEY_SAVE = 1000,
    KEY_EVALS,
    KEY_STOP,
    KEY_GRAPH,
    KEY_PICTURES,
    KEY_RULES,
    KEY_PART,
    KEY_NOISE,
    KEY_TEXTS,
    KEY_SHARDS,
    KEY_STEPS,
    KEY_POOL,
    KEY_STYLES,
    KEY_GROUPS
};

static const struct argp_option options[] = {
    {"pictures", KEY_PICTURES, "KIND", 0, "what is trained on: clipart (default), emoji, both, or all: IconPark's icons too", 0},
    {"more-styles", KEY_STYLES, NULL, 0, "emoji of two more styles: `datasets/fetch openmoji emojione1`", 0},
    {"all-groups", KEY_GROUPS, NULL, 0, "emoji of people's bodies and symbols too", 0},
    {"texts", KEY_TEXTS, "KIND", 0, "what is said of them: names (default), keywords or both", 0},
    {"rules", KEY_RULES, "WHOSE", 0,
     "the noise filters that clip art must pass: none, align, coyo or here (default), see `align funnel`", 0},
    {"part", KEY_PART, "X", 0, "train on a random part of the pairs (1)", 0},
    {"noise", KEY_NOISE, "X", 0, "shuffle the texts of this part of the pairs (0)", 0},
    {"shards", KEY_SHARDS, "DIR", 0, "train on shards, which may be larger than memory, for --steps steps; see `align shards`",
     0},
    {"steps", KEY_STEPS, "N", 0, "steps on shards (1000)", 0},
    {"pool", KEY_POOL, "N", 0, "pairs of the shards among which the next is drawn (1000)", 0},
    {"epochs", 'e', "X", 0, "passes over the pairs", 1},
    {"quick", 'q', NULL, 0, "a first look: a few epochs, some seconds", 3},
    {"resume", 'r', NULL, 0, "go on with the run in OUT/train.safetensors", 3},
    {"save-every", KEY_SAVE, "N", 0, "steps between checkpoints (200)", 3},
    {"evaluations", KEY_EVALS, "N", 0, "points of the recall curve (5)", 3},
    {"stop-after", KEY_STOP, "N", 0, "save and stop after N steps", 3},
    {"graph", KEY_GRAPH, "FILE[:STEP]", 0, "write this step (1) with all its gradients to FILE: .html, .json, .svg, ...", 3},
    {0},
};

static const char *const rules[] = {"none", "align", "coyo", "here", NULL}; /* one before a NoiseSource */

static error_t parse(int key, char *arg, struct argp_state *state)
{
    TrainOptions *o = state->input;
    Error err;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        state->child_inputs[1] = &o->with;
        break;
    case 'e': o->with.recipe.epochs = mm_option_real(state, "--epochs", arg, 0.01, 100000); break;
    case KEY_TEXTS: o->set.texts = (Texts)mm_option_choice(state, "--texts", arg, texts_name); break;
    case KEY_PICTURES: o->set.pictures = (Pictures)mm_option_choice(state, "--pictures", arg, pictures_name); break;
    case KEY_STYLES: o->set.more.styles = true; break;
    case KEY_GROUPS: o->set.more.groups = true; break;
    case KEY_RULES: o->set.filter = mm_option_choice(state, "--rules", arg, rules) - 1; break;
    case KEY_PART: o->set.part = mm_option_real(state, "--part", arg, 0.001, 1); break;
    case KEY_NOISE: o->set.shuffled = mm_option_real(state, "--noise", arg, 0, 1); break;
    case KEY_SHARDS: o->shards = arg; break;
    case KEY_STEPS: o->steps = (int)mm_option_number(state, "--steps", arg, 1, 100000000); break;
    case KEY_POOL: o->pool = (int)mm_option_number(state, "--pool", arg, 1, 10000000); break;
    case 'q': recipe_quick(&o->with.recipe); break;
    case 'r': o->resume = true; break;
    case KEY_SAVE: o->save_every = (int)mm_option_number(state, "--save-every", arg, 1, 1000000000); break;
    case KEY_EVALS: o->evaluations = (int)mm_option_number(state, "--evaluations", arg, 0, 1000000); break;
    case KEY_STOP: o->stop_after = mm_option_number(state, "--stop-after", arg, 1, 1000000000); break;
    case KEY_GRAPH:
        if (!mm_graph_step_parse(arg, &o->graph, &err)) {
            argp_error(state, "--graph: %s", err.text);
        }
        break;
    case ARGP_KEY_END:
        if ((o->set.more.styles || o->set.more.groups) && (o->set.pictures == CLIPART || o->shards)) {
            argp_error(state, "--more-styles and --all-groups are about emoji: --pictures emoji, both or all");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

TrainOptions train_options(int argc, char **argv)
{
    TrainOptions o = {.common = program_defaults(), .save_every = 200, .evaluations = 5, .steps = 1000, .pool = 1000};
    o.set = (SetOptions){.filter = MM_LIMITS_HERE, .part = 1};
    const struct argp_child children[] = {mm_common_options[0], {&recipe_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = children,
        .doc = "Trains ALIGN on pictures and the texts found with them. Writes the model to OUT/model, the run to "
               "OUT/train.safetensors, so that it can go on, and its curves."};
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    o.set.data = o.common.data;
    o.set.seed = o.common.seed;
    return o;
}
