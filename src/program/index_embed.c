/* index_embed.c: embeddings for the files of an index: as few new ones as possible. */
#include "io/memory.h"
#include "mm/search.h"
#include "mm/train.h"

enum { CHUNK = 128 }; /* files between two looks at the clock */

/* A hash of a file's bytes, eight at a time; 0 if it cannot be read. */
static int64_t hash_file(const char *path)
{
    size_t n;
    char *bytes = mm_read_file(path, MM_PICTURE_BYTES, &n, NULL);
    uint64_t h = n = bytes ? n : 0;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, n - i < 8 ? n - i : 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15;
        h ^= h >> 29;
    }
    free(bytes);
    return (int64_t)h;
}

static const IndexedFile *find(const Index *x, const char *path)
{
    int low = 0, high = x->n;
    while (low < high) {
        int middle = low + (high - low) / 2, order = strcmp(x->file[middle].path, path);
        if (order == 0) {
            return &x->file[middle];
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    return NULL;
}

/* Whether the old index knows this file as it is now; sets its hash. A file of another time is read to see whether it is another. */
static bool is_known(const IndexedFile *before, IndexedFile *now)
{
    if (before && before->size == now->size && before->mtime == now->mtime) {
        now->hash = before->hash;
        return true;
    }
    now->hash = hash_file(now->path);
    return before && before->size == now->size && before->hash == now->hash;
}

/* Moves file i to place `to` of the same list, with its row. Places from `to` to i are free. */
static void keep(Index *x, int to, int i, const real *row)
{
    IndexedFile f = x->file[i];
    x->file[i].path = NULL;
    free(x->file[to].path);
    x->file[to] = f;
    memcpy(x->embedding + (size_t)to * (size_t)x->embed, row, (size_t)x->embed * sizeof *row);
}

/* Files first … first + count - 1: rows from the old index, or from the model. Returns the number of rows now. */
static int embed_chunk(const Encoders *e, const Index *old, Index *x, int first, int count, int rows, IndexCounts *c)
{
    const real *known[CHUNK];
    const char *path[CHUNK];
    int unknown = 0, *good, n_good, next = 0;
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < count; i++) {
        const IndexedFile *before = find(old, x->file[first + i].path);
        known[i] = is_known(before, &x->file[first + i]) ? old->embedding + (size_t)(before - old->file) * (size_t)old->embed
                                                         : NULL;
    }
    for (int i = 0; i < count; i++) {
        if (!known[i]) {
            path[unknown++] = x->file[first + i].path;
        }
    }
    real *fresh = mm_file_embeddings(e, path, unknown, &good, &n_good);
    for (int i = 0, u = 0; i < count; i++) {
        if (known[i]) {
            keep(x, rows++, first + i, known[i]);
        } else if (next < n_good && good[next] == u++) {
            keep(x, rows++, first + i, fresh + (size_t)next++ * (size_t)x->embed);
        }
    }
    c->known += count - unknown;
    c->embedded += n_good;
    c->left_out += unknown - n_good;
    free(good);
    free(fresh);
    return rows;
}

bool mm_index_embed(const Encoders *e, const Index *old, Index *x, bool show_bar, const char *where, IndexCounts *c, Error *err)
{
    Progress bar = mm_progress(x->n, 0);
    int rows = 0, first = 0, found = x->n;
    *c = (IndexCounts){0};
    for (int i = 0; i < old->n; i++) {
        c->dropped += !find(x, old->file[i].path);
    }
    x->embed = e->embed;
    x->embedding = mm_take((size_t)found * (size_t)x->embed, sizeof *x->embedding);
    for (; first < found && !(show_bar && mm_interrupted()); first += CHUNK) {
        int count = found - first < CHUNK ? found - first : CHUNK;
        rows = embed_chunk(e, old, x, first, count, rows, c);
        if (show_bar) {
            mm_progress_show(&bar, first + count, "%d new, %d known, %d left out", c->embedded, c->known, c->left_out);
        }
    }
    if (show_bar) {
        mm_progress_end(&bar);
    }
    c->stopped = first < found;
    for (int i = rows; i < found; i++) {
        free(x->file[i].path);
    }
    x->n = rows;
    return rows > 0 || c->stopped ||
           mm_error(err, "%s: there is no picture (.png, .jpg, .jpeg, .gif, .bmp) in this folder%s", where,
                    found > 0 ? " that can be read" : "");
}
