/* weights.c: small ALIGNs as Hugging Face stores them (tests/golden/make_align.py): from pictures and texts to PyTorch's features,
 * logits and loss; written and read again, the same bits; how large the real one is; and spoilt in every way. */
#include "../pytorch.h"
#include "folder.h"

enum { CONTEXT = 12 };
static const char *const folders[] = {"even", "odd"};
enum { FOLDERS = sizeof folders / sizeof *folders };

static const char *fixture(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "tests/golden/align/%s", name);
    return path;
}

static AlignModel load(const char *folder)
{
    Error err;
    AlignModel m;
    if (!align_folder_load(folder, &m, &err)) {
        fail_msg("%s", err.text);
    }
    return m;
}

/* ---- against PyTorch ---- */

static void check_ids(const Inputs *in, const AlignModel *m, const json_t *golden)
{
    for (int i = 0; i < in->texts; i++) {
        Error err;
        int ids[CONTEXT], length;
        assert_true(mm_wordpiece_tokenize(m->tokenizer, in->text[i], CONTEXT, ids, &length, &err));
        const json_t *want = json_array_get(json_object_get(golden, "ids"), (size_t)i);
        for (int t = 0; t < CONTEXT; t++) {
            assert_int_equal(ids[t], json_integer_value(json_array_get(want, (size_t)t)));
        }
    }
}

/* The training loss of these pairs, in evaluation mode; Hugging Face takes the mean of both ways, the paper their sum. */
static void check_loss(const Align *m, const real *image, const real *text, int n, const json_t *golden)
{
    Graph *g = mm_graph_new(1);
    Shape shape = MM_SHAPE(n, align_embed(&m->config));
    Tensor *logits = align_logits(g, m, mm_input(g, shape, image), mm_input(g, shape, text));
    Tensor *loss = mm_affine(g, align_loss(g, logits, (real)0.1), (real)0.5, 0);
    json_t *want = json_pack("[O]", json_object_get(golden, "loss"));
    compare("logits_per_image", json_object_get(golden, "logits_per_image"), logits->data, n * n);
    compare("loss", want, loss->data, 1);
    json_decref(want);
    mm_graph_free(g);
}

static void features(void **state)
{
    (void)state;
    Error err;
    Inputs in = inputs("tests/golden/align.json");
    for (int k = 0; k < FOLDERS; k++) {
        AlignModel m = load(fixture(folders[k]));
        const json_t *golden = json_object_get(in.golden, folders[k]);
        const Encoders e = align_encoders(&m.align, m.tokenizer);
        check_ids(&in, &m, golden);
        real *image = mm_picture_features(&e, in.picture, in.pictures), *text = mm_text_features(&e, in.text, in.texts, &err);
        compare("image_features", json_object_get(golden, "image_features"), image, in.pictures * e.embed);
        compare("text_features", json_object_get(golden, "text_features"), text, in.texts * e.embed);
        check_loss(&m.align, image, text, in.texts, golden);
        free(image);
        free(text);
        align_model_free(&m);
    }
    inputs_free(&in);
}

/* Padding is hidden from the text: as long as the longest, or longer, a text has the same features. */
static void padding_is_hidden(void **state)
{
    (void)state;
    Error err;
    AlignModel m = load(fixture("odd"));
    Graph *g = mm_graph_new(1);
    int ids[CONTEXT], length;
    mm_graph_train(g, false);
    assert_true(mm_wordpiece_tokenize(m.tokenizer, "the cat", CONTEXT, ids, &length, &err));
    assert_int_equal(length, 4);
    const Tensor *narrow = align_encode_text(g, &m.align, ids, &length, 1, 4);
    for (int t = length; t < CONTEXT; t++) {
        ids[t] = 7; /* whatever stands there */
    }
    const Tensor *wide = align_encode_text(g, &m.align, ids, &length, 1, CONTEXT);
    length = 5; /* but counted, it counts */
    const Tensor *other = align_encode_text(g, &m.align, ids, &length, 1, CONTEXT);
    double worst = 0, changed = 0;
    for (size_t i = 0; i < narrow->n; i++) {
        worst = fmax(worst, fabs((double)(narrow->data[i] - wide->data[i])));
        changed = fmax(changed, fabs((double)(narrow->data[i] - other->data[i])));
    }
    assert_true(worst < 1e-5 && changed > 1e-2);
    mm_graph_free(g);
    align_model_free(&m);
}

static void squashed(void **state)
{
    (void)state;
    Inputs in = inputs("tests/golden/align.json");
    const json_t *golden = json_object_get(in.golden, "squash");
    int checked = 0;
    for (int i = 0; i < in.pictures; i++) {
        const json_t *sizes = json_object_get(
            golden, json_string_value(json_array_get(json_object_get(in.golden, "pictures"), (size_t)i)));
        Picture rgb = mm_picture_rgb(&in.picture[i]);
        const char *size;
        json_t *both;
        json_object_foreach((json_t *)sizes, size, both)
        {
            int squash, side;
            real pixels[3 * 9 * 9];
            assert_int_equal(sscanf(size, "%d %d", &squash, &side), 2);
            mm_picture_squash(&rgb, squash, side, true, pixels);
            compare("Pillow", json_object_get(both, "pillow"), pixels, 3 * side * side);
            mm_picture_squash(&rgb, squash, side, false, pixels);
            compare("TensorFlow", json_object_get(both, "tensorflow"), pixels, 3 * side * side);
            checked++;
        }
        mm_picture_free(&rgb);
    }
    assert_int_equal(checked, 6);
    inputs_free(&in);
}

/* ---- architectures ---- */

static void architectures(void **state)
{
    (void)state;
    AlignModel even = load(fixture("even")), odd = load(fixture("odd"));
    const AlignConfig *a = &even.align.config, *b = &odd.align.config;
    assert_true(a->image.size == 32 && a->input.squashed == 40 && a->input.antialias && !a->input.on_white);
    assert_true(a->text.width == 16 && a->text.heads == 4 && a->context == 12 && align_embed(a) == 32);
    assert_int_equal(even.align.vision_model.blocks, 10);
    assert_true(b->image.stages == 3 && b->image.stage[1].symmetric && !b->image.stage[2].symmetric &&
                b->image.stage[1].kernel == 5);
    assert_int_equal(odd.align.vision_model.blocks, 6);
    align_model_free(&even);
    align_model_free(&odd);
}

/* kakaobrain/align-base: what its config.json says is what this library takes to be meant where it says nothing. */
static void parameters_of_the_base(void **state)
{
    (void)state;
    Error err;
    AlignConfig c;
    put_text(scratch("config.json"), "{\"model_type\": \"align\", \"projection_dim\": 640, \"text_config\": {}, "
                                     "\"vision_config\": {\"image_size\": 289, \"hidden_dim\": 640}}");
    assert_true(align_config_read(scratch("config.json"), &c, &err));
    assert_int_equal(c.context, 64);
    Params *ps = mm_params_new(1);
    mm_params_blank(ps, true); /* memory that nobody writes to is not there */
    Align m = align_init(ps, c);
    assert_int_equal(mm_params_numel(ps), 172117841);
    assert_int_equal(m.vision_model.blocks, 55);
    assert_true(fabs(align_numbers(&c) / 172117841 - 1) < 0.05);
    assert_non_null(mm_params_find(ps, "text_model.pooler.dense.weight"));
    mm_params_free(ps);
}

/* ---- there and back ---- */

static void same_file(const char *a, const char *b)
{
    Error err;
    size_t n, m;
    char *one = mm_read_file(a, 1 << 24, &n, &err), *two = mm_read_file(b, 1 << 24, &m, &err);
    assert_int_equal(n, m);
    assert_memory_equal(one, two, n);
    free(one);
    free(two);
}

/* What is written has every tensor that Hugging Face's file has, with the same bits. */
static void holds_the_same(const char *path, const char *other)
{
    Error err;
    SafeFile *a = mm_safe_open(path, &err), *b = mm_safe_open(other, &err);
    for (int i = 0; i < mm_safe_count(a); i++) {
        const SafeTensor *t = mm_safe_at(a, i), *u = mm_safe_find(b, t->name);
        if (mm_ends_in(t->name, "position_ids")) {
            continue;
        }
        if (!u || u->bytes != t->bytes || u->dtype != t->dtype || !mm_shape_equal(u->shape, t->shape)) {
            fail_msg("%s is not written, or not as it was", t->name);
        }
        real *x = malloc(t->n * sizeof *x), *y = malloc(t->n * sizeof *y);
        assert_true(mm_safe_read(a, t, x, &err) && mm_safe_read(b, u, y, &err));
        assert_memory_equal(x, y, t->n * sizeof *x);
        free(x);
        free(y);
    }
    assert_int_equal(mm_safe_count(b), mm_safe_count(a) - 1);
    mm_safe_close(a);
    mm_safe_close(b);
}

static void there_and_back(void **state)
{
    (void)state;
    static const char *const files[] = {"config.json", "model.safetensors", "preprocessor_config.json", "tokenizer_config.json",
                                        "vocab.txt"};
    Error err;
    for (int k = 0; k < FOLDERS; k++) {
        AlignModel m = load(fixture(folders[k]));
        assert_true(align_folder_save(&m.align, m.tokenizer, scratch("there"), &err));
        AlignModel back = load(scratch("there"));
        assert_true(align_folder_save(&back.align, back.tokenizer, scratch("again"), &err));
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            char a[64], b[64];
            snprintf(a, sizeof a, "there/%s", files[i]);
            snprintf(b, sizeof b, "again/%s", files[i]);
            same_file(scratch(a), scratch(b));
        }
        if (sizeof(real) == 4) {
            char *original = mm_path(fixture(folders[k]), "model.safetensors");
            holds_the_same(original, scratch("there/model.safetensors"));
            free(original);
        }
        align_model_free(&m);
        align_model_free(&back);
    }
}

/* ---- spoilt ---- */

static void copy_fixture(void)
{
    AlignModel m = load(fixture("odd"));
    Error err;
    assert_true(align_folder_save(&m.align, m.tokenizer, scratch("m"), &err));
    align_model_free(&m);
}

static void refuses(const char *file, const char *what)
{
    Error err;
    AlignModel m;
    if (align_folder_load(scratch("m"), &m, &err)) {
        fail_msg("loads, though it should say: %s", what);
    }
    says(&err, file, what);
}

/* One word of a JSON file is replaced by another. */
static void spoil(const char *file, const char *word, const char *by, const char *what)
{
    Error err;
    char path[64];
    copy_fixture();
    snprintf(path, sizeof path, "m/%s", file);
    char *text = mm_read_file(scratch(path), 1 << 20, NULL, &err), *at = strstr(text, word);
    assert_non_null(at);
    FILE *f = fopen(scratch(path), "wb");
    fprintf(f, "%.*s%s%s", (int)(at - text), text, by, at + strlen(word));
    assert_int_equal(fclose(f), 0);
    free(text);
    refuses(what[0] == '*' ? "" : scratch(path), what + (what[0] == '*'));
}

static void bad_folders(void **state)
{
    (void)state;
    static const char config[] = "config.json", input[] = "preprocessor_config.json";
    spoil(config, "\"swish\"", "\"relu\"", "\"hidden_act\" is \"relu\", not \"swish\"");
    spoil(config, "\"gelu\"", "\"gelu_new\"", "\"hidden_act\" is \"gelu_new\"");
    spoil(config, "\"mean\"", "\"max\"", "\"pooling_type\" is \"max\"");
    spoil(config, "\"align\"", "\"clip\"", "\"model_type\" is \"clip\"");
    spoil(config, "\"projection_dim\": 24", "\"projection_dim\": 25", "\"projection_dim\" is 25, not 24");
    spoil(config, "\"hidden_dim\": 24", "\"hidden_dim\": 640", "\"hidden_dim\" is 640, not 24");
    spoil(config, "\"hidden_size\": 16", "\"hidden_size\": 18", "multiple of num_attention_heads");
    spoil(config, "\"hidden_size\": 16", "\"hidden_size\": -1", "\"hidden_size\" must be a whole number");
    spoil(config, "\"width_coefficient\": 1.0", "\"width_coefficient\": 1e9", "must be a number from 0.01 to 16");
    spoil(config, "\"strides\": [", "\"strides\": [1, ", "an array of 3 numbers, one a stage");
    spoil(config, "\"in_channels\": [\n      32", "\"in_channels\": [\n      31", "stage 1 takes 31 channels, but 32 come in");
    spoil(config, "\"kernel_sizes\": [\n      3", "\"kernel_sizes\": [\n      4", "kernel of 4");
    spoil(config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", "*layer.2.attention.self.query.weight");
    spoil(config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "*layer.1.attention");
    spoil(config, "\"vocab_size\": 20", "\"vocab_size\": 1000000", "*does not fit config.json");
    spoil(config, "\"vocab_size\": 20", "\"vocab_size\": 21", "*word_embeddings.weight");
    spoil(config, "\"vocab_size\": 20", "\"vocab_size\": 19", "*vocab.txt has 20 tokens");
    spoil(config, "\"text_config\"", "\"text\"", "\"text_config\" must be an object");
    spoil(input, "\"resample\": 2", "\"resample\": 3", "\"resample\" is 3, not 2");
    spoil(input, "\"include_top\": false", "\"include_top\": true", "\"include_top\" must be false");
    spoil(input, "41", "20", "must be a square");
    spoil(input, "\"do_normalize\": false", "\"do_normalize\": true", "\"do_normalize\" must be false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features),      cmocka_unit_test(padding_is_hidden), cmocka_unit_test(squashed),
        cmocka_unit_test(architectures), IN_SCRATCH(parameters_of_the_base),  IN_SCRATCH(there_and_back),
        IN_SCRATCH(bad_folders)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
