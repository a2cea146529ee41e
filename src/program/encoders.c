/* encoders.c: many pictures or texts through an encoder, for evaluation and search. */
#include "mm/encoders.h"
#include "io/memory.h"
#include "mm/ops.h"

enum { BATCH = 256, BATCH_NUMBERS = 1 << 22 }; /* pictures or texts at once; fewer where pictures have more numbers than this */

/* Batches through an encoder, in evaluation mode. */
typedef struct Source {
    const Encoders *encoders;
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

/* What a thing is does not depend on where it looks: a model that was trained to think so may be asked about both. */
static Tensor *encode_pictures(Graph *g, const Source *s, int first, int count)
{
    const Encoders *e = s->encoders;
    bool both = s->unit && e->mirror;
    size_t picture = 3 * (size_t)(e->size * e->size);
    Tensor *pixels = mm_input(g, MM_SHAPE(both ? 2 * count : count, 3, e->size, e->size), NULL);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < count; i++) {
        real *own = pixels->data + (size_t)i * picture;
        e->kind->preprocess(e, &s->picture[first + i], own);
        if (both) {
            mirror(own, e->size, own + (size_t)count * picture);
        }
    }
    Tensor *x = e->kind->encode_pictures(g, e, pixels);
    if (both) {
        x = mm_l2norm(g, x, 0);
        x = mm_add(g, mm_slice(g, x, 0, 0, count), mm_slice(g, x, 0, count, count));
    }
    return x;
}

static Tensor *encode_texts(Graph *g, const Source *s, int first, int count)
{
    const Encoders *e = s->encoders;
    return e->kind->encode_texts(g, e, s->ids + (size_t)first * (size_t)e->context, s->length + first, count);
}

static int batch_size(const Source *s)
{
    int size = s->encoders->size, fit = s->picture ? BATCH_NUMBERS / (3 * size * size) : BATCH;
    return fit < 1 ? 1 : fit < BATCH ? fit : BATCH;
}

static real *encode(const Source *s, int n, Tensor *(*encode_batch)(Graph *, const Source *, int, int))
{
    size_t width = (size_t)s->encoders->embed;
    real *out = mm_take((size_t)n * width, sizeof *out);
    Graph *g = mm_graph_inference(0);
    for (int first = 0, batch = batch_size(s); first < n; first += batch) {
        int count = n - first < batch ? n - first : batch;
        Tensor *x = encode_batch(g, s, first, count);
        x = s->unit ? mm_l2norm(g, x, 0) : x;
        memcpy(out + (size_t)first * width, x->data, x->n * sizeof *out);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return out;
}

static real *texts(const Encoders *e, const char *const *text, int n, bool unit, Error *err)
{
    size_t context = (size_t)e->context;
    int *ids = mm_take((size_t)n * context, sizeof *ids), *length = mm_take((size_t)n, sizeof *length);
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        ok = e->kind->tokenize(e, text[i], ids + (size_t)i * context, &length[i], err);
    }
    const Source s = {.encoders = e, .ids = ids, .length = length, .unit = unit};
    real *out = ok ? encode(&s, n, encode_texts) : NULL;
    free(ids);
    free(length);
    return out;
}

bool mm_check_texts(const char *const *text, int n, Error *err)
{
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        char name[32];
        snprintf(name, sizeof name, "text %d", i + 1);
        ok = mm_utf8_check(text[i], strlen(text[i]), name, 0, err);
    }
    return ok;
}

real *mm_picture_features(const Encoders *e, const Picture *picture, int n)
{
    return encode(&(Source){.encoders = e, .picture = picture}, n, encode_pictures);
}

real *mm_picture_embeddings(const Encoders *e, const Picture *picture, int n)
{
    return encode(&(Source){.encoders = e, .picture = picture, .unit = true}, n, encode_pictures);
}

real *mm_text_features(const Encoders *e, const char *const *text, int n, Error *err)
{
    return texts(e, text, n, false, err);
}

real *mm_text_embeddings(const Encoders *e, const char *const *text, int n, Error *err)
{
    return texts(e, text, n, true, err);
}

real *mm_file_embeddings(const Encoders *e, const char *const *path, int n, int **kept, int *n_kept)
{
    enum { FILES = 128 }; /* of which pictures are in memory */
    size_t embed = (size_t)e->embed;
    real *out = mm_take((size_t)n * embed, sizeof *out);
    *kept = mm_take((size_t)n, sizeof **kept);
    *n_kept = 0;
    for (int first = 0; first < n; first += FILES) {
        Picture picture[FILES];
        Error why[FILES];
        bool ok[FILES];
        int count = n - first < FILES ? n - first : FILES, good = 0;
#pragma omp parallel for schedule(dynamic)
        for (int i = 0; i < count; i++) {
            ok[i] = mm_picture_load(path[first + i], &picture[i], &why[i]);
        }
        for (int i = 0; i < count; i++) {
            if (ok[i]) {
                picture[good] = picture[i];
                (*kept)[*n_kept + good++] = first + i;
            } else {
                fprintf(stderr, "%s: left out: %s\n", program_invocation_short_name, why[i].text);
            }
        }
        real *rows = mm_picture_embeddings(e, picture, good);
        memcpy(out + (size_t)*n_kept * embed, rows, (size_t)good * embed * sizeof *rows);
        *n_kept += good;
        free(rows);
        for (int i = 0; i < good; i++) {
            mm_picture_free(&picture[i]);
        }
    }
    return out;
}

real *mm_cosines(const real *a, int n, const real *b, int m, int embed)
{
    real *out = mm_take((size_t)n * (size_t)m, sizeof *out);
    mm_gemm(1, n, m, embed, 1, (Mat){(real *)a, embed, 1, 0}, (Mat){(real *)b, 1, embed, 0}, 0, (Mat){out, m, 1, 0});
    return out;
}
