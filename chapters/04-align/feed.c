/* feed.c: draws pairs from shards, decodes them, and makes a batch of them. */
#include "feed.h"
#include "io/memory.h"

Wordpiece *feed_learn_tokens(const StreamPlan *plan, int texts, int vocab, Error *err)
{
    PairStream *s = mm_stream_open(plan, 0, err);
    char **text = mm_take((size_t)texts, sizeof *text);
    int n = 0;
    bool ok = s != NULL;
    for (int i = 0; i < texts && ok; i++) {
        StreamedPair p;
        ok = mm_stream_next(s, &p, err);
        if (ok && mm_stream_round(s) > 0) {
            break; /* all of them are known */
        }
        if (ok && p.text) {
            text[n++] = mm_copy_text(p.text, strlen(p.text));
        }
    }
    Wordpiece *tok = ok ? mm_wordpiece_learn((const char *const *)text, n, vocab, true, err) : NULL;
    for (int i = 0; i < n; i++) {
        free(text[i]);
    }
    free(text);
    mm_stream_close(s);
    return tok;
}

/* A pair on its way into the batch. */
typedef struct Fed {
    unsigned char *image;
    char *text; /* NULL: it is none */
    size_t bytes;
    char name[256];
    bool ok;
    int length;
    Error err;
} Fed;

static bool draw(Feed *f, int64_t s, Fed *fed, Error *err)
{
    int n = f->recipe->batch;
    int64_t position = s * n;
    if (!f->stream || mm_stream_position(f->stream) != position) {
        mm_stream_close(f->stream);
        f->stream = mm_stream_open(&f->plan, position, err);
    }
    for (int i = 0; i < n; i++) {
        StreamedPair p;
        if (!f->stream || !mm_stream_next(f->stream, &p, err)) {
            return false;
        }
        if (p.text) {
            fed[i].text = mm_copy_text(p.text, strlen(p.text));
            fed[i].bytes = p.bytes;
            fed[i].image = mm_take(p.bytes, 1);
            memcpy(fed[i].image, p.image, p.bytes);
            snprintf(fed[i].name, sizeof fed[i].name, "%.200s: byte %lld", p.shard, (long long)p.at);
        }
    }
    return true;
}

static void prepare(const Feed *f, Fed *fed, int64_t place, real *pixels, int *ids)
{
    Picture p;
    if (!fed->text || !mm_picture_decode(fed->name, fed->image, fed->bytes, &p, &fed->err)) {
        return;
    }
    batch_view(&p, f->recipe, f->plan.seed, place, pixels);
    mm_picture_free(&p);
    fed->ok = mm_wordpiece_tokenize(f->tokenizer, fed->text, f->recipe->model.context, ids, &fed->length, &fed->err);
}

/* Moves what came out well together, from (N, …) to (n, …). */
static void collect(Feed *f, const Fed *fed, int *ids, Graph *g, Batch *b)
{
    int n = f->recipe->batch, size = f->recipe->model.image.size, context = f->recipe->model.context;
    size_t picture = 3 * (size_t)(size * size);
    for (int i = 0; i < n; i++) {
        if (fed[i].ok) {
            memmove(b->pixels + (size_t)b->n * picture, b->pixels + (size_t)i * picture, picture * sizeof(real));
            memmove(ids + b->n * context, ids + i * context, (size_t)context * sizeof(int));
            b->T = fed[i].length > b->T ? fed[i].length : b->T;
            b->length[b->n++] = fed[i].length;
        } else if (fed[i].text && f->unreadable++ == 0) {
            f->first = fed[i].err;
        }
    }
    b->ids = mm_arena(g, (size_t)n * (size_t)b->T * sizeof(int));
    for (int i = 0; i < b->n; i++) {
        memcpy(b->ids + i * b->T, ids + i * context, (size_t)b->T * sizeof(int));
    }
}

bool feed_batch(Graph *g, Feed *f, int64_t s, Batch *b, Error *err)
{
    int n = f->recipe->batch, size = f->recipe->model.image.size, context = f->recipe->model.context;
    size_t picture = 3 * (size_t)(size * size);
    Fed *fed = mm_take((size_t)n, sizeof *fed);
    int *ids = mm_take((size_t)n * (size_t)context, sizeof *ids);
    *b = (Batch){.pixels = mm_reals(g, (size_t)n * picture), .length = mm_arena(g, (size_t)n * sizeof(int))};
    bool ok = draw(f, s, fed, err);
    if (ok) {
#pragma omp parallel for schedule(dynamic, 8)
        for (int i = 0; i < n; i++) {
            prepare(f, &fed[i], s * n + i, b->pixels + (size_t)i * picture, ids + i * context);
        }
        collect(f, fed, ids, g, b);
        ok = b->n > 1 || mm_error(err, "%s: of the %d pairs of step %lld, %d can be used: %.300s", f->plan.folder, n,
                                  (long long)s + 1, b->n, f->first.text);
    }
    for (int i = 0; i < n; i++) {
        free(fed[i].image);
        free(fed[i].text);
    }
    free(fed);
    free(ids);
    return ok;
}

void feed_close(Feed *f)
{
    mm_stream_close(f->stream);
    f->stream = NULL;
}
