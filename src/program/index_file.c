/* index_file.c: an index as a safetensors file. */
#include "io/memory.h"
#include "mm/search.h"

#include <errno.h>

/* Not a cryptographic hash: it finds changes, not attacks. */
static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15;
    return h ^ h >> 29;
}

void mm_index_model(const Encoders *e, char text[17])
{
    char input[MM_INPUT_TEXT];
    uint64_t h = 0;
    e->kind->describe_input(e, input);
    for (const char *c = input; *c; c++) {
        h = mix(h, (unsigned char)*c);
    }
    for (int i = 0; i < mm_params_count(e->params); i++) {
        const Tensor *t = mm_params_at(e->params, i);
        for (size_t j = 0; j < t->n; j++) {
            uint32_t bits;
            float x = (float)t->data[j];
            memcpy(&bits, &x, sizeof bits);
            h = mix(h, bits);
        }
    }
    snprintf(text, 17, "%016llx", (unsigned long long)h);
}

bool mm_index_is_of(const Index *x, const char *model, const char *path, Error *err)
{
    return strcmp(x->model, model) == 0 || mm_error(err,
                                                    "%s was made by another model (%s, not %s): its embeddings mean something "
                                                    "else; `%s index --index FILE` makes another",
                                                    path, x->model, model, program_invocation_short_name);
}

char *mm_index_readable(const char *path)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t left = strlen(path);
    char *text = mm_take(3 * left + 1, 1), *to = text;
    while (left > 0) {
        size_t good = 0, valid = mm_utf8_invalid(path, left);
        while (good < valid && (unsigned char)path[good] >= 0x20 && path[good] != 0x7f) {
            good++;
        }
        memcpy(to, path, good);
        to += good;
        if (good < left) {
            memcpy(to, replacement, 3);
            to += 3;
            good++;
        }
        path += good;
        left -= good;
    }
    return text;
}

/* ---- writing ---- */

static uint8_t *join_paths(const Index *x, size_t *bytes)
{
    *bytes = 0;
    for (int i = 0; i < x->n; i++) {
        *bytes += strlen(x->file[i].path) + 1;
    }
    uint8_t *all = mm_take(*bytes, 1), *to = all;
    for (int i = 0; i < x->n; i++) {
        size_t n = strlen(x->file[i].path) + 1;
        memcpy(to, x->file[i].path, n);
        to += n;
    }
    return all;
}

bool mm_index_save(const Index *x, const char *path, Error *err)
{
    size_t bytes, n = (size_t)x->n;
    uint8_t *paths = join_paths(x, &bytes);
    int64_t *facts = mm_take(3 * n, sizeof *facts);
    for (int i = 0; i < x->n; i++) {
        facts[i] = x->file[i].size;
        facts[n + (size_t)i] = x->file[i].mtime;
        facts[2 * n + (size_t)i] = x->file[i].hash;
    }
    SafeArray arrays[] = {{"embeddings", MM_F32, MM_SHAPE(x->n, x->embed), x->embedding},
                          {"paths", MM_U8, MM_SHAPE((int)bytes), paths},
                          {"size", MM_I64, MM_SHAPE(x->n), facts},
                          {"mtime", MM_I64, MM_SHAPE(x->n), facts + n},
                          {"hash", MM_I64, MM_SHAPE(x->n), facts + 2 * n}};
    bool ok = bytes <= INT32_MAX || mm_error(err, "%s: the names of %d pictures are too long for one index", path, x->n);
    ok = ok && mm_safe_write(path, arrays, 5, (const char *[]){"format", "picture index", "model", x->model, NULL}, err);
    free(facts);
    free(paths);
    return ok;
}

/* ---- reading ---- */

static const SafeTensor *find(const SafeFile *f, const char *name, int rank, const char *path, Error *err)
{
    const SafeTensor *t = mm_safe_find(f, name);
    if (!t || t->shape.rank != rank) {
        mm_error(err, "%s: not an index of pictures: \"%s\" is missing or has another shape", path, name);
        return NULL;
    }
    return t;
}

static bool read_facts(const SafeFile *f, const char *name, const char *path, int n, int64_t *to, Error *err)
{
    const SafeTensor *t = find(f, name, 1, path, err);
    return t && ((int)t->n == n || mm_error(err, "%s: \"%s\" has %zu entries, not %d", path, name, t->n, n)) &&
           mm_safe_read_i64(f, t, to, err);
}

/* As many texts as files, each ended by a zero, in rising order. */
static bool split_paths(const char *all, size_t bytes, const char *path, int n, Index *x, Error *err)
{
    const char *at = all, *end = all + bytes;
    x->file = mm_take((size_t)n, sizeof *x->file);
    for (const char *zero; at < end && x->n < n && (zero = memchr(at, 0, (size_t)(end - at))); at = zero + 1) {
        x->file[x->n++].path = mm_copy_text(at, (size_t)(zero - at));
        if (x->n > 1 && strcmp(x->file[x->n - 2].path, at) >= 0) {
            return mm_error(err, "%s: path %d is not behind the one before it", path, x->n);
        }
    }
    return (at == end && x->n == n) || mm_error(err, "%s: \"paths\" does not hold the names of %d files", path, n);
}

static bool read_paths(const SafeFile *f, const char *path, int n, Index *x, Error *err)
{
    const SafeTensor *t = find(f, "paths", 1, path, err);
    uint8_t *all = t ? mm_take(t->n, 1) : NULL;
    bool ok = t && mm_safe_read_u8(f, t, all, err) && split_paths((const char *)all, t->n, path, n, x, err);
    free(all);
    return ok;
}

static bool read_all(const SafeFile *f, const char *path, Index *x, Error *err)
{
    const SafeTensor *t = find(f, "embeddings", 2, path, err);
    const char *model = mm_safe_metadata(f, "model");
    if (!t || !read_paths(f, path, t->shape.d[0], x, err)) {
        return false;
    }
    if (!model || strlen(model) + 1 != sizeof x->model) {
        return mm_error(err, "%s: not an index of pictures: it names no model", path);
    }
    memcpy(x->model, model, sizeof x->model);
    x->embed = t->shape.d[1];
    x->embedding = mm_take(t->n, sizeof *x->embedding);
    int64_t *facts = mm_take(3 * (size_t)x->n, sizeof *facts);
    bool ok = mm_safe_read(f, t, x->embedding, err) && read_facts(f, "size", path, x->n, facts, err) &&
              read_facts(f, "mtime", path, x->n, facts + x->n, err) && read_facts(f, "hash", path, x->n, facts + 2 * x->n, err);
    for (int i = 0; ok && i < x->n; i++) {
        x->file[i].size = facts[i];
        x->file[i].mtime = facts[x->n + i];
        x->file[i].hash = facts[2 * x->n + i];
    }
    free(facts);
    return ok;
}

bool mm_index_load(const char *path, Index *x, Error *err)
{
    *x = (Index){0};
    SafeFile *f = mm_safe_open(path, err);
    bool ok = f && read_all(f, path, x, err);
    if (f) {
        mm_safe_close(f);
    }
    if (!ok) {
        mm_index_free(x);
    }
    return ok;
}
