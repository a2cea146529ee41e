/* checkpoints_bad.c: folders of models that are cut off, lie, do not fit, or are not models at all. Each is refused with a message that
 * names the file and what is wrong in it. */
#include "../io/scratch.h"
#include "folder.h"

#include <fcntl.h>
#include <math.h>

enum { ROOM = 1 << 20 };

static void copy(const char *folder, const char *file)
{
    Error err;
    char path[256];
    size_t n;
    snprintf(path, sizeof path, "tests/golden/checkpoints/%s/%s", folder, file);
    char *bytes = mm_read_file(path, ROOM, &n, &err);
    assert_non_null(bytes);
    put(scratch(file), bytes, n);
    free(bytes);
}

/* A sound folder of Hugging Face's form in the scratch folder. */
static void copy_hf(void)
{
    static const char *const files[] = {"config.json", "model.safetensors", "vocab.json", "merges.txt",
                                        "preprocessor_config.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        copy("hf", files[i]);
    }
}

static void refused(const char *file, const char *what)
{
    Error err;
    ClipModel m;
    assert_false(clip_folder_load(scratch_folder, &m, &err));
    assert_null(m.params);
    if (*what) {
        says(&err, file ? scratch(file) : "", what);
    }
}

static void accepted(void)
{
    Error err;
    ClipModel m;
    if (!clip_folder_load(scratch_folder, &m, &err)) {
        fail_msg("%s", err.text);
    }
    clip_model_free(&m);
}

/* The sound folder with one text in a file replaced; in safetensors by one of the same length. */
static void replaced(const char *file, const char *old, const char *new, const char *what)
{
    Error err;
    size_t n;
    copy_hf();
    char *bytes = mm_read_file(scratch(file), ROOM, &n, &err), *at = memmem(bytes, n, old, strlen(old));
    assert_non_null(at);
    size_t before = (size_t)(at - bytes), rest = n - before - strlen(old);
    char *out = calloc(n + strlen(new) + 1, 1);
    memcpy(out, bytes, before);
    memcpy(out + before, new, strlen(new));
    memcpy(out + before + strlen(new), at + strlen(old), rest);
    put(scratch(file), out, before + strlen(new) + rest);
    free(out);
    free(bytes);
    if (what) {
        refused(file, what);
    } else {
        accepted();
    }
}

static void cut(void **state)
{
    (void)state;
    Error err;
    ClipModel m;
    struct stat s;
    copy_hf();
    assert_int_equal(stat(scratch("model.safetensors"), &s), 0);
    for (off_t n = s.st_size - 1, cuts = 0; n >= 0; n -= n < 12000 || cuts < 300 ? 1 : 499, cuts++) {
        assert_int_equal(truncate(scratch("model.safetensors"), n), 0);
        assert_false(clip_folder_load(scratch_folder, &m, &err));
        says(&err, scratch("model.safetensors"), "");
    }
}

static void lies(void **state)
{
    (void)state;
    const char *file = "model.safetensors";
    replaced(
        file, "\"vision_model.embeddings.patch_embedding.weight\":{\"dtype\":\"F32\",\"shape\":[24,3,8,8]",
        "\"vision_model.embeddings.patch_embedding.weight\":{\"dtype\":\"F32\",\"shape\":[3,24,8,8]",
        "1 of another shape or dtype: vision_model.embeddings.patch_embedding.weight is (3,24,8,8) in the file and (24,3,8,8)");
    replaced(file, "\"text_projection.weight\":{\"dtype\":\"F32\"", "\"text_projection.weight\":{\"dtype\":\"I32\"",
             "text_projection.weight is I32");
    replaced(file, "\"text_projection.weight\":{\"dtype\":\"F32\"", "\"text_projection.weight\":{\"dtype\":\"X32\"",
             "dtype \"X32\" is not known");
    replaced(file, "\"logit_scale\"", "\"logit_scalE\"", "1 missing: logit_scale; 1 unexpected: logit_scalE");
    replaced(file, "text_model.embeddings.token_embedding", "text_model.embeddings.token_embeddinG", "not a whole CLIP");
    replaced(file, "\"__metadata__\":{\"format\":\"pt\"},", "                               ", NULL);
}

static void not_a_number(void **state)
{
    (void)state;
    const float wrong[] = {NAN, -INFINITY};
    for (int i = 0; i < 2; i++) {
        Error err;
        copy_hf();
        SafeFile *f = mm_safe_open(scratch("model.safetensors"), &err);
        const SafeTensor *t = mm_safe_find(f, "text_model.encoder.layers.1.mlp.fc2.weight");
        int fd = open(scratch("model.safetensors"), O_WRONLY);
        assert_int_equal(pwrite(fd, wrong + i, 4, (off_t)t->offset + 4 * 77), 4);
        close(fd);
        mm_safe_close(f);
        refused("model.safetensors", "text_model.encoder.layers.1.mlp.fc2.weight: number 78 of 1024 is");
    }
}

/* The config describes another model than the file holds. */
static void disagreement(void **state)
{
    (void)state;
    Error err;
    ClipModel m;
    replaced("config.json", "\"num_attention_heads\": 3", "\"num_attention_heads\": 5", "multiple of");
    replaced("config.json", "\"hidden_size\": 24", "\"hidden_size\": 65536", "\"intermediate_size\" is 96");
    replaced("config.json", "\"projection_dim\": 8", "\"projection_dim\": \"8\"", "projection_dim");
    replaced("config.json", "\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"gelu\"", "not the same for texts and pictures");
    replaced("config.json", "\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"relu\"", "\"hidden_act\" is relu");
    replaced("config.json", "1e-05", "1e-12", "layer_norm_eps");
    replaced("config.json", "\"vision_config\": {", "\"vision_config\": 1, \"x\": {", "\"vision_config\" must be an object");
    replaced("config.json", "\"vocab_size\": 520", "\"vocab_size\": 521", "");
    replaced("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 9", "");
    assert_false(clip_folder_load(scratch_folder, &m, &err)); /* 7 blocks of text with 16 tensors each are missing */
    says(&err, scratch("model.safetensors"), "112 missing: text_model.encoder.layers.2.layer_norm1.weight, ");
    says(&err, scratch("model.safetensors"), " more");
    replaced("config.json", "\"projection_dim\": 8", "\"projection_dim\": 9", "");
    assert_false(clip_folder_load(scratch_folder, &m, &err));
    says(&err, "2 of another shape or dtype", "text_projection.weight is (8,16) in the file and (9,16) in the model");
}

static void other_files(void **state)
{
    (void)state;
    replaced("preprocessor_config.json", "\"crop_size\": 32", "\"crop_size\": 48",
             "resized to 32 and cut to 48 pixels, but the encoder reads 32");
    replaced("preprocessor_config.json", "\"resample\": 3", "\"resample\": 2", "\"resample\" must be 3");
    replaced("preprocessor_config.json", "\"image_std\": [", "\"image_std\": [0,", "\"image_std\" must be 3 numbers");
    replaced("preprocessor_config.json", "\"size\": 32", "\"size\": {\"shortest_edge\": 32}, \"rgb\": \"never\"",
             "\"rgb\" must be");
    replaced("preprocessor_config.json", "\"size\": 32", "\"size\": {\"shortest_edge\": 32}, \"rgb\": \"last\"", NULL);
    replaced("merges.txt", "c at", "c \xff t", ":3:3: byte 0xff is not UTF-8");
    replaced("vocab.json", "\"<|endoftext|>\":519", "\"<|endoftext|>\":519,\"more\":520", "");
    refused(NULL, "the model has 520 tokens, vocab.json has 521");
    copy_hf();
    unlink(scratch("vocab.json"));
    refused("vocab.json", "No such file");
    unlink(scratch("model.safetensors"));
    refused("model.safetensors", "No such file");
}

/* What wrapped the model when it was saved has left its name; OpenAI's files may come without any config. */
static void prefixes(void **state)
{
    (void)state;
    Error err;
    ClipModel m, back;
    assert_true(clip_folder_load("tests/golden/checkpoints/resnet", &m, &err));
    assert_true(mm_tokenizer_save(m.tokenizer, scratch_folder, &err));
    assert_true(mm_params_save_named(m.params, scratch("model.safetensors"), &(Naming){.prefix = "module."}, NULL, &err));
    put_text(scratch("config.json"), "{\"architecture\": \"of another program\"}");
    if (!clip_folder_load(scratch_folder, &back, &err)) {
        fail_msg("%s", err.text);
    }
    for (int i = 0; i < mm_params_count(m.params); i++) {
        const Tensor *p = mm_params_at(m.params, i), *q = mm_params_at(back.params, i);
        assert_memory_equal(p->data, q->data, p->n * sizeof(real));
    }
    clip_model_free(&back);
    clip_model_free(&m);
}

/* openai/CLIP refuses it unless told to truncate; this reads what the context holds. */
static void long_caption(void **state)
{
    (void)state;
    Error err;
    ClipModel m;
    int ids[16], length;
    char *text = calloc(10000, 5);
    for (int i = 0; i < 10000; i++) {
        memcpy(text + 4 * i, "cat ", 4);
    }
    assert_true(clip_folder_load("tests/golden/checkpoints/hf", &m, &err));
    assert_true(mm_tokenize(m.tokenizer, text, 10, ids, &length, &err));
    assert_int_equal(length, 10);
    assert_int_equal(ids[9], 519);
    clip_model_free(&m);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(cut),         IN_SCRATCH(lies),     IN_SCRATCH(not_a_number),       IN_SCRATCH(disagreement),
        IN_SCRATCH(other_files), IN_SCRATCH(prefixes), cmocka_unit_test(long_caption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
