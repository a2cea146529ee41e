/* embed_time.c: `clip embed --time`: files, pixels, numbers, features. */
#include "embed_time.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 8 };
static const double LEAST = 2; /* seconds that each stage is repeated for */

static void report(const char *stage, const char *what, double n, double seconds)
{
    printf("  %-44s %9.1f %s/s  %8.2f ms each\n", stage, n / seconds, what, 1e3 * seconds / n);
}

/* Every picture again and again, one after the other, until LEAST is over: from the file to RGBA, and from there to the encoder's input. */
static bool time_pictures(const ClipConfig *c, const char *const *path, int n, Error *err)
{
    size_t numbers = 3 * (size_t)(c->size * c->size);
    real *pixels = malloc(numbers * sizeof *pixels);
    double decoding = 0, preparing = 0;
    int done = 0;
    bool ok = pixels || mm_error(err, "out of memory for a picture of %d pixels", c->size);
    while (ok && decoding + preparing < LEAST) {
        Picture p;
        double start = mm_seconds();
        ok = mm_picture_load(path[done % n], &p, err);
        double decoded = mm_seconds();
        if (ok) {
            clip_preprocess(c, &p, pixels);
            preparing += mm_seconds() - decoded;
            decoding += decoded - start;
            done++;
            mm_picture_free(&p);
        }
    }
    if (ok) {
        report("reading and decoding, one thread", "pictures", done, decoding);
        report("resizing, cropping, normalising, one thread", "pictures", done, preparing);
    }
    free(pixels);
    return ok;
}

typedef Tensor *Encode(Graph *g, const Clip *clip, const int *ids, const int *length);

static Tensor *encode_pictures(Graph *g, const Clip *clip, const int *ids, const int *length)
{
    (void)ids;
    (void)length;
    return clip_encode_image(g, clip, mm_input(g, MM_SHAPE(BATCH, 3, clip->config.size, clip->config.size), NULL));
}

static Tensor *encode_texts(Graph *g, const Clip *clip, const int *ids, const int *length)
{
    return clip_encode_text(g, clip, ids, length, BATCH, clip->config.context);
}

static void time_encoder(const char *stage, const char *what, const Clip *clip, Encode *encode, const int *ids, const int *length)
{
    Graph *g = mm_graph_new(0);
    mm_graph_train(g, false);
    mm_graph_record(g, false);
    encode(g, clip, ids, length); /* the first one takes memory */
    double start = mm_seconds(), seconds = 0;
    int done = 0;
    while (seconds < LEAST) {
        mm_graph_reset(g);
        encode(g, clip, ids, length);
        done += BATCH;
        seconds = mm_seconds() - start;
    }
    report(stage, what, done, seconds);
    mm_graph_free(g);
}

static bool time_texts(const ClipModel *m, const char *const *text, int n, int *ids, int *length, Error *err)
{
    int context = m->clip.config.context, done = 0;
    double start = mm_seconds(), seconds = 0;
    while (seconds < LEAST / 4) {
        int b = done % BATCH;
        if (!mm_tokenize(m->tokenizer, text[done % n], context, ids + b * context, &length[b], err)) {
            return false;
        }
        done++;
        seconds = mm_seconds() - start;
    }
    report("tokenising, one thread", "texts", done, seconds);
    return true;
}

bool embed_time(const ClipModel *m, const char *const *picture, int pictures, const char *const *text, int texts, double loaded,
                Error *err)
{
    const Clip *clip = &m->clip;
    size_t context = (size_t)clip->config.context;
    int *ids = calloc(BATCH * context, sizeof *ids), length[BATCH] = {0};
    bool ok = ids || mm_error(err, "out of memory for %d texts", BATCH);
    char stage[64];
    if (ok) {
        printf("%s, pictures of %d pixels, batches of %d, %d threads\n", clip_encoder_name(clip->config.image), clip->config.size,
               BATCH, mm_threads());
        printf("  loading the model %.2f s, %.1f million numbers\n", loaded, (double)mm_params_numel(m->params) / 1e6);
    }
    if (ok && pictures > 0) {
        snprintf(stage, sizeof stage, "image encoder, %d threads", mm_threads());
        ok = time_pictures(&clip->config, picture, pictures, err);
        if (ok) {
            time_encoder(stage, "pictures", clip, encode_pictures, ids, length);
        }
    }
    if (ok && texts > 0) {
        snprintf(stage, sizeof stage, "text encoder, %d threads", mm_threads());
        ok = time_texts(m, text, texts, ids, length, err);
        if (ok) {
            time_encoder(stage, "texts", clip, encode_texts, ids, length);
        }
    }
    free(ids);
    return ok;
}
