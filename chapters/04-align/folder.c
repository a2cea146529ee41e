/* folder.c: a model as a folder. The names of tensors are Hugging Face's, also for models trained here. */
#include "folder.h"

#include <stdlib.h>
#include <string.h>

/* What official files have beside the weights: counters, and the numbers 0, 1, 2, … of the positions. */
static bool ignored(const char *name)
{
    return mm_ends_in(name, "position_ids") || mm_ends_in(name, "num_batches_tracked");
}

static const Naming naming = {.ignored = ignored, .counters = true};

bool align_folder_save(const Align *align, const Wordpiece *tok, const char *folder, Error *err)
{
    const char *const metadata[] = {"format", "pt", NULL};
    if (!mm_make_folders(folder, err)) {
        return false;
    }
    char *path = mm_join_path(folder, "model.safetensors");
    bool ok = align_input_write(&align->config, folder, err) && mm_wordpiece_save(tok, folder, err) &&
              mm_params_save_named(align->params, path, &naming, metadata, err) &&
              align_config_write(&align->config, folder, err);
    free(path);
    return ok;
}

/* What is a little larger than the file is still built: loading then says which tensor does not fit. */
static bool check_numbers(const SafeFile *f, const AlignConfig *c, Error *err)
{
    double held = 0, wanted = align_numbers(c);
    for (int i = 0; i < mm_safe_count(f); i++) {
        held += (double)mm_safe_at(f, i)->n;
    }
    return wanted <= 4 * held || mm_error(err, "%s does not fit config.json: it holds %.0f numbers, the config describes %.0f",
                                          mm_safe_path(f), held, wanted);
}

static bool read_config(const char *folder, AlignConfig *c, Error *err)
{
    char *config = mm_join_path(folder, "config.json"), *input = mm_join_path(folder, "preprocessor_config.json");
    bool ok = align_config_read(config, c, err);
    if (ok && mm_file_exists(input)) {
        ok = align_input_read(input, c, err);
    } else if (ok) { /* as the original: 346 for 289 */
        c->input = (AlignInput){.squashed = (int)((c->image.size * 346 + 144) / 289), .antialias = true};
    }
    free(config);
    free(input);
    return ok;
}

static bool load(const char *folder, const SafeFile *f, AlignModel *model, Error *err)
{
    AlignConfig c;
    if (!read_config(folder, &c, err) || !check_numbers(f, &c, err) || !(model->tokenizer = mm_wordpiece_load(folder, err))) {
        return false;
    }
    if (mm_wordpiece_size(model->tokenizer) > c.text.vocab) {
        return mm_error(err, "%s: vocab.txt has %d tokens, the model has embeddings for %d", folder,
                        mm_wordpiece_size(model->tokenizer), c.text.vocab);
    }
    model->params = mm_params_new(0);
    mm_params_blank(model->params, true);
    model->align = align_init(model->params, c);
    mm_params_blank(model->params, false);
    if (!mm_params_load_named(model->params, f, &naming, err)) {
        return false;
    }
    double t = (double)model->align.temperature->data[0];
    return t > 0 || mm_error(err, "%s: the temperature is %g; cosines are divided by it", mm_safe_path(f), t);
}

bool align_folder_load(const char *folder, AlignModel *model, Error *err)
{
    char *path = mm_join_path(folder, "model.safetensors");
    *model = (AlignModel){0};
    SafeFile *f = mm_safe_open(path, err);
    bool ok = f && load(folder, f, model, err);
    mm_safe_close(f);
    if (!ok) {
        align_model_free(model);
    }
    free(path);
    return ok;
}

void align_model_free(AlignModel *model)
{
    mm_params_free(model->params);
    mm_wordpiece_free(model->tokenizer);
    *model = (AlignModel){0};
}
