/* embed.c: many pictures or texts through an encoder, for evaluation and search. */
#include "program.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, BATCH_NUMBERS = 1 << 22 }; /* pictures or texts at once; fewer where pictures have more numbers than this */

static void *take(size_t bytes)
{
    void *p = malloc(bytes ? bytes : 1);
    if (!p) {
        mm_fail((FailHandler){0}, "out of memory for embeddings: %zu bytes", bytes);
    }
    return p;
}

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

/* ---- batches through an encoder, in evaluation mode ---- */

typedef struct Source {
    const Clip *clip;
    const Picture *picture;
    const int *ids, *length;
    bool unit; /* rows of length 1 are wanted */
} Source;

/* (3, size, size) -> its mirror image */
static void mirror(const real *pixels, int size, real *to)
{
    for (int line = 0; line < 3 * size; line++) {
        for (int u = 0; u < size; u++) {
            to[line * size + u] = pixels[line * size + size - 1 - u];
        }
    }
}

/* In this chapter's own models a picture counts as the mean of what it and its mirror image give: what a thing is does not depend on
 * where it looks. */
static Tensor *encode_pictures(Graph *g, const Source *s, int first, int count)
{
    const ClipConfig *c = &s->clip->config;
    bool both = s->unit && c->input.order == CLIP_ON_WHITE;
    size_t picture = 3 * (size_t)(c->size * c->size);
    Tensor *pixels = mm_input(g, MM_SHAPE(both ? 2 * count : count, 3, c->size, c->size), NULL);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < count; i++) {
        real *own = pixels->data + (size_t)i * picture;
        clip_preprocess(c, &s->picture[first + i], own);
        if (both) {
            mirror(own, c->size, own + (size_t)count * picture);
        }
    }
    Tensor *x = clip_encode_image(g, s->clip, pixels);
    if (both) {
        x = mm_l2norm(g, x, 0);
        x = mm_add(g, mm_slice(g, x, 0, 0, count), mm_slice(g, x, 0, count, count));
    }
    return x;
}

static Tensor *encode_texts(Graph *g, const Source *s, int first, int count)
{
    int context = s->clip->config.context;
    return clip_encode_text(g, s->clip, s->ids + (size_t)first * (size_t)context, s->length + first, count, context);
}

static int batch_size(const Source *s)
{
    int size = s->clip->config.size, fit = s->picture ? BATCH_NUMBERS / (3 * size * size) : BATCH;
    return fit < 1 ? 1 : fit < BATCH ? fit : BATCH;
}

static real *embed(const Source *s, int n, Tensor *(*encode)(Graph *, const Source *, int, int))
{
    size_t width = (size_t)s->clip->config.embed;
    real *out = take((size_t)n * width * sizeof *out);
    Graph *g = mm_graph_new(0);
    mm_graph_train(g, false);
    mm_graph_record(g, false);
    for (int first = 0, batch = batch_size(s); first < n; first += batch) {
        int count = n - first < batch ? n - first : batch;
        Tensor *x = encode(g, s, first, count);
        x = s->unit ? mm_l2norm(g, x, 0) : x;
        memcpy(out + (size_t)first * width, x->data, x->n * sizeof *out);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return out;
}

static real *embed_texts(const Clip *clip, const Tokenizer *tok, const char *const *text, int n, bool unit, Error *err)
{
    int context = clip->config.context, *ids = take((size_t)n * (size_t)context * sizeof *ids),
        *length = take((size_t)n * sizeof *length);
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        ok = mm_tokenize(tok, text[i], context, ids + (size_t)i * (size_t)context, &length[i], err);
    }
    real *out = ok ? embed(&(Source){.clip = clip, .ids = ids, .length = length, .unit = unit}, n, encode_texts) : NULL;
    free(ids);
    free(length);
    return out;
}

real *clip_picture_features(const Clip *clip, const Picture *picture, int n)
{
    return embed(&(Source){.clip = clip, .picture = picture}, n, encode_pictures);
}

real *clip_embed_pictures(const Clip *clip, const Picture *picture, int n)
{
    return embed(&(Source){.clip = clip, .picture = picture, .unit = true}, n, encode_pictures);
}

real *clip_text_features(const Clip *clip, const Tokenizer *tok, const char *const *text, int n, Error *err)
{
    return embed_texts(clip, tok, text, n, false, err);
}

real *clip_embed_texts(const Clip *clip, const Tokenizer *tok, const char *const *text, int n, Error *err)
{
    return embed_texts(clip, tok, text, n, true, err);
}

real *clip_similarity(const real *a, int n, const real *b, int m, int embed_width)
{
    real *out = take((size_t)n * (size_t)m * sizeof *out);
    mm_gemm(1, n, m, embed_width, 1, (Mat){(real *)a, embed_width, 1, 0}, (Mat){(real *)b, 1, embed_width, 0}, 0,
            (Mat){out, m, 1, 0});
    return out;
}
