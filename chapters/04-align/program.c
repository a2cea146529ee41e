/* program.c: what the commands begin with, and those that other models have as well. */
#include "program.h"
#include "io/memory.h"

Common program_defaults(void)
{
    return mm_common_defaults("out/align");
}

bool program_load_model(const Common *common, AlignModel *model, Error *err)
{
    char *folder = common->model ? strdup(common->model) : mm_path(common->out, "model");
    bool ok = mm_file_exists(folder) ? align_folder_load(folder, model, err)
                                     : mm_error(err,
                                                "%s: there is no model here; `align train` makes one, --model DIR names another, "
                                                "and docs/checkpoints.md says where official weights come from",
                                                folder);
    if (ok && common->size) {
        align_resize(&model->align.config, common->size);
    }
    free(folder);
    return ok;
}

const OptimizerKind *program_optimizer(struct argp_state *state, const char *arg)
{
    static const char *const name[] = {"lamb", "adamw", "muon", NULL};
    static const OptimizerKind *const kind[] = {&mm_lamb, &mm_adamw, &mm_muon};
    return kind[mm_option_choice(state, "--optimizer", arg, name)];
}

/* ---- the commands that other models have as well ---- */

typedef enum Resample { AS_THE_MODEL, PILLOW, TENSORFLOW } Resample;

static error_t parse(int key, char *arg, struct argp_state *state)
{
    static const char *const words[] = {[AS_THE_MODEL] = "model", [PILLOW] = "pillow", [TENSORFLOW] = "tensorflow", NULL};
    if (key != 'R') {
        return ARGP_ERR_UNKNOWN;
    }
    *(Resample *)state->input = (Resample)mm_option_choice(state, "--resample", arg, words);
    return 0;
}

static bool load(const Common *common, const void *input, Encoders *e, Error *err)
{
    Resample resample = *(const Resample *)input;
    AlignModel *m = mm_take(1, sizeof *m);
    bool ok = program_load_model(common, m, err);
    if (ok) {
        AlignInput *in = &m->align.config.input;
        in->antialias = resample == AS_THE_MODEL ? in->antialias : resample == PILLOW;
        *e = align_encoders(&m->align, m->tokenizer);
    }
    e->owned = m;
    return ok;
}

static void unload(Encoders *e)
{
    if (e->owned) {
        align_model_free(e->owned);
        free(e->owned);
    }
}

static int run(int (*command)(const EncodersProgram *, int, char **), int argc, char **argv)
{
    static const struct argp_option options[] = {{"resample", 'R', "KIND", 0,
                                                  "how pictures are made smaller: model (as its folder says), pillow (as Hugging "
                                                  "Face) or tensorflow (as ALIGN was trained)",
                                                  0},
                                                 {0}};
    static const struct argp argp = {.options = options, .parser = parse};
    Resample resample = AS_THE_MODEL;
    const EncodersProgram program = {program_defaults, load, unload, &argp, &resample};
    return command(&program, argc, argv);
}

int command_embed(int argc, char **argv)
{
    return run(mm_embed_command, argc, argv);
}

int command_index(int argc, char **argv)
{
    return run(mm_index_command, argc, argv);
}

int command_search(int argc, char **argv)
{
    return run(mm_search_command, argc, argv);
}

int command_similarity(int argc, char **argv)
{
    return run(mm_similarity_command, argc, argv);
}
