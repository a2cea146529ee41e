/* commands.c: `uniter pretrain` and `uniter eval`. */
#include "io/memory.h"
#include "pretrain.h"
#include "program.h"
#include "report.h"

#include <math.h>
#include <stdio.h>

typedef struct PretrainOptions {
    Common common;
    Recipe recipe;
    Keeping keep;
    Language language;
    const char *bert; /* folder to start from; NULL: a new model */
    bool align_last;
    double wra_weight;
    int detector_steps, scenes, tests, width, layers;
} PretrainOptions;

static const char *const align_name[] = {"looks", "last", NULL};

static UniterConfig small(const PretrainOptions *o, int vocab)
{
    const BertConfig bert = {.vocab = vocab,
                             .width = o->width,
                             .layers = o->layers,
                             .heads = 4,
                             .intermediate = 4 * o->width,
                             .positions = SCENE_WORDS,
                             .types = 2,
                             .init = (real)(1 / sqrt(o->width))};
    return (UniterConfig){.bert = bert, .img_dim = DETECTOR_NUMBERS, .label_dim = DETECTOR_CLASSES};
}

/* A BERT's words and layers, or new ones. */
static bool start(const PretrainOptions *o, const Cutouts *c, UniterModel *m, Error *err)
{
    if (o->bert) {
        int fresh;
        if (!uniter_from_bert(o->bert, DETECTOR_NUMBERS, DETECTOR_CLASSES, o->common.seed, m, &fresh, err)) {
            return false;
        }
        if (!o->common.json) {
            printf("from %s: %d of %d tensors; the rest is new\n", o->bert, mm_params_count(m->params) - fresh,
                   mm_params_count(m->params));
        }
    } else {
        m->tokenizer = scenes_vocabulary(c, o->common.seed, o->scenes, o->language, err);
        if (!m->tokenizer) {
            return false;
        }
        m->params = mm_params_new(o->common.seed);
        m->uniter = uniter_init(m->params, small(o, mm_wordpiece_size(m->tokenizer)));
    }
    m->uniter.config.align_looks = !o->align_last;
    m->uniter.config.wra_weight = (real)o->wra_weight;
    return true;
}

static void print_detector(const Detector *d, const Cutouts *c, const PretrainOptions *o)
{
    printf("detector: %zu parameters; things named rightly:", mm_params_numel(d->params));
    for (int s = MM_SCENE_HELD_OUT; s < MM_SCENE_SPLITS; s++) {
        if (s != MM_SCENE_PHOTOGRAPHS || c->photographs) {
            printf(" %.3f (%s)", detector_accuracy(d, c, (SceneSplit)s, o->common.seed, o->tests), mm_scene_split_name[s]);
        }
    }
    printf("\n");
}

/* A new one; that of the run that is resumed. */
static bool find_detector(const PretrainOptions *o, const char *folder, const Cutouts *c, Detector *d, Error *err)
{
    bool ok = o->keep.resume
                  ? detector_load(d, folder, err)
                  : detector_train(d, c, o->common.seed, o->detector_steps, o->common.json, err) && detector_save(d, folder, err);
    if (ok && !o->common.json) {
        print_detector(d, c, o);
    }
    return ok;
}

static bool learn(const PretrainOptions *o, UniterModel *m, const char *folder, const Scenes *scenes, Error *err)
{
    const Recipe *r = &o->recipe;
    Tokens tokens;
    float *history = mm_take((size_t)r->steps * LOG_COLUMNS, sizeof *history);
    if (!o->common.json) {
        const BertConfig *c = &m->uniter.config.bert;
        printf("UNITER: %d layers of %d, %zu parameters, %d tokens; %d scenes; %lld steps of %d\n", c->layers, c->width,
               mm_params_numel(m->params), mm_wordpiece_size(m->tokenizer), o->scenes, (long long)r->steps, r->batch);
        fflush(stdout);
    }
    bool ok = tokens_find(m->tokenizer, &tokens, err) &&
              pretrain(&m->uniter, &scenes->set, &tokens, r, o->common.seed, &o->keep, history, err) &&
              uniter_folder_save(m, folder, err) && pretrain_plot(o->common.out, history, r->steps, err);
    if (ok && !o->common.json) {
        printf("model: %s   losses: %s/loss.svg, %s/log.tsv\n", folder, o->common.out, o->common.out);
    }
    free(history);
    return ok;
}

static bool run(PretrainOptions *o, const Cutouts *c, Error *err)
{
    Scenes scenes = {.item = NULL};
    Detector d = {.params = NULL};
    UniterModel m = {.params = NULL};
    char *state = mm_path(o->common.out, "state.safetensors"),
         *folder = o->common.model ? strdup(o->common.model) : mm_path(o->common.out, "model");
    o->keep.state = state;
    bool ok = start(o, c, &m, err) && mm_make_folders(o->common.out, err) && find_detector(o, folder, c, &d, err) &&
              scenes_make(c, &d, MM_SCENE_TRAIN, o->common.seed, o->scenes, o->language, m.tokenizer, &scenes, err) &&
              learn(o, &m, folder, &scenes, err) && report(&m, &d, c, o->language, o->tests, &o->common, err);
    free(state);
    free(folder);
    scenes_free(&scenes);
    detector_free(&d);
    uniter_model_free(&m);
    return ok;
}

static void quick(PretrainOptions *o)
{
    o->detector_steps = 200;
    o->recipe.steps = 3000;
    o->recipe.warmup = 300;
    o->recipe.first_steps = 600;
    o->tests = 50;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    PretrainOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'q': quick(o); break;
    case 'n':
        o->recipe.steps = mm_option_number(state, "--steps", arg, 1, 100000000);
        o->recipe.warmup = o->recipe.steps / 10;
        o->recipe.first_steps = o->recipe.first_steps ? o->recipe.steps / 5 : 0;
        break;
    case 'b': o->recipe.batch = (int)mm_option_number(state, "--batch", arg, 1, 4096); break;
    case 'l': o->recipe.lr = mm_option_real(state, "--lr", arg, 1e-8, 1); break;
    case 'D': o->detector_steps = (int)mm_option_number(state, "--detector-steps", arg, 1, 1000000); break;
    case 'S': o->scenes = (int)mm_option_number(state, "--scenes", arg, 2, 200000); break;
    case 'T': o->tests = (int)mm_option_number(state, "--tests", arg, 2, 10000); break;
    case 'w': o->width = (int)mm_option_number(state, "--head-width", arg, 1, 1024) * 4; break;
    case 'B': o->bert = arg; break;
    case 'a': o->align_last = mm_option_choice(state, "--align", arg, align_name) == 1; break;
    case 'f': o->recipe.first_steps = mm_option_number(state, "--first-steps", arg, 0, 100000000); break;
    case 'o':
        o->recipe.ratio[TASK_ITM] = 0;
        o->recipe.ratio[TASK_MLM] = 2;
        o->recipe.first_steps = 0;
        break;
    case 'A': o->wra_weight = mm_option_real(state, "--wra-weight", arg, 1e-6, 1e6); break;
    case 'L': o->layers = (int)mm_option_number(state, "--layers", arg, 1, 100); break;
    case 'g': o->language = (Language)mm_option_choice(state, "--language", arg, language_name); break;
    case 'r': o->keep.resume = true; break;
    case 'x': o->keep.stop_after = mm_option_number(state, "--stop-after", arg, 1, 100000000); break;
    case 'v': o->keep.save_every = (int)mm_option_number(state, "--save-every", arg, 1, 100000000); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static PretrainOptions defaults(void)
{
    return (PretrainOptions){.common = mm_common_defaults("out/uniter"),
                             .recipe = recipe_default,
                             .keep = {.save_every = 500},
                             .wra_weight = 1,
                             .detector_steps = 600,
                             .scenes = 16000,
                             .tests = 200,
                             .width = 64,
                             .layers = 2};
}

int command_pretrain(int argc, char **argv)
{
    const struct argp_option options[] = {
        {"quick", 'q', NULL, 0, "a short run: 3000 steps, 200 of the detector", 0},
        {"steps", 'n', "N", 0, "steps, each of one task (28000)", 0},
        {"first-steps", 'f', "N", 0, "of these the first, which only ask for words that say where things are (a fifth)", 0},
        {"batch", 'b', "N", 0, "texts and pictures of a step (32)", 0},
        {"lr", 'l', "RATE", 0, "highest learning rate (0.001)", 0},
        {"detector-steps", 'D', "N", 0, "steps in which the detector learns to name things (600)", 0},
        {"scenes", 'S', "N", 0, "scenes to learn from (16000)", 0},
        {"tests", 'T', "N", 0, "scenes of each test (200)", 0},
        {"head-width", 'w', "N", 0, "a quarter of the numbers of a vector, those of each head (16)", 0},
        {"layers", 'L', "N", 0, "layers (2)", 0},
        {"bert", 'B', "DIR", 0, "start from a BERT in Hugging Face's form, with its words and sizes", 0},
        {"align", 'a', "WHERE", 0,
         "words are moved onto what regions look like (looks) or, as in the paper, onto the last layer (last)", 0},
        {"wra-weight", 'A', "W", 0, "of the distance, beside the loss of matching (1; the paper: 0.1)", 0},
        {"official", 'o', NULL, 0, "ask only what the official code asks, which is hardly where things are", 0},
        {"language", 'g', "LANG", 0, "captions in en (default) or zh", 0},
        {"resume", 'r', NULL, 0, "go on with the run that OUT holds, to the same bits", 0},
        {"stop-after", 'x', "N", 0, "save and stop after N steps", 0},
        {"save-every", 'v', "N", 0, "save all that a run needs to go on every N steps (500)", 0},
        {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = mm_common_options,
                              .doc = "Pretrains a small UNITER on composed scenes: masked words, masked regions, matching and "
                                     "alignment, one task a step, and measures it."};
    PretrainOptions o = defaults();
    Error err;
    Cutouts cutouts;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    mm_catch_interrupt();
    if (!mm_cutouts_load(o.common.data, &cutouts, &err)) {
        return mm_program_error(&err);
    }
    bool ok = run(&o, &cutouts, &err);
    mm_cutouts_free(&cutouts);
    return ok ? 0 : mm_program_error(&err);
}

/* ---- eval ---- */

static error_t parse_eval(int key, char *arg, struct argp_state *state)
{
    PretrainOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'T':
    case 'g': return parse(key, arg, state);
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

/* A model that reads what scenes have. */
static bool suits(const UniterConfig *c, const char *folder, Error *err)
{
    return (c->img_dim == DETECTOR_NUMBERS && c->label_dim == DETECTOR_CLASSES) ||
           mm_error(err, "%s: it reads regions of %d numbers and %d classes, scenes have %d and %d", folder, c->img_dim,
                    c->label_dim, DETECTOR_NUMBERS, DETECTOR_CLASSES);
}

static bool eval(const PretrainOptions *o, const char *folder, Error *err)
{
    UniterModel m;
    Detector d = {.params = NULL};
    Cutouts cutouts;
    if (!uniter_folder_load(folder, &m, err)) {
        return false;
    }
    bool ok = suits(&m.uniter.config, folder, err) && detector_load(&d, folder, err) &&
              mm_cutouts_load(o->common.data, &cutouts, err);
    if (ok) {
        ok = report(&m, &d, &cutouts, o->language, o->tests, &o->common, err);
        mm_cutouts_free(&cutouts);
    }
    detector_free(&d);
    uniter_model_free(&m);
    return ok;
}

int command_eval(int argc, char **argv)
{
    const struct argp_option options[] = {{"tests", 'T', "N", 0, "scenes of each test (200)", 0},
                                          {"language", 'g', "LANG", 0, "captions in en (default) or zh", 0},
                                          {0}};
    const struct argp argp = {.options = options,
                              .parser = parse_eval,
                              .children = mm_common_options,
                              .doc = "Measures a pretrained model on scenes that it has not learned from: which texts belong to "
                                     "which pictures, masked words, and which region a word names."};
    PretrainOptions o = defaults();
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    char *folder = find_model(&o.common, "model", "pretrain", &err);
    bool ok = folder && eval(&o, folder, &err);
    free(folder);
    return ok ? 0 : mm_program_error(&err);
}
