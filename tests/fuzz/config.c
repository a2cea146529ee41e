/* config.c: a model folder with this config.json, beside the files of a very small CLIP. What loads is that model. */
#include "fuzz.h"
#include "program.h"

static char folder[] = "/tmp/mm-fuzz-XXXXXX", config[sizeof folder + 16];

static void remove_folder(void)
{
    static const char *const files[] = {"config.json", "model.safetensors",     "vocab.json",
                                        "merges.txt",  "tokenizer_config.json", "preprocessor_config.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = mm_join_path(folder, files[i]);
        unlink(path);
        free(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    Error err = {""};
    MUST(mkdtemp(folder));
    atexit(remove_folder);
    snprintf(config, sizeof config, "%s/config.json", folder);
    Tokenizer *tok = mm_tokenizer_learn((const char *const[]){"red apple"}, 1, 514, false, &err);
    Params *ps = mm_params_new(1);
    ClipConfig c = {.image = CLIP_VIT,
                    .vit = {.size = 4, .patch = 2, .width = 4, .layers = 1, .heads = 2, .embed = 2},
                    .size = 4,
                    .embed = 2,
                    .context = 4,
                    .vocab = 514,
                    .text_width = 4,
                    .text_layers = 1,
                    .text_heads = 2};
    Clip clip = clip_init(ps, c);
    MUST(clip_folder_save(&clip, ps, tok, folder, &err));
    mm_params_free(ps);
    mm_tokenizer_free(tok);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!config[0]) {
        make_folder();
    }
    FILE *f = fopen(config, "wb");
    MUST(f && fwrite(data, 1, n, f) == n && fclose(f) == 0);
    Error err = {""};
    ClipModel model;
    if (!clip_folder_load(folder, &model, &err)) {
        MUST(err.text[0]);
        return 0;
    }
    const ClipConfig *c = &model.clip.config;
    MUST(c->image == CLIP_VIT && c->vit.width == 4 && c->text_width == 4 && c->vocab == 514 && c->embed == 2);
    clip_model_free(&model);
    return 0;
}
