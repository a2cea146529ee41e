/* config.c: config.json, which says what a model is made of, and preprocessor_config.json, which says what it reads; in Hugging Face's
 * form. What ALIGN may vary there and this model does not is refused, not passed over. */
#include "folder.h"
#include "io/bert_config.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_LIMIT = 1 << 20, BILINEAR = 2 /* as Pillow counts */, STEM = 32, CONTEXT = 64 };

/* ---- writing ---- */

/* 0.1 for the float that is nearest to it, not 0.100000001490116. */
static double decimal(real x)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", (double)x);
    return strtod(text, NULL);
}

/* One number of every stage. */
static json_t *of_stages(const EfficientnetConfig *c, int (*number)(const EfficientnetConfig *, int))
{
    json_t *a = json_array();
    for (int s = 0; s < c->stages; s++) {
        json_array_append_new(a, json_integer(number(c, s)));
    }
    return a;
}

static int stage_kernel(const EfficientnetConfig *c, int s)
{
    return c->stage[s].kernel;
}

static int stage_in(const EfficientnetConfig *c, int s)
{
    return s ? c->stage[s - 1].out : STEM;
}

static int stage_out(const EfficientnetConfig *c, int s)
{
    return c->stage[s].out;
}

static int stage_stride(const EfficientnetConfig *c, int s)
{
    return c->stage[s].stride;
}

static int stage_repeats(const EfficientnetConfig *c, int s)
{
    return c->stage[s].repeats;
}

static int stage_expand(const EfficientnetConfig *c, int s)
{
    return c->stage[s].expand;
}

/* The number of the first block of each stage that is padded alike on both sides. */
static json_t *depthwise_padding(const EfficientnetConfig *c)
{
    json_t *a = json_array();
    for (int s = 0; s < c->stages; s++) {
        EfficientnetConfig before = *c;
        before.stages = s;
        if (c->stage[s].symmetric) {
            json_array_append_new(a, json_integer(s ? mm_efficientnet_blocks(&before) : 0));
        }
    }
    return a;
}

static json_t *vision_json(const EfficientnetConfig *given)
{
    EfficientnetConfig full = mm_efficientnet_stages(*given), *c = &full;
    json_t *j = json_pack("{s:s, s:i, s:i, s:f, s:f, s:i, s:f, s:s, s:s, s:f, s:f, s:i}", "model_type", "align_vision_model",
                          "num_channels", 3, "image_size", c->size, "width_coefficient", c->width, "depth_coefficient", c->depth,
                          "depth_divisor", 8, "squeeze_expansion_ratio", 0.25, "hidden_act", "swish", "pooling_type", "mean",
                          "drop_connect_rate", decimal(c->drop_connect), "batch_norm_eps",
                          decimal(c->batchnorm.eps > 0 ? c->batchnorm.eps : MM_KERAS_BATCHNORM.eps), "hidden_dim",
                          mm_efficientnet_features(c));
    json_object_set_new(j, "kernel_sizes", of_stages(c, stage_kernel));
    json_object_set_new(j, "in_channels", of_stages(c, stage_in));
    json_object_set_new(j, "out_channels", of_stages(c, stage_out));
    json_object_set_new(j, "strides", of_stages(c, stage_stride));
    json_object_set_new(j, "num_block_repeats", of_stages(c, stage_repeats));
    json_object_set_new(j, "expand_ratios", of_stages(c, stage_expand));
    json_object_set_new(j, "depthwise_padding", depthwise_padding(c));
    return j;
}

bool align_config_write(const AlignConfig *c, const char *folder, Error *err)
{
    json_t *j = json_pack("{s:[s], s:s, s:i, s:f, s:o, s:o}", "architectures", "AlignModel", "model_type", "align",
                          "projection_dim", align_embed(c), "temperature_init_value", decimal(c->temperature), "text_config",
                          mm_bert_config_json(&c->text, "align_text_model"), "vision_config", vision_json(&c->image));
    return mm_json_write(j, folder, "config.json", err);
}

/* Hugging Face's keys, and two of ours: what becomes of alpha, and how Hugging Face's resizing differs from that of training. */
bool align_input_write(const AlignConfig *c, const char *folder, Error *err)
{
    int side = c->input.squashed, crop = c->image.size;
    json_t *j = json_pack("{s:s, s:b, s:{s:i, s:i}, s:i, s:b, s:{s:i, s:i}, s:b, s:f, s:b, s:b, s:b, s:s, s:b}",
                          "image_processor_type", "EfficientNetImageProcessor", "do_resize", 1, "size", "height", side, "width",
                          side, "resample", BILINEAR, "do_center_crop", 1, "crop_size", "height", crop, "width", crop,
                          "do_rescale", 1, "rescale_factor", 1 / 127.5, "rescale_offset", 1, "do_normalize", 0, "include_top", 0,
                          "alpha", c->input.on_white ? "on white" : "dropped", "antialias", c->input.antialias);
    return mm_json_write(j, folder, "preprocessor_config.json", err);
}

/* ---- reading ---- */

typedef struct Reading {
    const char *path;
    bool ok;
    Error *err;
} Reading;

static int whole(Reading *r, const json_t *j, const char *key, int absent, int most)
{
    return mm_json_int(j, key, absent, most, &r->ok, r->path, r->err);
}

static double number(Reading *r, const json_t *j, const char *key, double absent, double low, double high)
{
    return mm_json_real(j, key, absent, low, high, &r->ok, r->path, r->err);
}

/* What must be so, if it is said at all. */
static void need_word(Reading *r, const json_t *j, const char *key, const char *word, const char *or_word)
{
    const char *is = json_string_value(json_object_get(j, key));
    if (r->ok && is && strcmp(is, word) != 0 && strcmp(is, or_word) != 0) {
        r->ok = mm_error(r->err, "%s: \"%s\" is \"%s\", not \"%s\"", r->path, key, is, word);
    }
}

static void need_number(Reading *r, const json_t *j, const char *key, double wanted)
{
    const json_t *is = json_object_get(j, key);
    if (r->ok && is && fabs(json_number_value(is) - wanted) > 1e-6 * wanted) {
        r->ok = mm_error(r->err, "%s: \"%s\" is %g, not %g", r->path, key, json_number_value(is), wanted);
    }
}

static void need_switch(Reading *r, const json_t *j, const char *key, bool wanted)
{
    const json_t *is = json_object_get(j, key);
    if (r->ok && is && !(json_is_boolean(is) && json_is_true(is) == wanted)) {
        r->ok = mm_error(r->err, "%s: \"%s\" must be %s", r->path, key, wanted ? "true" : "false");
    }
}

/* One number of each stage into `to`, which is in the first of them. Absent: B0's, which are there. */
static void read_stages(Reading *r, const json_t *v, const char *key, int least, int most, EfficientnetConfig *c, int *to)
{
    const json_t *a = json_object_get(v, key);
    if (a && r->ok && json_array_size(a) != (size_t)c->stages) {
        r->ok = mm_error(r->err, "%s: \"%s\" must be an array of %d numbers, one a stage", r->path, key, c->stages);
    }
    for (int s = 0; a && r->ok && s < c->stages; s++) {
        const json_t *x = json_array_get(a, (size_t)s);
        json_int_t n = json_integer_value(x);
        if (!json_is_integer(x) || n < least || n > most) {
            r->ok = mm_error(r->err, "%s: number %d of \"%s\" must be %d to %d", r->path, s + 1, key, least, most);
        }
        *(int *)((char *)to + (size_t)s * sizeof *c->stage) = (int)n;
    }
}

static void check_stages(Reading *r, const json_t *v, const EfficientnetConfig *c)
{
    const json_t *in = json_object_get(v, "in_channels");
    for (int s = 0; r->ok && s < c->stages; s++) {
        json_int_t n = json_integer_value(json_array_get(in, (size_t)s));
        if (in && n != stage_in(c, s)) {
            r->ok = mm_error(r->err, "%s: stage %d takes %lld channels, but %d come in", r->path, s + 1, (long long)n,
                             stage_in(c, s));
        } else if (c->stage[s].kernel % 2 == 0) {
            r->ok = mm_error(r->err, "%s: stage %d has a kernel of %d, which has no middle", r->path, s + 1, c->stage[s].kernel);
        }
    }
    if (r->ok && mm_efficientnet_blocks(c) > MM_MOST_MBCONV) {
        r->ok = mm_error(r->err, "%s: %d blocks; at most %d can be read", r->path, mm_efficientnet_blocks(c), MM_MOST_MBCONV);
    }
}

/* The blocks that Hugging Face lists. It makes a difference only to the first block of a stage, the one that has the stride. */
static void read_padding(Reading *r, const json_t *v, EfficientnetConfig *c)
{
    const json_t *list = json_object_get(v, "depthwise_padding"), *x;
    size_t i;
    json_array_foreach(list, i, x)
    {
        for (int s = 0, first = 0; s < c->stages; s++) {
            c->stage[s].symmetric |= json_integer_value(x) == first;
            first += (int)ceil(c->depth * c->stage[s].repeats);
        }
    }
    if (r->ok && list && !json_is_array(list)) {
        r->ok = mm_error(r->err, "%s: \"depthwise_padding\" must be an array of numbers of blocks", r->path);
    }
}

static EfficientnetConfig read_vision(Reading *r, const json_t *v)
{
    const json_t *kernels = json_object_get(v, "kernel_sizes");
    EfficientnetConfig c = mm_efficientnet_stages(mm_efficientnet_config(7));
    c.size = whole(r, v, "image_size", 600, 4096);
    c.width = number(r, v, "width_coefficient", 2, 0.01, 16);
    c.depth = number(r, v, "depth_coefficient", 3.1, 0.01, 16);
    c.drop_connect = (real)number(r, v, "drop_connect_rate", 0.2, 0, 0.99);
    c.batchnorm = MM_KERAS_BATCHNORM;
    c.batchnorm.eps = (real)number(r, v, "batch_norm_eps", 0.001, 1e-12, 1);
    if (r->ok && kernels && (json_array_size(kernels) < 1 || json_array_size(kernels) > MM_MOST_STAGES)) {
        r->ok = mm_error(r->err, "%s: \"kernel_sizes\" must be an array of 1 to %d numbers", r->path, MM_MOST_STAGES);
    }
    c.stages = r->ok && kernels ? (int)json_array_size(kernels) : c.stages;
    read_stages(r, v, "kernel_sizes", 1, 31, &c, &c.stage[0].kernel);
    read_stages(r, v, "out_channels", 1, 65536, &c, &c.stage[0].out);
    read_stages(r, v, "strides", 1, 2, &c, &c.stage[0].stride);
    read_stages(r, v, "num_block_repeats", 1, 1000, &c, &c.stage[0].repeats);
    read_stages(r, v, "expand_ratios", 1, 64, &c, &c.stage[0].expand);
    check_stages(r, v, &c);
    read_padding(r, v, &c);
    need_number(r, v, "depth_divisor", 8);
    need_number(r, v, "squeeze_expansion_ratio", 0.25);
    need_number(r, v, "num_channels", 3);
    need_word(r, v, "hidden_act", "swish", "silu");
    need_word(r, v, "pooling_type", "mean", "mean");
    if (r->ok) {
        need_number(r, v, "hidden_dim", mm_efficientnet_features(&c));
    }
    return c;
}

bool align_config_read(const char *path, AlignConfig *c, Error *err)
{
    json_t *j = mm_json_read(path, CONFIG_LIMIT, err), *text = json_object_get(j, "text_config"),
           *vision = json_object_get(j, "vision_config");
    Reading r = {path, j != NULL, err};
    need_word(&r, j, "model_type", "align", "align");
    if (r.ok && (!json_is_object(text) || !json_is_object(vision))) {
        r.ok = mm_error(err, "%s: \"%s\" must be an object", path, json_is_object(text) ? "vision_config" : "text_config");
    }
    *c = (AlignConfig){0};
    r.ok = r.ok && mm_bert_config_read(text, path, &c->text, err);
    c->image = read_vision(&r, vision);
    c->temperature = (real)number(&r, j, "temperature_init_value", 1, 1e-6, 1e6);
    c->context = c->text.positions < CONTEXT ? c->text.positions : CONTEXT;
    if (r.ok) {
        need_number(&r, j, "projection_dim", align_embed(c));
    }
    json_decref(j);
    return r.ok;
}

/* A side in pixels, as old and new files have it: 289, {"height": 289, "width": 289}. */
static int side(Reading *r, const json_t *j, const char *key, int absent)
{
    const json_t *s = json_object_get(j, key), *height = json_object_get(s, "height"), *width = json_object_get(s, "width");
    json_int_t n = s ? json_integer_value(json_is_object(s) ? height : s) : absent;
    if (r->ok && (n < 1 || n > 4096 || (width && json_integer_value(width) != n))) {
        r->ok = mm_error(r->err, "%s: \"%s\" must be a square of 1 to 4096 pixels a side", r->path, key);
    }
    return r->ok ? (int)n : 0;
}

bool align_input_read(const char *path, AlignConfig *c, Error *err)
{
    json_t *j = mm_json_read(path, CONFIG_LIMIT, err);
    const json_t *antialias = json_object_get(j, "antialias"), *alpha = json_object_get(j, "alpha");
    Reading r = {path, j != NULL, err};
    int crop = side(&r, j, "crop_size", c->image.size);
    c->input.squashed = side(&r, j, "size", crop);
    need_number(&r, j, "resample", BILINEAR);
    need_number(&r, j, "rescale_factor", 1 / 127.5);
    static const struct {
        const char *key;
        bool must;
    } switches[] = {{"do_resize", true},      {"do_center_crop", true}, {"do_rescale", true},
                    {"rescale_offset", true}, {"do_normalize", false},  {"include_top", false}};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        need_switch(&r, j, switches[i].key, switches[i].must);
    }
    if (r.ok && c->input.squashed < crop) {
        r.ok = mm_error(err, "%s: %d pixels cannot be cut out of %d", path, crop, c->input.squashed);
    }
    c->image.size = crop;
    c->input.antialias = !antialias || json_is_true(antialias);
    c->input.on_white = alpha && json_is_string(alpha) && strcmp(json_string_value(alpha), "on white") == 0;
    json_decref(j);
    return r.ok;
}

/* ---- how many numbers ---- */

double align_numbers(const AlignConfig *c)
{
    const BertConfig *t = &c->text;
    const EfficientnetConfig *v = &c->image;
    double width = t->width, layer = 4 * width * width + 2 * width * t->intermediate, vision = 0;
    double text = width * ((double)t->vocab + t->positions + t->types + width + align_embed(c)) + t->layers * layer;
    double in = mm_efficientnet_channels(STEM, v->width);
    for (int s = 0; s < v->stages; s++) {
        double out = mm_efficientnet_channels(v->stage[s].out, v->width), k = v->stage[s].kernel, e = v->stage[s].expand;
        for (int i = 0; i < ceil(v->depth * v->stage[s].repeats); i++, in = out) {
            vision += (e > 1 ? e * in * in : 0) +
                      e * in * (k * k + in / 2 + out); /* expand, depthwise, squeeze-excite, project */
        }
    }
    return text + vision; /* without biases and norms, which are small */
}
