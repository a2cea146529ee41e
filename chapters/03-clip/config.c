/* config.c: config.json, which says what a model is made of, and preprocessor_config.json, which says what it reads; in Hugging Face's
 * form, with a few words of our own for what that has no words for. */
#include "folder.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_LIMIT = 1 << 20, BICUBIC = 3 /* as Pillow counts */ };

/* ---- writing ---- */

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

static const char *activation(const ClipConfig *c)
{
    return c->gelu ? "gelu" : "quick_gelu";
}

static json_t *vision_json(const ClipConfig *c)
{
    if (c->image == CLIP_MODIFIED_RESNET) {
        const ModifiedResnetConfig *m = &c->modified_resnet;
        return json_pack("{s:s, s:i, s:i, s:o, s:i}", "model_type", "modified_resnet", "image_size", c->size, "hidden_size",
                         m->width, "depths", int_array(m->layers, 4), "num_attention_heads", m->heads);
    }
    if (c->image == CLIP_VIT) {
        const VitConfig *v = &c->vit;
        return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s}", "model_type", "clip_vision_model", "image_size",
                         c->size, "patch_size", v->patch, "hidden_size", v->width, "intermediate_size", 4 * v->width,
                         "num_hidden_layers", v->layers, "num_attention_heads", v->heads, "projection_dim", c->embed,
                         "hidden_act", activation(c));
    }
    const ResnetConfig *r = &c->resnet;
    return json_pack("{s:s, s:i, s:o, s:o}", "model_type", "resnet", "image_size", c->size, "hidden_sizes",
                     int_array(r->width, r->stages), "depths", int_array(r->blocks, r->stages));
}

/* CLIP's vocabularies end with the start and the end token. */
static json_t *text_json(const ClipConfig *c)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s}", "model_type", "clip_text_model", "vocab_size",
                     c->vocab, "max_position_embeddings", c->context, "hidden_size", c->text_width, "intermediate_size",
                     4 * c->text_width, "num_hidden_layers", c->text_layers, "num_attention_heads", c->text_heads,
                     "projection_dim", c->embed, "bos_token_id", c->vocab - 2, "eos_token_id", c->vocab - 1, "hidden_act",
                     activation(c));
}

bool clip_config_write(const ClipConfig *c, const char *folder, Error *err)
{
    json_t *j = json_pack("{s:[s], s:s, s:i, s:o, s:o}", "architectures", "CLIPModel", "model_type", "clip", "projection_dim",
                          c->embed, "text_config", text_json(c), "vision_config", vision_json(c));
    return mm_json_write(j, folder, "config.json", err);
}

static const char *const orders[] = {[CLIP_ON_WHITE] = "on white", [CLIP_RGB_LAST] = "last", [CLIP_RGB_FIRST] = "first"};

/* Hugging Face's keys, and "rgb", when a picture becomes RGB, which they leave to the program. */
bool clip_input_write(const ClipConfig *c, const char *folder, Error *err)
{
    json_t *j = json_pack("{s:s, s:b, s:{s:i}, s:i, s:b, s:{s:i, s:i}, s:b, s:b, s:o, s:o, s:s}", "image_processor_type",
                          "CLIPImageProcessor", "do_resize", 1, "size", "shortest_edge", c->size, "resample", BICUBIC,
                          "do_center_crop", 1, "crop_size", "height", c->size, "width", c->size, "do_convert_rgb", 1,
                          "do_normalize", 1, "image_mean", real_array(c->input.mean, 3), "image_std", real_array(c->input.std, 3),
                          "rgb", orders[c->input.order]);
    return mm_json_write(j, folder, "preprocessor_config.json", err);
}

/* ---- reading ---- */

/* What both towers of Hugging Face's CLIP may vary and ours do not, beside the activation, which is returned. */
static bool read_gelu(const json_t *tower, int width, bool *ok, const char *path, Error *err)
{
    const json_t *act = json_object_get(tower, "hidden_act"), *eps = json_object_get(tower, "layer_norm_eps");
    const char *name = act ? json_string_value(act) : "quick_gelu";
    int inner = mm_json_int(tower, "intermediate_size", 4 * width, 1 << 20, ok, path, err);
    if (*ok && (!name || (strcmp(name, "gelu") != 0 && strcmp(name, "quick_gelu") != 0))) {
        *ok = mm_error(err, "%s: \"hidden_act\" is %s; CLIP has \"quick_gelu\" or \"gelu\"", path, name ? name : "no text");
    }
    if (*ok && inner != 4 * width) {
        *ok = mm_error(err, "%s: \"intermediate_size\" is %d, which is not 4 times the width %d", path, inner, width);
    }
    if (*ok && eps && fabs(json_number_value(eps) - 1e-5) > 1e-9) {
        *ok = mm_error(err, "%s: \"layer_norm_eps\" is %g, not 1e-05", path, json_number_value(eps));
    }
    return *ok && strcmp(name, "gelu") == 0;
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
    m->width = mm_json_int(v, "hidden_size", 0, 4096, &ok, path, err);
    m->heads = mm_json_int(v, "num_attention_heads", 0, 4096, &ok, path, err);
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
    c->size = mm_json_int(v, "image_size", 224, 4096, &ok, path, err);
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
    c->vit.patch = mm_json_int(v, "patch_size", 32, 4096, &ok, path, err);
    c->vit.width = mm_json_int(v, "hidden_size", 768, 65536, &ok, path, err);
    c->vit.layers = mm_json_int(v, "num_hidden_layers", 12, 1000, &ok, path, err);
    c->vit.heads = mm_json_int(v, "num_attention_heads", 12, 1024, &ok, path, err);
    if (read_gelu(v, c->vit.width, &ok, path, err) != c->gelu && ok) {
        ok = mm_error(err, "%s: \"hidden_act\" is not the same for texts and pictures", path);
    }
    if (ok && (c->size % c->vit.patch || c->vit.width % c->vit.heads)) {
        ok = mm_error(err, "%s: image_size must be a multiple of patch_size, hidden_size of num_attention_heads", path);
    }
    return ok;
}

static bool read_config(const json_t *j, ClipConfig *c, const char *path, Error *err)
{
    const json_t *text = json_object_get(j, "text_config");
    bool ok = true;
    c->embed = mm_json_int(j, "projection_dim", 512, 65536, &ok, path, err);
    c->vocab = mm_json_int(text, "vocab_size", 49408, 10000000, &ok, path, err);
    c->context = mm_json_int(text, "max_position_embeddings", 77, 65536, &ok, path, err);
    c->text_width = mm_json_int(text, "hidden_size", 512, 65536, &ok, path, err);
    c->text_layers = mm_json_int(text, "num_hidden_layers", 12, 1000, &ok, path, err);
    c->text_heads = mm_json_int(text, "num_attention_heads", 8, 1024, &ok, path, err);
    c->gelu = read_gelu(text, c->text_width, &ok, path, err);
    if (ok && c->text_width % c->text_heads) {
        ok = mm_error(err, "%s: hidden_size must be a multiple of num_attention_heads", path);
    }
    return ok && read_vision(json_object_get(j, "vision_config"), c, path, err);
}

bool clip_config_read(const char *path, ClipConfig *c, bool *described, Error *err)
{
    json_t *j = mm_json_read(path, CONFIG_LIMIT, err);
    if (!j) {
        return false;
    }
    bool text = json_is_object(json_object_get(j, "text_config")), vision = json_is_object(json_object_get(j, "vision_config"));
    *described = text && vision;
    bool ok = text == vision || mm_error(err, "%s: \"%s\" must be an object", path, text ? "vision_config" : "text_config");
    ok = ok && (!*described || read_config(j, c, path, err));
    json_decref(j);
    return ok;
}

/* ---- what the model reads ---- */

static bool read_reals(const json_t *j, const char *name, double x[3], const char *path, Error *err)
{
    const json_t *a = json_object_get(j, name);
    for (size_t i = 0; a && i < 3; i++) {
        const json_t *v = json_array_get(a, i);
        x[i] = json_number_value(v);
        if (json_array_size(a) != 3 || !json_is_number(v) || fabs(x[i]) > 1000) {
            return mm_error(err, "%s: \"%s\" must be 3 numbers", path, name);
        }
    }
    return true;
}

/* A side in pixels, as old and new files have it: 224, {"shortest_edge": 224}, {"height": 224, "width": 224}. */
static int side(const json_t *j, const char *name, int absent)
{
    const json_t *s = json_object_get(j, name), *edge = json_object_get(s, "shortest_edge"),
                 *height = json_object_get(s, "height");
    if (!s) {
        return absent;
    }
    json_int_t n = json_integer_value(json_is_object(s) ? (edge ? edge : height) : s);
    return n > 0 && n <= 4096 ? (int)n : -1;
}

static bool read_order(const json_t *j, ClipInput *in, const char *path, Error *err)
{
    const json_t *rgb = json_object_get(j, "rgb");
    if (!rgb) { /* Hugging Face's own, or this chapter's before it knew of others */
        in->order = json_object_get(j, "do_resize") || json_object_get(j, "do_convert_rgb") ? CLIP_RGB_FIRST : CLIP_ON_WHITE;
        return true;
    }
    for (ClipOrder o = CLIP_ON_WHITE; o <= CLIP_RGB_FIRST; o++) {
        if (json_is_string(rgb) && strcmp(json_string_value(rgb), orders[o]) == 0) {
            in->order = o;
            return true;
        }
    }
    return mm_error(err, "%s: \"rgb\" must be \"first\", \"last\" or \"on white\"", path);
}

bool clip_input_read(const char *path, ClipConfig *c, Error *err)
{
    json_t *j = mm_json_read(path, CONFIG_LIMIT, err), *resample = json_object_get(j, "resample");
    int crop = side(j, "crop_size", c->size), size = side(j, "size", crop);
    bool ok = j && read_order(j, &c->input, path, err) && read_reals(j, "image_mean", c->input.mean, path, err) &&
              read_reals(j, "image_std", c->input.std, path, err);
    if (ok && json_object_get(j, "image_std") && !(c->input.std[0] > 0 && c->input.std[1] > 0 && c->input.std[2] > 0)) {
        ok = mm_error(err, "%s: \"image_std\" must be above 0", path);
    }
    if (ok && (crop != c->size || size != c->size)) {
        ok = mm_error(err, "%s: pictures are resized to %d and cut to %d pixels, but the encoder reads %d", path, size, crop,
                      c->size);
    }
    if (ok && resample && json_integer_value(resample) != BICUBIC) {
        ok = mm_error(err, "%s: \"resample\" must be 3, bicubic", path);
    }
    json_decref(j);
    return ok;
}

/* ---- how many numbers ---- */

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

double clip_numbers(const ClipConfig *c)
{
    double rows = (double)c->vocab + c->context + c->embed + 2;
    double text = c->text_width * rows + transformer_numbers(c->text_width, c->text_layers);
    switch (c->image) {
    case CLIP_VIT: return text + vit_numbers(&c->vit);
    case CLIP_MODIFIED_RESNET: return text + modified_resnet_numbers(&c->modified_resnet);
    default: return text + resnet_numbers(&c->resnet);
    }
}
