/* safetensors_read.c: opens a safetensors file and believes nothing that it says until it has been checked.
 * The rules are those of the official reader (huggingface/safetensors, safetensors/src/tensor.rs); each has a message of its own. */
#include "io/dtype.h"
#include "io/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_HEADER = 100000000, CHUNK = 1 << 16 };

struct SafeFile {
    char *path;
    int fd;
    json_t *header; /* owns the names */
    SafeTensor *at;
    int n;
    size_t size, data; /* of the file; where the numbers begin */
};

/* ---- bytes ---- */

static bool read_at(const SafeFile *f, size_t offset, void *to, size_t n, Error *err)
{
    while (n > 0) {
        ssize_t got = pread(f->fd, to, n, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return mm_error(err, "%s: byte %zu: %s", f->path, offset, got < 0 ? strerror(errno) : "the file ends here");
        }
        to = (char *)to + got;
        offset += (size_t)got;
        n -= (size_t)got;
    }
    return true;
}

static json_t *parse_header(const SafeFile *f, const char *text, size_t n, Error *err)
{
    size_t bad = mm_utf8_invalid(text, n);
    if (bad < n) {
        mm_error(err, "%s: the header is not UTF-8 at its byte %zu", f->path, bad + 1);
        return NULL;
    }
    if (n == 0 || text[0] != '{') {
        mm_error(err, "%s: the header does not begin with '{', so this is not a safetensors file", f->path);
        return NULL;
    }
    json_error_t where;
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    if (!json && json_error_code(&where) == json_error_duplicate_key) {
        mm_error(err, "%s: the header names something twice: %s", f->path, where.text);
    } else if (!json) {
        mm_error(err, "%s: the header is not JSON: byte %d: %s", f->path, where.position, where.text);
    }
    return json;
}

static bool read_header(SafeFile *f, Error *err)
{
    uint64_t n;
    if (f->size < 8) {
        return mm_error(err, "%s: %zu bytes are too few for a safetensors file, which begins with 8 bytes of header size",
                        f->path, f->size);
    }
    if (!read_at(f, 0, &n, 8, err)) {
        return false;
    }
    if (n > MAX_HEADER) {
        return mm_error(err, "%s: a header of %" PRIu64 " bytes is too large; the format allows %d", f->path, n, MAX_HEADER);
    }
    if (n > f->size - 8) {
        return mm_error(err, "%s: a header of %" PRIu64 " bytes does not fit into a file of %zu bytes", f->path, n, f->size);
    }
    f->data = 8 + (size_t)n;
    char *text = mm_take((size_t)n + 1, 1);
    if (read_at(f, 8, text, (size_t)n, err)) {
        f->header = parse_header(f, text, (size_t)n, err);
    }
    free(text);
    return f->header != NULL;
}

/* ---- entries ---- */

static bool read_shape(const SafeFile *f, SafeTensor *t, const json_t *shape, Error *err)
{
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape)) {
        return mm_error(err, "%s: %s: shape is missing or not a list", f->path, t->name);
    }
    if (rank > MM_MAX_RANK) {
        return mm_error(err, "%s: %s: shape has %zu dimensions; at most %d can be read here", f->path, t->name, rank,
                        MM_MAX_RANK);
    }
    t->shape = (Shape){.rank = (int)rank};
    t->n = 1;
    for (size_t i = 0; i < rank; i++) {
        json_t *d = json_array_get(shape, i);
        json_int_t size = json_integer_value(d);
        if (!json_is_integer(d) || size < 0) {
            return mm_error(err, "%s: %s: shape holds something that is not a size", f->path, t->name);
        }
        if (size > INT_MAX) {
            return mm_error(err, "%s: %s: a dimension of %" JSON_INTEGER_FORMAT "; at most %d can be read here", f->path, t->name,
                            size, INT_MAX);
        }
        t->shape.d[i] = (int)size;
        if (__builtin_mul_overflow(t->n, (size_t)size, &t->n)) {
            return mm_error(err, "%s: %s: overflow: the sizes of its shape multiply to more than 2^64", f->path, t->name);
        }
    }
    return true;
}

static bool read_offsets(const SafeFile *f, SafeTensor *t, const json_t *offsets, Error *err)
{
    json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) || json_integer_value(begin) < 0) {
        return mm_error(err, "%s: %s: data_offsets are missing or not [begin, end]", f->path, t->name);
    }
    if (json_integer_value(end) < json_integer_value(begin)) {
        return mm_error(err, "%s: %s: data_offsets end before they begin", f->path, t->name);
    }
    t->offset = (size_t)json_integer_value(begin); /* in the data, until the order is checked */
    t->bytes = (size_t)json_integer_value(end) - t->offset;
    return true;
}

static bool read_entry(const SafeFile *f, SafeTensor *t, const json_t *entry, Error *err)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (!dtype) {
        return mm_error(err, "%s: %s: dtype is missing or not a string", f->path, t->name);
    }
    if (!mm_dtype_find(dtype, &t->dtype)) {
        return mm_error(err, "%s: %s: dtype \"%s\" is not known", f->path, t->name, dtype);
    }
    if (!read_shape(f, t, json_object_get(entry, "shape"), err) ||
        !read_offsets(f, t, json_object_get(entry, "data_offsets"), err)) {
        return false;
    }
    size_t bits;
    if (__builtin_mul_overflow(t->n, (size_t)mm_dtype_bits(t->dtype), &bits)) {
        return mm_error(err, "%s: %s: overflow: its shape asks for more than 2^64 bits", f->path, t->name);
    }
    if (bits % 8 != 0 || bits / 8 != t->bytes) {
        char shape[MM_SHAPE_TEXT];
        return mm_error(err, "%s: %s: %s of shape %s needs %zu bytes, data_offsets give %zu", f->path, t->name, dtype,
                        mm_shape_text(t->shape, shape), (bits + 7) / 8, t->bytes);
    }
    return true;
}

static bool check_metadata(const SafeFile *f, json_t *metadata, Error *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata)) {
        return mm_error(err, "%s: __metadata__ is not an object", f->path);
    }
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value)) {
            return mm_error(err, "%s: __metadata__: %s is not a string", f->path, key);
        }
    }
    return true;
}

/* By place; empty tensors lie where the next one begins, so before it; the name decides among them. */
static int by_place(const void *a, const void *b)
{
    const SafeTensor *s = a, *t = b;
    return s->offset != t->offset ? (s->offset > t->offset ? 1 : -1)
           : s->bytes != t->bytes ? (s->bytes > t->bytes ? 1 : -1)
                                  : strcmp(s->name, t->name);
}

/* The tensors must cover the data exactly: no gap, no overlap, nothing left. */
static bool check_places(SafeFile *f, Error *err)
{
    qsort(f->at, (size_t)f->n, sizeof *f->at, by_place);
    size_t end = 0;
    for (int i = 0; i < f->n; i++) {
        SafeTensor *t = f->at + i;
        if (t->offset != end) {
            return mm_error(err, "%s: %s: begins at byte %zu of the data, but what is before it ends at %zu: %s", f->path,
                            t->name, t->offset, end, t->offset < end ? "they overlap" : "a hole");
        }
        end += t->bytes;
        t->offset += f->data;
    }
    size_t held = f->size - f->data;
    if (end != held) {
        return mm_error(err, "%s: the header describes %zu bytes of data, the file holds %zu: it is %s", f->path, end, held,
                        end > held ? "truncated" : "too long");
    }
    return true;
}

static bool read_entries(SafeFile *f, Error *err)
{
    f->at = mm_take(json_object_size(f->header), sizeof *f->at);
    const char *name;
    json_t *entry;
    json_object_foreach(f->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) {
            if (!check_metadata(f, entry, err)) {
                return false;
            }
            continue;
        }
        SafeTensor *t = f->at + f->n++;
        t->name = name;
        if (!read_entry(f, t, entry, err)) {
            return false;
        }
    }
    return check_places(f, err);
}

/* ---- the interface ---- */

SafeFile *mm_safe_open(const char *path, Error *err)
{
    SafeFile *f = mm_take(1, sizeof *f);
    f->path = mm_copy_text(path, strlen(path));
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO does not wait for a writer: it is refused below */
    struct stat s;
    bool ok = f->fd >= 0 && fstat(f->fd, &s) == 0;
    if (!ok) {
        mm_error(err, "%s: %s", path, strerror(errno));
    } else if (!S_ISREG(s.st_mode)) {
        ok = mm_error(err, "%s: %s", path, S_ISDIR(s.st_mode) ? strerror(EISDIR) : "not a regular file");
    } else {
        f->size = (size_t)s.st_size;
    }
    if (!ok || !read_header(f, err) || !read_entries(f, err)) {
        mm_safe_close(f);
        return NULL;
    }
    return f;
}

void mm_safe_close(SafeFile *f)
{
    if (f) {
        if (f->fd >= 0) {
            close(f->fd);
        }
        json_decref(f->header);
        free(f->at);
        free(f->path);
        free(f);
    }
}

const char *mm_safe_path(const SafeFile *f)
{
    return f->path;
}

int mm_safe_count(const SafeFile *f)
{
    return f->n;
}

const SafeTensor *mm_safe_at(const SafeFile *f, int i)
{
    return f->at + i;
}

const SafeTensor *mm_safe_find(const SafeFile *f, const char *name)
{
    for (int i = 0; i < f->n; i++) {
        if (strcmp(f->at[i].name, name) == 0) {
            return f->at + i;
        }
    }
    return NULL;
}

const char *mm_safe_metadata(const SafeFile *f, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->header, "__metadata__"), key));
}

/* Numbers first .. first + most - 1 of t, chunk by chunk, to whichever of `reals` and `integers` is not NULL. */
static bool convert(const SafeFile *f, const SafeTensor *t, size_t first, size_t most, real *reals, int64_t *integers, Error *err)
{
    unsigned char chunk[CHUNK];
    size_t size = (size_t)mm_dtype_bits(t->dtype) / 8, at_once = size ? CHUNK / size : 1;
    if (reals && t->dtype == (sizeof(real) == 4 ? MM_F32 : MM_F64)) { /* as they are in memory: nothing to convert */
        return read_at(f, t->offset + first * size, reals, most * size, err);
    }
    for (size_t i = 0; i < most || i == 0; i += at_once) { /* once even for an empty tensor, whose dtype must fit as well */
        size_t n = most - i < at_once ? most - i : at_once;
        if (size && !read_at(f, t->offset + (first + i) * size, chunk, n * size, err)) {
            return false;
        }
        if (!(reals ? mm_dtype_to_real(t->dtype, chunk, n, reals + i) : mm_dtype_to_i64(t->dtype, chunk, n, integers + i))) {
            return mm_error(err, "%s: %s: %s cannot be read as %s", f->path, t->name, mm_dtype_name(t->dtype),
                            reals ? "real numbers" : "integers");
        }
    }
    return true;
}

bool mm_safe_read(const SafeFile *f, const SafeTensor *t, real *to, Error *err)
{
    return convert(f, t, 0, t->n, to, NULL, err);
}

bool mm_safe_read_part(const SafeFile *f, const SafeTensor *t, size_t first, size_t n, real *to, Error *err)
{
    return convert(f, t, first, n, to, NULL, err);
}

bool mm_safe_read_i64(const SafeFile *f, const SafeTensor *t, int64_t *to, Error *err)
{
    return convert(f, t, 0, t->n, NULL, to, err);
}

bool mm_safe_read_u8(const SafeFile *f, const SafeTensor *t, uint8_t *to, Error *err)
{
    if (t->dtype != MM_U8) {
        return mm_error(err, "%s: %s: %s cannot be read as bytes", f->path, t->name, mm_dtype_name(t->dtype));
    }
    return read_at(f, t->offset, to, t->bytes, err);
}
