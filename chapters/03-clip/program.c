/* program.c: what the commands begin with. */
#include "program.h"
#include "io/memory.h"

Common program_defaults(void)
{
    return mm_common_defaults("out/clip");
}

bool program_load_model(const Common *common, ClipModel *model, Error *err)
{
    char *folder = common->model ? strdup(common->model) : mm_path(common->out, "model");
    bool ok = mm_file_exists(folder) ? clip_folder_load(folder, model, err)
                                     : mm_error(err,
                                                "%s: there is no model here; `clip train` makes one, --model DIR names another, "
                                                "and docs/checkpoints.md says where official weights come from",
                                                folder);
    if (ok && common->size && !clip_resize(&model->clip, common->size)) {
        ok = mm_error(err, "%s: a %s of %d pixels cannot be made one of %d", folder, clip_encoder_name(model->clip.config.image),
                      model->clip.config.size, common->size);
        clip_model_free(model);
    }
    free(folder);
    return ok;
}

/* ---- the commands that other models have as well ---- */

static bool load(const Common *common, const void *input, Encoders *e, Error *err)
{
    (void)input;
    ClipModel *m = mm_take(1, sizeof *m);
    bool ok = program_load_model(common, m, err);
    if (ok) {
        *e = clip_encoders(&m->clip, m->tokenizer);
    }
    e->owned = m;
    return ok;
}

static void unload(Encoders *e)
{
    if (e->owned) {
        clip_model_free(e->owned);
        free(e->owned);
    }
}

static const EncodersProgram clip_program = {.defaults = program_defaults, .load = load, .free = unload};

int command_embed(int argc, char **argv)
{
    return mm_embed_command(&clip_program, argc, argv);
}

int command_index(int argc, char **argv)
{
    return mm_index_command(&clip_program, argc, argv);
}

int command_search(int argc, char **argv)
{
    return mm_search_command(&clip_program, argc, argv);
}

int command_similarity(int argc, char **argv)
{
    return mm_similarity_command(&clip_program, argc, argv);
}
