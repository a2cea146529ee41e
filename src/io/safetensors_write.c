/* safetensors_write.c: named arrays to a safetensors file, byte for byte as the official writer lays them out. */
#include "io/dtype.h"
#include "io/memory.h"

#include <jansson.h>

/* The order in the file: the widest dtype first, so that every array is aligned to its own size; then by name. */
static int by_dtype_and_name(const void *a, const void *b)
{
    const SafeArray *s = *(SafeArray *const *)a, *t = *(SafeArray *const *)b;
    return s->dtype != t->dtype ? (s->dtype < t->dtype ? 1 : -1) : strcmp(s->name, t->name);
}

static json_t *describe(const SafeArray *a, size_t begin, size_t bytes)
{
    json_t *shape = json_array();
    for (int i = 0; i < a->shape.rank; i++) {
        json_array_append_new(shape, json_integer(a->shape.d[i]));
    }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", mm_dtype_name(a->dtype), "shape", shape, "data_offsets", (json_int_t)begin,
                     (json_int_t)(begin + bytes));
}

static bool add_metadata(json_t *header, const char *path, const char *const *metadata, Error *err)
{
    if (!metadata) {
        return true;
    }
    json_t *strings = json_object();
    json_object_set_new(header, "__metadata__", strings);
    for (; *metadata; metadata += 2) {
        if (json_object_set_new(strings, metadata[0], json_string(metadata[1])) != 0) {
            return mm_error(err, "%s: metadata \"%s\" is not UTF-8", path, metadata[0]);
        }
    }
    return true;
}

static bool add_arrays(json_t *header, const char *path, SafeArray *const *sorted, int n, Error *err)
{
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        const SafeArray *a = sorted[i];
        if (a->dtype != MM_F32 && a->dtype != MM_F64 && a->dtype != MM_I64 && a->dtype != MM_U8) {
            return mm_error(err, "%s: %s: %s cannot be written", path, a->name, mm_dtype_name(a->dtype));
        }
        if (strcmp(a->name, "__metadata__") == 0 || json_object_get(header, a->name)) {
            return mm_error(err, "%s: the name \"%s\" is taken", path, a->name);
        }
        size_t bytes = mm_numel(a->shape) * (size_t)mm_dtype_bits(a->dtype) / 8;
        if (json_object_set_new(header, a->name, describe(a, at, bytes)) != 0) {
            return mm_error(err, "%s: the name \"%s\" is not UTF-8", path, a->name);
        }
        at += bytes;
    }
    return true;
}

static void write_header(FILE *f, const json_t *header)
{
    char *text = json_dumps(header, JSON_COMPACT);
    if (!text) {
        mm_fail((FailHandler){0}, "out of memory for a safetensors header");
    }
    uint64_t n = (strlen(text) + 7) / 8 * 8;
    fwrite(&n, 8, 1, f);
    fprintf(f, "%-*s", (int)n, text); /* filled up with spaces */
    free(text);
}

/* real is one of float and double; the other one is written through a small buffer. */
static void write_reals(FILE *f, Dtype dtype, const real *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double d = from[i];
        float s = (float)from[i];
        fwrite(dtype == MM_F64 ? (void *)&d : (void *)&s, dtype == MM_F64 ? sizeof d : sizeof s, 1, f);
    }
}

static void write_array(FILE *f, const SafeArray *a)
{
    size_t n = mm_numel(a->shape), size = (size_t)mm_dtype_bits(a->dtype) / 8;
    if ((a->dtype == MM_F32 || a->dtype == MM_F64) && size != sizeof(real)) {
        write_reals(f, a->dtype, a->data, n);
    } else if (n > 0) {
        fwrite(a->data, size, n, f);
    }
}

bool mm_safe_write(const char *path, const SafeArray *arrays, int n, const char *const *metadata, Error *err)
{
    SafeArray **sorted = mm_take((size_t)n, sizeof *sorted);
    for (int i = 0; i < n; i++) {
        sorted[i] = (SafeArray *)arrays + i;
    }
    qsort(sorted, (size_t)n, sizeof *sorted, by_dtype_and_name);
    json_t *header = json_object();
    AtomicFile a;
    bool ok = add_metadata(header, path, metadata, err) && add_arrays(header, path, sorted, n, err) &&
              mm_atomic_open(&a, path, err);
    if (ok) {
        write_header(a.file, header);
        for (int i = 0; i < n; i++) {
            write_array(a.file, sorted[i]);
        }
        ok = mm_atomic_commit(&a, err);
    }
    json_decref(header);
    free(sorted);
    return ok;
}
