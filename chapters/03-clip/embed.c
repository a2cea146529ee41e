/* embed.c: what CLIP's encoders read and make, for all that uses them. */
#include "program.h"

#include <math.h>

/* (size, size, 3) bytes -> (3, size, size) */
static void normalise(const ClipConfig *c, const unsigned char *rgb, real *pixels)
{
    size_t plane = (size_t)(c->size * c->size);
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < plane; i++) {
            pixels[k * plane + i] = (real)((rgb[3 * i + k] / 255.0 - c->input.mean[k]) / c->input.std[k]);
        }
    }
}

void clip_normalise_unit(const ClipInput *in, int size, real *pixels)
{
    size_t plane = (size_t)(size * size);
    for (size_t i = 0; i < 3 * plane; i++) {
        pixels[i] = (real)((pixels[i] - in->mean[i / plane]) / in->std[i / plane]);
    }
}

Picture clip_square(const ClipConfig *c, const Picture *picture)
{
    if (c->input.order != CLIP_ON_WHITE) {
        return (c->input.order == CLIP_RGB_LAST ? mm_picture_rgb_last : mm_picture_rgb_first)(picture, c->size);
    }
    Picture flat = mm_picture_flatten(picture, mm_white), small = mm_picture_clip(&flat, c->size);
    mm_picture_free(&flat);
    return small;
}

void clip_preprocess(const ClipConfig *c, const Picture *picture, real *pixels)
{
    Picture p = clip_square(c, picture);
    normalise(c, p.pixels, pixels);
    mm_picture_free(&p);
}

/* ---- the encoders ---- */

static void preprocess(const Encoders *e, const Picture *picture, real *pixels)
{
    clip_preprocess(&((const Clip *)e->model)->config, picture, pixels);
}

static bool tokenize(const Encoders *e, const char *text, int *ids, int *length, Error *err)
{
    return mm_tokenize(e->tokenizer, text, e->context, ids, length, err);
}

static Tensor *encode_pictures(Graph *g, const Encoders *e, Tensor *pixels)
{
    return clip_encode_image(g, e->model, pixels);
}

static Tensor *encode_texts(Graph *g, const Encoders *e, const int *ids, const int *length, int B)
{
    return clip_encode_text(g, e->model, ids, length, B, e->context);
}

static void describe_input(const Encoders *e, char text[MM_INPUT_TEXT])
{
    const ClipConfig *c = &((const Clip *)e->model)->config;
    const ClipInput *in = &c->input;
    snprintf(text, MM_INPUT_TEXT, "clip %d %d mean %a %a %a std %a %a %a", (int)in->order, c->size, in->mean[0], in->mean[1],
             in->mean[2], in->std[0], in->std[1], in->std[2]);
}

static const EncodersKind kind = {preprocess, describe_input, tokenize, encode_pictures, encode_texts};

Encoders clip_encoders(const Clip *clip, const Tokenizer *tok)
{
    const ClipConfig *c = &clip->config;
    double s = (double)clip->logit_scale->data[0];
    return (Encoders){.kind = &kind,
                      .model = clip,
                      .tokenizer = tok,
                      .name = clip_encoder_name(c->image),
                      .size = c->size,
                      .context = c->context,
                      .embed = c->embed,
                      .mirror = c->input.order == CLIP_ON_WHITE,
                      .params = clip->params,
                      .temperature = "logit_scale",
                      .temperature_value = s,
                      .factor = exp(s)};
}

real *clip_picture_features(const Clip *clip, const Picture *picture, int n)
{
    const Encoders e = clip_encoders(clip, NULL);
    return mm_picture_features(&e, picture, n);
}

real *clip_embed_pictures(const Clip *clip, const Picture *picture, int n)
{
    const Encoders e = clip_encoders(clip, NULL);
    return mm_picture_embeddings(&e, picture, n);
}

real *clip_text_features(const Clip *clip, const Tokenizer *tok, const char *const *text, int n, Error *err)
{
    const Encoders e = clip_encoders(clip, tok);
    return mm_text_features(&e, text, n, err);
}

real *clip_embed_texts(const Clip *clip, const Tokenizer *tok, const char *const *text, int n, Error *err)
{
    const Encoders e = clip_encoders(clip, tok);
    return mm_text_embeddings(&e, text, n, err);
}

real *clip_embed_files(const Clip *clip, const char *const *path, int n, int **kept, int *n_kept)
{
    const Encoders e = clip_encoders(clip, NULL);
    return mm_file_embeddings(&e, path, n, kept, n_kept);
}
