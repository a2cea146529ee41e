/* weights.c: small checkpoints as others store them (tests/golden/make_uniter.py): what PyTorch computes with them; written and read
 * again, the same bits; how many numbers the real ones have; and spoilt in every way. */
#include "../io/scratch.h"
#include "folder.h"

#include <jansson.h>
#include <math.h>

enum { B = 2, T = 6, R = 3, WIDTH = 16, IMG_DIM = 6, LABEL_DIM = 5, VOCAB = 14 };

static const int words[B] = {6, 4}, regions[B] = {1, 3};

static const char *fixture(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "tests/golden/uniter/%s", name);
    return path;
}

static UniterModel load(const char *folder)
{
    Error err;
    UniterModel m;
    if (!uniter_folder_load(folder, &m, &err)) {
        fail_msg("%s", err.text);
    }
    return m;
}

static UniterModel from_bert(const char *folder, int *fresh)
{
    Error err;
    UniterModel m;
    if (!uniter_from_bert(folder, IMG_DIM, LABEL_DIM, 3, &m, fresh, &err)) {
        fail_msg("%s", err.text);
    }
    return m;
}

/* ---- against PyTorch ---- */

/* Within 1e-5 of the largest of them; in double 1e-11. */
static void compare(const char *what, const json_t *golden, const real *x, size_t n)
{
    const json_t *want = json_object_get(golden, what);
    double largest = 0, worst = 0;
    assert_int_equal(json_array_size(want), n);
    for (size_t i = 0; i < n; i++) {
        double w = json_number_value(json_array_get(want, i));
        largest = fmax(largest, fabs(w));
        worst = fmax(worst, fabs((double)x[i] - w));
    }
    print_message("%s: off by %.1e of %.3g\n", what, worst, largest);
    if (!(worst <= (sizeof(real) == 4 ? 1e-5 : 1e-11) * largest)) {
        fail_msg("%s is off by %g", what, worst);
    }
}

static void numbers(const json_t *golden, const char *key, real *x)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(golden, key), i, one) x[i] = (real)json_number_value(one);
}

static const int first[] = {0, 1, 2, 3, 4, 5, 6}; /* the rows of the first example: 6 words, 1 region */

static void uniter_as_pytorch(void **state)
{
    (void)state;
    Error err;
    json_t *all = mm_json_read("tests/golden/uniter.json", 1 << 20, &err), *golden = json_object_get(all, "uniter");
    UniterModel m = load(fixture("uniter"));
    Graph *g = mm_graph_new(1);
    mm_graph_train(g, false);
    real feat[B * R * IMG_DIM], box[B * R * UNITER_BOX];
    int ids[B * T], length;
    numbers(golden, "feat", feat);
    numbers(golden, "box", box);
    assert_true(mm_wordpiece_tokenize(m.tokenizer, "a Cat left of", T, ids, &length, &err) && length == words[0]);
    assert_true(mm_wordpiece_tokenize(m.tokenizer, "dogs", T, ids + T, &length, &err) && length == words[1]);
    for (int i = 0; i < B * T; i++) {
        assert_int_equal(ids[i], json_integer_value(json_array_get(json_object_get(golden, "ids"), (size_t)i)));
    }
    const UniterBatch b = {.B = B,
                           .T = T,
                           .R = R,
                           .ids = ids,
                           .words = words,
                           .regions = regions,
                           .feat = mm_input(g, MM_SHAPE(B, R, IMG_DIM), feat),
                           .box = mm_input(g, MM_SHAPE(B, R, UNITER_BOX), box)};
    Tensor *hidden = uniter_encode(g, &m.uniter, &b);
    assert_true(hidden->shape.d[1] == 7);
    compare("hidden 0", golden, hidden->data, 7 * WIDTH);
    compare("hidden 1", golden, hidden->data + 7 * WIDTH, 7 * WIDTH);
    Tensor *rows = uniter_rows(g, hidden, first, 7);
    compare("words", golden, uniter_word_logits(g, &m.uniter, rows)->data, 7 * VOCAB);
    compare("features", golden, uniter_feature_guess(g, &m.uniter, rows)->data, 7 * IMG_DIM);
    compare("classes", golden, uniter_class_logits(g, &m.uniter, rows)->data, 7 * LABEL_DIM);
    compare("match", golden, uniter_match_logits(g, &m.uniter, hidden)->data, 2 * 2);
    mm_graph_free(g);
    uniter_model_free(&m);
    json_decref(all);
}

static void bert_as_pytorch(void **state)
{
    (void)state;
    static const int ids[T] = {3, 6, 9, 10, 11, 4};
    static const char *const folders[] = {"bert", "plain"};
    Error err;
    json_t *all = mm_json_read("tests/golden/uniter.json", 1 << 20, &err), *golden = json_object_get(all, "bert");
    for (int k = 0; k < 2; k++) {
        int fresh;
        UniterModel m = from_bert(fixture(folders[k]), &fresh);
        Graph *g = mm_graph_new(1);
        mm_graph_train(g, false);
        Tensor *x = mm_bert_encode(g, &m.uniter.bert, mm_bert_embed(g, &m.uniter.bert, ids, NULL, 1, T), NULL);
        compare("hidden", golden, x->data, T * WIDTH);
        if (k == 0) { /* the other one has no head for words */
            compare("words", golden, uniter_word_logits(g, &m.uniter, uniter_rows(g, x, first, T))->data, T * VOCAB);
        }
        assert_int_equal(fresh, k == 0 ? 11 + 5 + 6 + 2 : 11 + 5 + 6 + 2 + 5); /* regions, their two heads, ITM; words */
        mm_graph_free(g);
        uniter_model_free(&m);
    }
    json_decref(all);
}

/* ---- there and back ---- */

static void there_and_back(void **state)
{
    (void)state;
    Error err;
    UniterModel m = load(fixture("uniter"));
    assert_true(uniter_folder_save(&m, scratch("there"), &err));
    UniterModel back = load(scratch("there"));
    for (int i = 0; i < mm_params_count(m.params); i++) {
        const Tensor *p = mm_params_at(m.params, i), *q = mm_params_find(back.params, p->name);
        assert_memory_equal(p->data, q->data, p->n * sizeof *p->data);
    }
    assert_true(back.uniter.config.img_dim == IMG_DIM && back.uniter.config.label_dim == LABEL_DIM);
    uniter_model_free(&m);
    uniter_model_free(&back);
}

/* The numbers of the published base and large models: all but the tied. */
static void real_sizes(void **state)
{
    (void)state;
    static const struct {
        UniterConfig (*config)(void);
        size_t layers, width;
    } sizes[] = {{uniter_base, 12, 768}, {uniter_large, 24, 1024}};
    for (int k = 0; k < 2; k++) {
        Params *ps = mm_params_new(1);
        mm_params_blank(ps, true); /* memory that nobody writes to is not there */
        uniter_init(ps, sizes[k].config());
        size_t w = sizes[k].width, head = w * w + 3 * w;
        size_t bert = (28996 + 512 + 2 + 2) * w + sizes[k].layers * (12 * w * w + 13 * w) + w * w + w;
        size_t image = 2048 * w + 7 * w + 8 * w + 2 * 2048, heads = 3 * head + 28996 + 2048 + 1601 * w + 1601 + 2 * w + 2;
        assert_int_equal(mm_params_numel(ps), bert + image + heads);
        mm_params_free(ps);
    }
}

/* ---- spoilt ---- */

static void copy(const char *name)
{
    Error err;
    static const char *const files[] = {"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"};
    assert_true(mm_make_folders(scratch("m"), &err));
    for (int i = 0; i < 4; i++) {
        char *from = mm_join_path(fixture(name), files[i]), *to = mm_join_path(scratch("m"), files[i]);
        size_t n;
        char *bytes = mm_read_file(from, 1 << 24, &n, &err);
        put(to, bytes, n);
        free(bytes);
        free(from);
        free(to);
    }
}

static bool load_either(bool bert, UniterModel *m, Error *err)
{
    return bert ? uniter_from_bert(scratch("m"), IMG_DIM, LABEL_DIM, 1, m, NULL, err) : uniter_folder_load(scratch("m"), m, err);
}

/* Each place of one file where `word` is becomes `by`, of the same length in a binary file. */
static void spoil(const char *name, const char *file, const char *word, const char *by, const char *what)
{
    Error err;
    UniterModel m;
    size_t n, length = strlen(word);
    copy(name);
    char *path = mm_join_path(scratch("m"), file), *bytes = mm_read_file(path, 1 << 24, &n, &err);
    char *at = memmem(bytes, n, word, length);
    assert_non_null(at);
    FILE *f = fopen(path, "wb");
    size_t before = (size_t)(at - bytes);
    assert_true(fwrite(bytes, 1, before, f) == before && fputs(by, f) >= 0 &&
                fwrite(at + length, 1, n - before - length, f) == n - before - length);
    assert_int_equal(fclose(f), 0);
    if (load_either(strcmp(name, "uniter") != 0, &m, &err)) {
        fail_msg("loads, though it should say: %s", what);
    }
    says(&err, scratch("m"), what);
    assert_null(m.params);
    free(bytes);
    free(path);
}

static void bad_folders(void **state)
{
    (void)state;
    static const char config[] = "config.json", tensors[] = "model.safetensors";
    spoil("uniter", config, "\"hidden_size\": 16", "\"hidden_size\": 18", "multiple of num_attention_heads");
    spoil("uniter", config, "\"gelu\"", "\"relu\"", "\"hidden_act\" is \"relu\", not \"gelu\"");
    spoil("uniter", config, "\"type_vocab_size\": 2", "\"type_vocab_size\": 1", "regions of type 1");
    spoil("uniter", config, "\"img_dim\": 6", "\"img_dim\": 7",
          "img_linear.weight is (16,6) in the file and (16,7) in the model");
    spoil("uniter", config, "\"label_dim\": 5", "\"label_dim\": \"5\"", "label_dim");
    spoil("uniter", config, "\"hidden_size\": 16", "\"hidden_size\": 65536", "it holds");
    spoil("uniter", config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1", "16 unexpected: ");
    spoil("uniter", config, "{", "[", "config.json:");
    spoil("uniter", "vocab.txt", "the\n", "the\nmore\n", "vocab.txt has 15 tokens, the model has embeddings for 14");
    spoil("uniter", "vocab.txt", "[MASK]\n", "mask\n", "[MASK]");
    spoil("uniter", tensors, "itm_output.bias", "itm_output.sias", "1 missing: itm_output.bias; 1 unexpected: itm_output.sias");
    spoil("uniter", tensors, "mask_embedding", "mask_embeddinq", "missing: uniter.img_embeddings.mask_embedding.weight");
    spoil("bert", tensors, "bert.pooler.dense.bias", "bert.pooler.dense.dias", "1 missing: bert.pooler.dense.bias");
    spoil("bert", tensors, "embeddings.LayerNorm.beta", "embeddings.LayerNorm.bias", "missing: bert.embeddings.LayerNorm.beta");
    spoil("plain", tensors, "encoder.layer.1.output.dense.bias", "encoder.layer.1.output.dense.dias",
          "missing: encoder.layer.1.output.dense.bias; 1 unexpected: encoder.layer.1.output.dense.dias");
    spoil("uniter", tensors, "uniter.embeddings.word", "uniter.embeddings.worb", "word_embeddings.weight");
}

/* A copy of a tied tensor that is none: which of the two is meant? */
static void untied(void **state)
{
    (void)state;
    Error err;
    UniterModel m = load(fixture("uniter"));
    real *other = calloc(m.uniter.img_linear.weight->n, sizeof *other);
    SafeArray arrays[256];
    int n = 0;
    for (; n < mm_params_count(m.params); n++) {
        const Tensor *p = mm_params_at(m.params, n);
        arrays[n] = (SafeArray){p->name, MM_F32, p->shape, p->data};
    }
    arrays[n++] = (SafeArray){"feat_regress.weight", MM_F32, m.uniter.img_linear.weight->shape, other};
    copy("uniter");
    assert_true(mm_safe_write(scratch("m/model.safetensors"), arrays, n, NULL, &err));
    UniterModel bad;
    assert_false(uniter_folder_load(scratch("m"), &bad, &err));
    says(&err, scratch("m"), "feat_regress.weight is not the same as uniter.img_embeddings.img_linear.weight");
    free(other);
    uniter_model_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniter_as_pytorch), cmocka_unit_test(bert_as_pytorch), IN_SCRATCH(there_and_back),
        cmocka_unit_test(real_sizes),        IN_SCRATCH(bad_folders),           IN_SCRATCH(untied)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
