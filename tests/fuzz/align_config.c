/* align_config.c: a model folder with this config.json, or after a first byte 1 this preprocessor_config.json, beside the files of a very
 * small ALIGN. What loads is that model. */
#include "folder.h"
#include "fuzz.h"

static char folder[] = "/tmp/mm-fuzz-XXXXXX";
static const char *const files[] = {"config.json", "preprocessor_config.json", "model.safetensors", "vocab.txt",
                                    "tokenizer_config.json"};

static void remove_folder(void)
{
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
    Wordpiece *tok = mm_wordpiece_learn((const char *const[]){"red apple"}, 1, 32, true, &err);
    Params *ps = mm_params_new(1);
    AlignConfig c = {.context = 4, .temperature = 1, .input = {.squashed = 6, .antialias = true}};
    c.image = (EfficientnetConfig){.width = 0.25, .depth = 1, .size = 4, .stages = 1, .stage = {{1, 3, 2, 1, 16, false}}};
    c.text = (BertConfig){
        .vocab = mm_wordpiece_size(tok), .width = 4, .layers = 1, .heads = 2, .intermediate = 8, .positions = 4, .types = 2};
    Align align = align_init(ps, c);
    MUST(align_folder_save(&align, tok, folder, &err));
    mm_params_free(ps);
    mm_wordpiece_free(tok);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char *original[2];
    Error err = {""};
    AlignModel model;
    bool input = n > 0 && data[0] == 1;
    for (int i = 0; i < 2; i++) {
        if (!original[i]) {
            if (i == 0) {
                make_folder();
            }
            char *path = mm_join_path(folder, files[i]);
            original[i] = mm_read_file(path, 1 << 16, NULL, &err);
            free(path);
        }
        char *path = mm_join_path(folder, files[i]);
        const char *text = i == input ? (const char *)data + input : original[i];
        MUST(mm_write_file(path, text, i == input ? n - input : strlen(text), &err));
        free(path);
    }
    if (!align_folder_load(folder, &model, &err)) {
        MUST(err.text[0]);
        return 0;
    }
    const AlignConfig *c = &model.align.config;
    MUST(c->text.width == 4 && c->image.stages == 1 && align_embed(c) == 8 && c->input.squashed >= c->image.size);
    align_model_free(&model);
    return 0;
}
