/* checkpoints.c: small CLIPs as Hugging Face, OpenAI and open_clip store them (tests/golden/make_checkpoints.py): from pictures and texts
 * to PyTorch's features and logits; written in either form and read again, the same bits; at another size; and spoilt in every way. */
#include "../pytorch.h"
#include "folder.h"

enum { EMBED = 8 };
static const char *const folders[] = {"hf", "openai", "resnet"};
enum { FOLDERS = sizeof folders / sizeof *folders };

static const char *fixture(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "tests/golden/checkpoints/%s", name);
    return path;
}

static ClipModel load(const char *folder)
{
    Error err;
    ClipModel m;
    if (!clip_folder_load(folder, &m, &err)) {
        fail_msg("%s", err.text);
    }
    return m;
}

/* ---- against PyTorch ---- */

static void check_ids(const Inputs *in, const ClipModel *m)
{
    for (int i = 0; i < in->texts; i++) {
        Error err;
        int ids[16], length, context = m->clip.config.context;
        assert_true(mm_tokenize(m->tokenizer, in->text[i], context, ids, &length, &err));
        const json_t *want = json_array_get(json_object_get(in->golden, "ids"), (size_t)i);
        for (int t = 0; t < context; t++) {
            assert_int_equal(ids[t], json_integer_value(json_array_get(want, (size_t)t)));
        }
    }
}

static void features(void **state)
{
    (void)state;
    Error err;
    Inputs in = inputs("tests/golden/checkpoints.json");
    for (int k = 0; k < FOLDERS; k++) {
        ClipModel m = load(fixture(folders[k]));
        const json_t *golden = json_object_get(in.golden, folders[k]);
        print_message("%s\n", folders[k]);
        check_ids(&in, &m);
        real *image = clip_picture_features(&m.clip, in.picture, in.pictures);
        real *text = clip_text_features(&m.clip, m.tokenizer, in.text, in.texts, &err);
        compare("image_features", json_object_get(golden, "image_features"), image, in.pictures * EMBED);
        compare("text_features", json_object_get(golden, "text_features"), text, in.texts * EMBED);
        real *i = clip_embed_pictures(&m.clip, in.picture, in.pictures);
        real *t = clip_embed_texts(&m.clip, m.tokenizer, in.text, in.texts, &err);
        real *logits = mm_cosines(i, in.pictures, t, in.texts, EMBED);
        for (int c = 0; c < in.pictures * in.texts; c++) {
            logits[c] *= (real)exp((double)m.clip.logit_scale->data[0]);
        }
        compare("logits_per_image", json_object_get(golden, "logits_per_image"), logits, in.pictures * in.texts);
        int size = m.clip.config.size / 2 * 3;
        assert_true(clip_resize(&m.clip, size));
        real *resized = clip_picture_features(&m.clip, in.picture, in.pictures);
        compare("resized", json_object_get(golden, "resized"), resized, in.pictures * EMBED);
        assert_false(clip_resize(&m.clip, size + 1));
        real *all[] = {image, text, i, t, logits, resized};
        for (size_t a = 0; a < sizeof all / sizeof *all; a++) {
            free(all[a]);
        }
        clip_model_free(&m);
    }
    inputs_free(&in);
}

/* ---- what the shapes say ---- */

static void architectures(void **state)
{
    (void)state;
    ClipModel hf = load(fixture("hf")), openai = load(fixture("openai")), resnet = load(fixture("resnet"));
    const ClipConfig *a = &hf.clip.config, *b = &openai.clip.config, *c = &resnet.clip.config;
    assert_true(a->image == CLIP_VIT && a->size == 32 && a->vit.patch == 8 && a->vit.width == 24 && a->vit.layers == 2);
    assert_true(a->vit.heads == 3 && a->text_heads == 4 && a->input.order == CLIP_RGB_FIRST);
    assert_true(b->image == CLIP_VIT && b->size == 32 && b->vit.patch == 16 && b->vit.layers == 1 && b->vit.heads == 1);
    assert_true(b->text_width == 64 && b->text_layers == 1 && b->context == 10 && b->vocab == 520 && b->embed == 8);
    assert_true(b->input.order == CLIP_RGB_LAST);
    assert_true(c->image == CLIP_MODIFIED_RESNET && c->size == 64 && c->modified_resnet.width == 4);
    assert_true(c->modified_resnet.layers[0] == 2 && c->modified_resnet.layers[3] == 1 && c->modified_resnet.heads == 2);
    clip_model_free(&hf);
    clip_model_free(&openai);
    clip_model_free(&resnet);
}

/* ---- the published sizes ---- */

static int names_of(const Params *ps, bool hf)
{
    ClipFile names = {.hf = hf};
    Naming naming = clip_naming(&names);
    int n = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        Origin o = {.n = 1};
        if (naming.origin) {
            snprintf(o.name[0], sizeof o.name[0], "%s", mm_params_at(ps, i)->name);
            naming.origin(mm_params_at(ps, i)->name, &o);
        }
        n += o.n;
    }
    return n;
}

static Params *blank(ClipConfig c)
{
    Params *ps = mm_params_new(1);
    c.context = 77;
    c.vocab = 49408;
    c.text_width = 512;
    c.text_layers = 12;
    c.text_heads = 8;
    mm_params_blank(ps, true);
    clip_init(ps, c);
    return ps;
}

/* ViT-B/32 and RN50 as openai/CLIP builds them: tensors and parameters. A ResNet's counters of batches are none of ours. */
static void published_sizes(void **state)
{
    (void)state;
    ClipConfig vit = {.image = CLIP_VIT, .size = 224, .embed = 512},
               resnet = {.image = CLIP_MODIFIED_RESNET, .size = 224, .embed = 1024};
    vit.vit = (VitConfig){.size = 224, .patch = 32, .width = 768, .layers = 12, .heads = 12, .embed = 512};
    resnet.modified_resnet = (ModifiedResnetConfig){.layers = {3, 4, 6, 3}, .width = 64, .size = 224, .heads = 32, .embed = 1024};
    Params *b32 = blank(vit), *rn50 = blank(resnet);
    int counters = 0;
    for (int i = 0; i < mm_params_count(rn50); i++) {
        const char *name = mm_params_at(rn50, i)->name;
        counters += strlen(name) > 12 && strcmp(name + strlen(name) - 12, "running_mean") == 0;
    }
    assert_int_equal(mm_params_numel(b32), 151277313);
    assert_int_equal(names_of(b32, false), 302);
    assert_int_equal(names_of(b32, true), 398);
    assert_int_equal(mm_params_numel(rn50), 102007137);
    assert_int_equal(names_of(rn50, false) + counters, 489);
    mm_params_free(b32);
    mm_params_free(rn50);
}

/* ---- to either form and back ---- */

static char *bytes_of(const char *folder, size_t *n)
{
    Error err;
    char path[256];
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    char *bytes = mm_read_file(path, 1 << 24, n, &err);
    assert_non_null(bytes);
    return bytes;
}

static void same_bytes(const char *a, const char *b)
{
    size_t n, m;
    char *x = bytes_of(a, &n), *y = bytes_of(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
}

static void same_model(const ClipModel *a, const ClipModel *b)
{
    assert_int_equal(mm_params_count(a->params), mm_params_count(b->params));
    for (int i = 0; i < mm_params_count(a->params); i++) {
        const Tensor *p = mm_params_at(a->params, i), *q = mm_params_at(b->params, i);
        assert_string_equal(p->name, q->name);
        assert_true(mm_shape_equal(p->shape, q->shape));
        assert_memory_equal(p->data, q->data, p->n * sizeof(real));
    }
    assert_memory_equal(&a->clip.config, &b->clip.config, sizeof a->clip.config);
    assert_int_equal(mm_vocab_size(a->tokenizer), mm_vocab_size(b->tokenizer));
}

static void round_trips(void **state)
{
    (void)state;
    Error err;
    for (int k = 0; k < FOLDERS; k++) {
        bool vit = k < 2;
        ClipModel m = load(fixture(folders[k]));
        assert_true(clip_folder_save(&m.clip, m.params, m.tokenizer, scratch("openai"), &err));
        ClipModel openai = load(scratch("openai"));
        same_model(&m, &openai);
        assert_true(clip_folder_save_hf(&openai.clip, openai.params, openai.tokenizer, scratch("hf"), &err) == vit);
        if (vit) {
            ClipModel hf = load(scratch("hf"));
            same_model(&m, &hf);
            assert_true(clip_folder_save(&hf.clip, hf.params, hf.tokenizer, scratch("again"), &err));
            same_bytes(scratch("openai"), scratch("again"));
            clip_model_free(&hf);
        } else {
            says(&err, scratch("hf"), "no ModifiedResNet");
        }
        clip_model_free(&openai);
        clip_model_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features),
        cmocka_unit_test(architectures),
        cmocka_unit_test(published_sizes),
        IN_SCRATCH(round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
