/* folder.c: a model as a folder: config.json, model.safetensors, vocab.json, merges.txt, preprocessor_config.json. */
#include "program.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_LIMIT = 1 << 20 };

static json_t *int_array(const int *n, int count)
{
    json_t *a = json_array();
    for (int i = 0; i < count; i++) {
        json_array_append_new(a, json_integer(n[i]));
    }
    return a;
}

static json_t *real_array(const double *x, int count)
{
    json_t *a = json_array();
    for (int i = 0; i < count; i++) {
        json_array_append_new(a, json_real(x[i]));
    }
    return a;
}

static json_t *vision_json(const ClipConfig *c)
{
    if (c->image == CLIP_MODIFIED_RESNET) {
        const ModifiedResnetConfig *m = &c->modified_resnet;
        return json_pack("{s:s, s:i, s:i, s:o, s:i}", "model_type", "modified_resnet", "image_size", c->size, "hidden_size",
                         m->width, "depths", int_array(m->layers, 4), "num_attention_heads", m->heads);
    }
    if (c->image == CLIP_VIT) {
        return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i}", "model_type", "clip_vision_model", "image_size", c->size, "patch_size",
                         c->vit.patch, "hidden_size", c->vit.width, "num_hidden_layers", c->vit.layers, "num_attention_heads",
                         c->vit.heads);
    }
    const ResnetConfig *r = &c->resnet;
    return json_pack("{s:s, s:i, s:o, s:o}", "model_type", "resnet", "image_size", c->size, "hidden_sizes",
                     int_array(r->width, r->stages), "depths", int_array(r->blocks, r->stages));
}

static json_t *config_json(const ClipConfig *c)
{
    return json_pack("{s:s, s:i, s:o, s:{s:i, s:i, s:i, s:i, s:i, s:s}}", "model_type", "clip", "projection_dim", c->embed,
                     "vision_config", vision_json(c), "text_config", "vocab_size", c->vocab, "max_position_embeddings",
                     c->context, "hidden_size", c->text_width, "num_hidden_layers", c->text_layers, "num_attention_heads",
                     c->text_heads, "hidden_act", "quick_gelu");
}

static bool write_json(json_t *j, const char *folder, const char *name, Error *err)
{
    char *path = mm_join_path(folder, name), *text = json_dumps(j, JSON_INDENT(2));
    bool ok = text && mm_write_file(path, text, strlen(text), err);
    free(text);
    free(path);
    json_decref(j);
    return ok;
}

bool clip_folder_save(const Clip *clip, const Params *params, const Tokenizer *tok, const char *folder, Error *err)
{
    if (!mm_make_folders(folder, err)) {
        return false;
    }
    json_t *pixels = json_pack("{s:i, s:{s:i, s:i}, s:i, s:o, s:o}", "size", clip->config.size, "crop_size", "height",
                               clip->config.size, "width", clip->config.size, "resample", 3, "image_mean",
                               real_array(clip->config.input.mean, 3), "image_std", real_array(clip->config.input.std, 3));
    char *path = mm_join_path(folder, "model.safetensors");
    bool ok = write_json(pixels, folder, "preprocessor_config.json", err) && mm_tokenizer_save(tok, folder, err) &&
              mm_params_save(params, path, (const char *[]){"format", "pt", NULL}, err) &&
              write_json(config_json(&clip->config), folder, "config.json", err);
    free(path);
    return ok;
}

/* A whole number of an object, within limits that no model passes; 0 and an error otherwise. */
static int field(const json_t *object, const char *name, int most, bool *ok, const char *path, Error *err)
{
    const json_t *j = json_object_get(object, name);
    json_int_t n = json_integer_value(j);
    if (*ok && (!json_is_integer(j) || n < 1 || n > most)) {
        *ok = mm_error(err, "%s: \"%s\" must be a whole number from 1 to %d", path, name, most);
    }
    return *ok ? (int)n : 0;
}

static bool read_stages(const json_t *v, ResnetConfig *r, const char *path, Error *err)
{
    const json_t *width = json_object_get(v, "hidden_sizes"), *blocks = json_object_get(v, "depths");
    size_t n = json_array_size(width);
    if (n < 1 || n > MM_MAX_STAGES || json_array_size(blocks) != n) {
        return mm_error(err, "%s: \"hidden_sizes\" and \"depths\" must be arrays of the same 1 to %d sizes", path, MM_MAX_STAGES);
    }
    int64_t side = r->size >> n;
    if (r->size % (1 << n) != 0) {
        return mm_error(err, "%s: pictures of %d pixels cannot be halved %zu times, once a stage", path, r->size, n);
    }
    r->stages = (int)n;
    for (size_t i = 0; i < n; i++) {
        json_int_t w = json_integer_value(json_array_get(width, i)), b = json_integer_value(json_array_get(blocks, i));
        if (w < 1 || w > 65536 || b < 0 || b > 1000) {
            return mm_error(err, "%s: stage %zu has %lld channels and %lld blocks", path, i, (long long)w, (long long)b);
        }
        r->width[i] = (int)w;
        r->blocks[i] = (int)b;
    }
    int64_t features = side * side * r->width[n - 1];
    return features <= INT_MAX || mm_error(err, "%s: %lld features after the last stage", path, (long long)features);
}

static bool read_modified_resnet(const json_t *v, ModifiedResnetConfig *m, const char *path, Error *err)
{
    bool ok = true;
    const json_t *blocks = json_object_get(v, "depths");
    m->width = field(v, "hidden_size", 4096, &ok, path, err);
    m->heads = field(v, "num_attention_heads", 4096, &ok, path, err);
    if (ok && json_array_size(blocks) != 4) {
        return mm_error(err, "%s: \"depths\" must be the numbers of blocks of the 4 stages", path);
    }
    for (size_t i = 0; i < 4 && ok; i++) {
        json_int_t n = json_integer_value(json_array_get(blocks, i));
        if (n < 1 || n > 1000) {
            return mm_error(err, "%s: stage %zu has %lld blocks", path, i, (long long)n);
        }
        m->layers[i] = (int)n;
    }
    if (ok && (m->size % 32 || m->width % 2 || 32 * m->width % m->heads)) {
        ok = mm_error(err,
                      "%s: image_size must be a multiple of 32, hidden_size even, 32 hidden_size a multiple of "
                      "num_attention_heads",
                      path);
    }
    return ok;
}

static bool read_vision(const json_t *v, ClipConfig *c, const char *path, Error *err)
{
    const char *type = json_string_value(json_object_get(v, "model_type"));
    bool ok = true;
    c->size = field(v, "image_size", 4096, &ok, path, err);
    if (ok && type && strcmp(type, "resnet") == 0) {
        c->image = CLIP_RESNET;
        c->resnet = (ResnetConfig){.size = c->size, .embed = c->embed};
        return read_stages(v, &c->resnet, path, err);
    }
    if (ok && type && strcmp(type, "modified_resnet") == 0) {
        c->image = CLIP_MODIFIED_RESNET;
        c->modified_resnet = (ModifiedResnetConfig){.size = c->size, .embed = c->embed};
        return read_modified_resnet(v, &c->modified_resnet, path, err);
    }
    c->image = CLIP_VIT;
    c->vit = (VitConfig){.size = c->size, .embed = c->embed};
    c->vit.patch = field(v, "patch_size", 4096, &ok, path, err);
    c->vit.width = field(v, "hidden_size", 65536, &ok, path, err);
    c->vit.layers = field(v, "num_hidden_layers", 1000, &ok, path, err);
    c->vit.heads = field(v, "num_attention_heads", 1024, &ok, path, err);
    if (ok && (c->size % c->vit.patch || c->vit.width % c->vit.heads)) {
        ok = mm_error(err, "%s: image_size must be a multiple of patch_size, hidden_size of num_attention_heads", path);
    }
    return ok;
}

static bool read_config(const json_t *j, ClipConfig *c, const char *path, Error *err)
{
    const json_t *text = json_object_get(j, "text_config"), *vision = json_object_get(j, "vision_config");
    bool ok = json_is_object(text) && json_is_object(vision);
    if (!ok) {
        return mm_error(err, "%s: \"text_config\" and \"vision_config\" must be objects", path);
    }
    c->embed = field(j, "projection_dim", 65536, &ok, path, err);
    c->vocab = field(text, "vocab_size", 10000000, &ok, path, err);
    c->context = field(text, "max_position_embeddings", 65536, &ok, path, err);
    c->text_width = field(text, "hidden_size", 65536, &ok, path, err);
    c->text_layers = field(text, "num_hidden_layers", 1000, &ok, path, err);
    c->text_heads = field(text, "num_attention_heads", 1024, &ok, path, err);
    if (ok && c->text_width % c->text_heads) {
        ok = mm_error(err, "%s: hidden_size must be a multiple of num_attention_heads", path);
    }
    return ok && read_vision(vision, c, path, err);
}

/* ---- config.json against model.safetensors ----
 * A few bytes of config can describe a model larger than any memory, so its parameters are counted first. What is a little larger
 * than the file is still built: mm_params_load then says which tensor does not fit. */

static double transformer_numbers(double width, double layers)
{
    return layers * (12 * width * width + 13 * width); /* qkv 3, out 1, mlp 4 + 4; biases 9, two LayerNorms 4 */
}

static double vit_numbers(const VitConfig *v)
{
    double side = v->size / v->patch, width = v->width;
    double rows = 3.0 * v->patch * v->patch + 1 + side * side + 1 + 4 +
                  v->embed; /* patches, class, positions, two LayerNorms, proj */
    return width * rows + transformer_numbers(width, v->layers);
}

static double resnet_numbers(const ResnetConfig *r)
{
    double in = 3, side = r->size >> r->stages, n = 0;
    for (int s = 0; s < r->stages; s++) {
        double out = r->width[s], shortcut = s > 0 ? in * out : 0;
        n += 9 * in * out + shortcut + 18 * out * out * r->blocks[s];
        in = out;
    }
    return n + in * side * side * r->embed; /* without the BatchNorms, which are small */
}

static double modified_resnet_numbers(const ModifiedResnetConfig *m)
{
    double in = m->width, side = m->size / 32, n = 11.25 * in * in; /* the stem, without its 3 channels of input */
    for (int s = 0; s < 4; s++) {
        double planes = m->width << s, out = 4 * planes;
        n += 2 * in * out + (m->layers[s] - 1) * out * planes + m->layers[s] * (9 * planes * planes + planes * out);
        in = out;
    }
    return n + in * (side * side + 3 * in + m->embed);
}

static double clip_numbers(const ClipConfig *c)
{
    double rows = (double)c->vocab + c->context + c->embed + 2;
    double text = c->text_width * rows + transformer_numbers(c->text_width, c->text_layers);
    switch (c->image) {
    case CLIP_VIT: return text + vit_numbers(&c->vit);
    case CLIP_MODIFIED_RESNET: return text + modified_resnet_numbers(&c->modified_resnet);
    default: return text + resnet_numbers(&c->resnet);
    }
}

static bool size_agrees(const ClipConfig *c, const char *path, Error *err)
{
    SafeFile *f = mm_safe_open(path, err);
    if (!f) {
        return false;
    }
    double held = 0, wanted = clip_numbers(c);
    for (int i = 0; i < mm_safe_count(f); i++) {
        held += (double)mm_safe_at(f, i)->n;
    }
    mm_safe_close(f);
    return wanted <= 4 * held ||
           mm_error(err, "%s does not fit config.json: it holds %.0f numbers, the config describes %.0f", path, held, wanted);
}

bool clip_folder_load(const char *folder, ClipModel *model, Error *err)
{
    char *config_path = mm_join_path(folder, "config.json"), *weights = mm_join_path(folder, "model.safetensors");
    *model = (ClipModel){0};
    ClipConfig config = {0};
    json_t *j = mm_json_read(config_path, CONFIG_LIMIT, err);
    bool ok = j && read_config(j, &config, config_path, err);
    json_decref(j);
    ok = ok && (model->tokenizer = mm_tokenizer_load(folder, err));
    if (ok && mm_vocab_size(model->tokenizer) != config.vocab) {
        ok = mm_error(err, "%s: vocab_size is %d, but vocab.json has %d tokens", config_path, config.vocab,
                      mm_vocab_size(model->tokenizer));
    }
    ok = ok && size_agrees(&config, weights, err);
    if (ok) {
        model->params = mm_params_new(0);
        model->clip = clip_init(model->params, config);
        ok = mm_params_load(model->params, weights, err);
    }
    if (!ok) {
        clip_model_free(model);
    }
    free(weights);
    free(config_path);
    return ok;
}

void clip_model_free(ClipModel *model)
{
    mm_params_free(model->params);
    mm_tokenizer_free(model->tokenizer);
    *model = (ClipModel){0};
}
