/* embed_time.c: `embed --time`: files, pixels, numbers, features. */
#include "program/embed_time.h"
#include "io/memory.h"

enum { BATCH = 8 };
static const double LEAST = 2; /* seconds that each stage is repeated for */

static void report(const char *stage, const char *what, double n, double seconds)
{
    printf("  %-44s %9.1f %s/s  %8.2f ms each\n", stage, n / seconds, what, 1e3 * seconds / n);
}

/* Every picture again and again, one after the other, until LEAST is over: from the file to RGBA, and from there to the encoder's input. */
static bool time_pictures(const Encoders *e, const char *const *path, int n, Error *err)
{
    real *pixels = mm_take(3 * (size_t)(e->size * e->size), sizeof *pixels);
    double decoding = 0, preparing = 0;
    int done = 0;
    bool ok = true;
    while (ok && decoding + preparing < LEAST) {
        Picture p;
        double start = mm_seconds();
        ok = mm_picture_load(path[done % n], &p, err);
        double decoded = mm_seconds();
        if (ok) {
            e->kind->preprocess(e, &p, pixels);
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

typedef Tensor *Encode(Graph *g, const Encoders *e, const int *ids, const int *length);

static Tensor *encode_pictures(Graph *g, const Encoders *e, const int *ids, const int *length)
{
    (void)ids;
    (void)length;
    return e->kind->encode_pictures(g, e, mm_input(g, MM_SHAPE(BATCH, 3, e->size, e->size), NULL));
}

static Tensor *encode_texts(Graph *g, const Encoders *e, const int *ids, const int *length)
{
    return e->kind->encode_texts(g, e, ids, length, BATCH);
}

static void time_encoder(const char *encoder, const char *what, const Encoders *e, Encode *encode, const int *ids,
                         const int *length)
{
    char stage[64];
    snprintf(stage, sizeof stage, "%s encoder, %d threads", encoder, mm_threads());
    Graph *g = mm_graph_inference(0);
    encode(g, e, ids, length); /* the first one takes memory */
    double start = mm_seconds(), seconds = 0;
    int done = 0;
    while (seconds < LEAST) {
        mm_graph_reset(g);
        encode(g, e, ids, length);
        done += BATCH;
        seconds = mm_seconds() - start;
    }
    report(stage, what, done, seconds);
    mm_graph_free(g);
}

static bool time_texts(const Encoders *e, const char *const *text, int n, int *ids, int *length, Error *err)
{
    int done = 0;
    double start = mm_seconds(), seconds = 0;
    while (seconds < LEAST / 4) {
        int b = done % BATCH;
        if (!e->kind->tokenize(e, text[done % n], ids + b * e->context, &length[b], err)) {
            return false;
        }
        done++;
        seconds = mm_seconds() - start;
    }
    for (int b = done; b < BATCH; b++) { /* too few for a batch: the last one again */
        memcpy(ids + b * e->context, ids + (b - 1) * e->context, (size_t)e->context * sizeof *ids);
        length[b] = length[b - 1];
    }
    report("tokenising, one thread", "texts", done, seconds);
    return true;
}

bool mm_embed_time(const Encoders *e, const char *const *picture, int pictures, const char *const *text, int texts, double loaded,
                   Error *err)
{
    int *ids = mm_take(BATCH * (size_t)e->context, sizeof *ids), length[BATCH] = {0};
    printf("%s, pictures of %d pixels, batches of %d, %d threads\n", e->name, e->size, BATCH, mm_threads());
    printf("  loading the model %.2f s, %.1f million numbers\n", loaded, (double)mm_params_numel(e->params) / 1e6);
    bool ok = pictures == 0 || time_pictures(e, picture, pictures, err);
    if (ok && pictures > 0) {
        time_encoder("image", "pictures", e, encode_pictures, ids, length);
    }
    ok = ok && (texts == 0 || time_texts(e, text, texts, ids, length, err));
    if (ok && texts > 0) {
        time_encoder("text", "texts", e, encode_texts, ids, length);
    }
    free(ids);
    return ok;
}
