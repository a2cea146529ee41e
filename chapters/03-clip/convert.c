/* convert.c: `clip convert`: a model in the names of another program. */
#include "program.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct ConvertOptions {
    Common common;
    bool hf, named;
    const char *folder;
} ConvertOptions;

/* Writing over the folder that is read would lose the model when the disk is full half way. */
static bool another_folder(const char *from, const char *to, Error *err)
{
    struct stat a, b;
    bool same = stat(from, &a) == 0 && stat(to, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    return !same || mm_error(err, "%s: the folder that is read cannot be the one that is written", to);
}

static bool run(const ConvertOptions *o, Error *err)
{
    ClipModel m = {0};
    bool ok = (!o->common.model || another_folder(o->common.model, o->folder, err)) && program_load_model(&o->common, &m, err) &&
              (o->hf ? clip_folder_save_hf : clip_folder_save)(&m.clip, m.params, m.tokenizer, o->folder, err);
    if (ok) {
        printf("%s: %s of %d pixels, %.1f million parameters, with the names of %s\n", o->folder,
               clip_encoder_name(m.clip.config.image), m.clip.config.size, (double)mm_params_numel(m.params) / 1e6,
               o->hf ? "Hugging Face" : "OpenAI");
    }
    clip_model_free(&m);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    ConvertOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'T':
        o->hf = strcmp(arg, "hf") == 0;
        o->named = true;
        if (!o->hf && strcmp(arg, "openai") != 0) {
            argp_error(state, "--to takes hf or openai, not \"%s\"", arg);
        }
        break;
    case 'z': o->common.size = (int)mm_option_number(state, "--size", arg, 1, 4096); break;
    case ARGP_KEY_ARG:
        if (o->folder) {
            argp_error(state, "one folder is written; \"%s\" is too many", arg);
        }
        o->folder = arg;
        break;
    case ARGP_KEY_END:
        if (!o->folder || !o->named) {
            argp_error(state, "say --to hf or --to openai, and which folder to write");
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_convert(int argc, char **argv)
{
    ConvertOptions o = {.common = program_defaults()};
    const struct argp_option options[] = {
        {"to", 'T', "NAMES", 0, "the names of tensors: hf (Hugging Face's CLIPModel) or openai (openai/CLIP and open_clip)", 0},
        {"size", 'z', "N", 0, "for pictures of N pixels: the position embeddings are resized", 0},
        {0}};
    const struct argp argp = {
        .options = options,
        .parser = parse,
        .children = mm_common_options,
        .args_doc = "FOLDER",
        .doc = "Reads the model of --model, whoever stored it, and writes it to FOLDER as F32, with its tokeniser and "
               "its configuration. There and back is the same model, bit by bit."};
    Error err;
    mm_program_parse(&argp, argc, argv, &o, &o.common);
    return run(&o, &err) ? 0 : mm_program_error(&err);
}
