/* folder.c: a model as a folder. Three forms are read, and told apart by what they hold:
 *     ours          config.json, model.safetensors with OpenAI's names, vocab.json, merges.txt, preprocessor_config.json
 *     Hugging Face  the same with their names
 *     open_clip     open_clip_model.safetensors (or model.safetensors) with OpenAI's names; the shapes say what config.json would.
 *                   The tokens are vocab.json and merges.txt, or OpenAI's bpe_simple_vocab_16e6.txt.gz */
#include "folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool there(const char *folder, const char *name)
{
    char *path = mm_join_path(folder, name);
    bool yes = mm_file_exists(path);
    free(path);
    return yes;
}

/* ---- saving ---- */

static bool save(const Clip *clip, const Params *params, const Tokenizer *tok, bool hf, const char *folder, Error *err)
{
    const char *const metadata[] = {"format", "pt", NULL};
    if (hf && clip->config.image != CLIP_VIT) {
        return mm_error(err, "%s: Hugging Face's CLIP has no %s, only the ViT", folder, clip_encoder_name(clip->config.image));
    }
    if (!mm_make_folders(folder, err)) {
        return false;
    }
    ClipFile names = {.hf = hf};
    Naming naming = clip_naming(&names);
    char *path = mm_join_path(folder, "model.safetensors");
    bool ok = clip_input_write(&clip->config, folder, err) && mm_tokenizer_save(tok, folder, err) &&
              mm_params_save_named(params, path, &naming, metadata, err) && clip_config_write(&clip->config, folder, err);
    free(path);
    return ok;
}

bool clip_folder_save(const Clip *clip, const Params *params, const Tokenizer *tok, const char *folder, Error *err)
{
    return save(clip, params, tok, false, folder, err);
}

bool clip_folder_save_hf(const Clip *clip, const Params *params, const Tokenizer *tok, const char *folder, Error *err)
{
    return save(clip, params, tok, true, folder, err);
}

/* ---- loading ---- */

/* config.json where it describes a CLIP, otherwise the shapes. */
static bool find_config(const char *folder, const SafeFile *f, const ClipFile *file, ClipConfig *c, Error *err)
{
    char *path = mm_join_path(folder, "config.json");
    bool described = false, ok = !mm_file_exists(path) || clip_config_read(path, c, &described, err);
    ok = ok && (described || clip_infer(f, file, c, err));
    free(path);
    if (!ok) {
        return false;
    }
    /* What is a little larger than the file is still built: loading then says which tensor does not fit. */
    double held = 0, wanted = clip_numbers(c);
    for (int i = 0; i < mm_safe_count(f); i++) {
        held += (double)mm_safe_at(f, i)->n;
    }
    return wanted <= 4 * held || mm_error(err, "%s does not fit config.json: it holds %.0f numbers, the config describes %.0f",
                                          mm_safe_path(f), held, wanted);
}

/* The name decides where nothing else does: this chapter's encoder is this chapter's, all others were trained as OpenAI's. */
static bool find_input(const char *folder, ClipConfig *c, Error *err)
{
    char *path = mm_join_path(folder, "preprocessor_config.json");
    c->input.order = c->image == CLIP_RESNET ? CLIP_ON_WHITE : CLIP_RGB_LAST;
    bool ok = !mm_file_exists(path) || clip_input_read(path, c, err);
    free(path);
    return ok;
}

static Tokenizer *find_tokenizer(const char *folder, int vocab, Error *err)
{
    static const char *const merges[] = {"bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"};
    Tokenizer *tok = NULL;
    for (size_t i = 0; i < 2; i++) {
        if (!there(folder, "vocab.json") && there(folder, merges[i])) {
            char *path = mm_join_path(folder, merges[i]);
            tok = mm_tokenizer_load_merges(path, vocab, err);
            free(path);
            return tok;
        }
    }
    tok = mm_tokenizer_load(folder, err);
    if (tok && mm_vocab_size(tok) != vocab) {
        mm_error(err, "%s: the model has %d tokens, vocab.json has %d", folder, vocab, mm_vocab_size(tok));
        mm_tokenizer_free(tok);
        return NULL;
    }
    return tok;
}

static bool load(const char *folder, const SafeFile *f, ClipModel *model, Error *err)
{
    ClipConfig config = {0};
    ClipFile file;
    if (!clip_detect(f, &file, err) || !find_config(folder, f, &file, &config, err) || !find_input(folder, &config, err) ||
        !(model->tokenizer = find_tokenizer(folder, config.vocab, err))) {
        return false;
    }
    char bias[80];
    snprintf(bias, sizeof bias, "%slogit_bias", file.prefix); /* SigLIP's, here and in open_clip */
    config.bias = mm_safe_find(f, bias) != NULL;
    Naming naming = clip_naming(&file);
    model->params = mm_params_new(0);
    mm_params_blank(model->params, true);
    model->clip = clip_init(model->params, config);
    mm_params_blank(model->params, false);
    return mm_params_load_named(model->params, f, &naming, err);
}

bool clip_folder_load(const char *folder, ClipModel *model, Error *err)
{
    /* Beside the whole CLIP, timm's folders have its image encoder alone as model.safetensors. */
    const char *name = there(folder, "open_clip_model.safetensors") ? "open_clip_model.safetensors" : "model.safetensors";
    char *path = mm_join_path(folder, name);
    *model = (ClipModel){0};
    SafeFile *f = mm_safe_open(path, err);
    bool ok = f && load(folder, f, model, err);
    mm_safe_close(f);
    if (!ok) {
        clip_model_free(model);
    }
    free(path);
    return ok;
}

void clip_model_free(ClipModel *model)
{
    mm_params_free(model->params);
    mm_tokenizer_free(model->tokenizer);
    *model = (ClipModel){0};
}
