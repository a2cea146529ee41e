/* tune_options.c: see tune_options.h. */
#include "tune_options.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct argp_option tune_options[] = {
    {"task", 'k', "TASK", 0, "vqa, caption, rank, refer or entail; may be given several times (all)", 0},
    {"from-scratch", 'f', NULL, 0, "leave out what pretraining has learned, to see what it is good for", 0},
    {"hide", 'h', "WHAT", 0, "learn without the words, or without the regions, to see what they are good for (nothing)", 0},
    {"decoder", 'd', "KIND", 0, "captions are written by a transformer (default) or lstm", 0},
    {"beams", 'B', "N", 0, "beginnings of a caption that are kept (4)", 0},
    {"length-penalty", 'p', "X", 0, "a caption is rated by ln p / words^X (0)", 0},
    {"quick", 'q', NULL, 0, "a short run: 200 steps a task, 1000 scenes", 0},
    {"steps", 'n', "N", 0, "steps for each task, on average (5000)", 0},
    {"batch", 'b', "N", 0, "examples of a step (32)", 0},
    {"lr", 'l', "RATE", 0, "highest learning rate (0.001)", 0},
    {"scenes", 'S', "N", 0, "scenes to learn from (16000)", 0},
    {"tests", 'T', "N", 0, "scenes of each test (100)", 0},
    {"language", 'g', "LANG", 0, "en (default) or zh: the language of the pretrained model", 0},
    {"files", 'F', "DIR", 0, "learn vqa and captions from files in the form of COCO and VQA v2, not from scenes", 0},
    {"splits", 'P', "TRAIN,TEST", 0, "of these files; COCO's are train2014,val2014 (train,val)", 0},
    {"name", 'N', "NAME", 0, "the folder in OUT that the model is written to (tuned)", 0},
    {"resume", 'r', NULL, 0, "go on with the run that this folder holds, to the same bits", 0},
    {"stop-after", 'x', "N", 0, "save and stop after N steps", 0},
    {"save-every", 'v', "N", 0, "save all that a run needs to go on every N steps (1000)", 0},
    {0}};

TuneOptions tune_defaults(void)
{
    return (TuneOptions){.common = mm_common_defaults("out/uniter"),
                         .tuning = tuning_default,
                         .keep = {.save_every = 1000},
                         .scenes = 16000,
                         .tests = 100,
                         .beams = 4,
                         .steps = 5000,
                         .split = {"train", "val"},
                         .start = "model",
                         .maker = "pretrain",
                         .name = "tuned"};
}

static void add_task(TuneOptions *o, int skill)
{
    if (!o->any) {
        memset(o->tuning.recipe.ratio, 0, sizeof o->tuning.recipe.ratio);
    }
    o->any = true;
    o->tuning.recipe.ratio[skill] = 1;
}

static void split_names(TuneOptions *o, char *arg, struct argp_state *state)
{
    char *comma = strchr(arg, ',');
    if (!comma || comma == arg || !comma[1]) {
        argp_error(state, "--splits takes two names, as in train,val, not \"%s\"", arg);
    }
    *comma = 0;
    o->split[0] = arg;
    o->split[1] = comma + 1;
}

/* What files tell of. */
static void check_tasks(TuneOptions *o, struct argp_state *state)
{
    for (int s = 0; s < SKILLS; s++) {
        bool told = s == SKILL_VQA || s == SKILL_CAPTION;
        if (!told && o->any && o->tuning.recipe.ratio[s] > 0) {
            argp_error(state, "--files tells nothing of %s; it has vqa and caption", skill_name[s]);
        }
        o->tuning.recipe.ratio[s] *= told;
    }
}

error_t tune_parse(int key, char *arg, struct argp_state *state)
{
    TuneOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'k': add_task(o, mm_option_choice(state, "--task", arg, skill_name)); break;
    case 'f': o->from_scratch = true; break;
    case 'h': o->tuning.hiding = (Hiding)mm_option_choice(state, "--hide", arg, hiding_name); break;
    case 'd': o->tuning.decoder = (DecoderKind)mm_option_choice(state, "--decoder", arg, decoder_name); break;
    case 'B': o->beams = (int)mm_option_number(state, "--beams", arg, 1, MAX_BEAMS); break;
    case 'p': o->length_penalty = mm_option_real(state, "--length-penalty", arg, 0, 10); break;
    case 'q':
        o->steps = 200;
        o->scenes = 1000;
        o->tests = 50;
        break;
    case 'n': o->steps = mm_option_number(state, "--steps", arg, 1, 10000000); break;
    case 'b': o->tuning.recipe.batch = (int)mm_option_number(state, "--batch", arg, RANK_GROUP, 4096); break;
    case 'l': o->tuning.recipe.lr = mm_option_real(state, "--lr", arg, 1e-8, 1); break;
    case 'S': o->scenes = (int)mm_option_number(state, "--scenes", arg, 2, 200000); break;
    case 'T': o->tests = (int)mm_option_number(state, "--tests", arg, 2, 10000); break;
    case 'g': o->language = (Language)mm_option_choice(state, "--language", arg, language_name); break;
    case 'F': o->files = arg; break;
    case 'P': split_names(o, arg, state); break;
    case 'N': o->name = arg; break;
    case 'r': o->keep.resume = true; break;
    case 'x': o->keep.stop_after = mm_option_number(state, "--stop-after", arg, 1, 100000000); break;
    case 'v': o->keep.save_every = (int)mm_option_number(state, "--save-every", arg, 1, 100000000); break;
    case ARGP_KEY_END:
        if (o->files) {
            check_tasks(o, state);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int tune_run(const struct argp *argp, int argc, char **argv, TuneOptions *o,
             bool (*run)(TuneOptions *o, const Cutouts *c, Error *err))
{
    Error err;
    Cutouts cutouts;
    mm_program_parse(argp, argc, argv, o, &o->common);
    mm_catch_interrupt();
    int skills = 0;
    for (int s = 0; s < SKILLS; s++) {
        skills += o->tuning.recipe.ratio[s] > 0;
    }
    o->tuning.recipe.steps = o->steps * skills;
    o->tuning.recipe.warmup = o->tuning.recipe.steps / 10;
    o->from = find_model(&o->common, o->start, o->maker, &err);
    bool ok = o->from && detector_load(&o->detector, o->from, &err);
    if (ok && (ok = mm_cutouts_load(o->common.data, &cutouts, &err))) {
        ok = run(o, &cutouts, &err);
        mm_cutouts_free(&cutouts);
    }
    detector_free(&o->detector);
    free(o->from);
    return ok ? 0 : mm_program_error(&err);
}

bool tune_lessons(const TuneOptions *o, const Cutouts *c, SceneSplit split, int n, const Wordpiece *w, Lessons *l, Error *err)
{
    Scenes scenes;
    if (o->files) {
        return lessons_read(o->files, o->split[split != MM_SCENE_TRAIN], n, &o->detector, w, l, err);
    }
    return scenes_make(c, &o->detector, split, o->common.seed, n, o->language, w, &scenes, err) &&
           lessons_make(split, o->common.seed, o->language, w, scenes, l, err);
}

ExamOptions tune_exam(const TuneOptions *o, const Lessons *train, const Uniter *before)
{
    return (ExamOptions){.train = train,
                         .before = before,
                         .hiding = o->tuning.hiding,
                         .language = o->language,
                         .beams = o->beams,
                         .length_penalty = (real)o->length_penalty};
}
