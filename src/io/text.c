/* text.c: UTF-8 and JSON. */
#include "io/memory.h"
#include "mm/io.h"

#include <jansson.h>
#include <utf8proc.h>

size_t mm_utf8_invalid(const char *text, size_t n)
{
    size_t at = 0;
    while (at < n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(n - at), &c);
        if (size <= 0) {
            return at;
        }
        at += (size_t)size;
    }
    return n;
}

bool mm_utf8_check(const char *text, size_t n, const char *name, int first_line, Error *err)
{
    size_t bad = mm_utf8_invalid(text, n);
    if (bad == n) {
        return true;
    }
    unsigned byte = (unsigned char)text[bad];
    if (first_line == 0) {
        return mm_error(err, "%s: byte %zu (0x%02x) is not UTF-8", name, bad + 1, byte);
    }
    int line = first_line;
    size_t start = 0;
    for (size_t i = 0; i < bad; i++) {
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    return mm_error(err, "%s:%d:%zu: byte 0x%02x is not UTF-8", name, line, bad - start + 1, byte);
}

struct json_t *mm_json_read(const char *path, size_t limit, Error *err)
{
    size_t n;
    char *text = mm_read_file(path, limit, &n, err);
    if (!text) {
        return NULL;
    }
    json_error_t where;
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    free(text);
    if (!json) {
        mm_error(err, "%s:%d:%d: %s", path, where.line, where.column, where.text);
    }
    return json;
}

bool mm_json_write(struct json_t *json, const char *folder, const char *name, Error *err)
{
    char *path = mm_join_path(folder, name), *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    bool ok = text ? mm_write_file(path, text, strlen(text), err) : mm_error(err, "%s: not a JSON value", path);
    free(text);
    free(path);
    json_decref(json);
    return ok;
}

const char *mm_json_kind(const json_t *j)
{
    switch (j ? json_typeof(j) : JSON_NULL) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a text";
    case JSON_INTEGER:
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "true or false";
    case JSON_NULL: break;
    }
    return j ? "null" : "missing";
}

int mm_json_int(const struct json_t *object, const char *name, int absent, int most, bool *ok, const char *path, Error *err)
{
    const json_t *j = json_object_get(object, name);
    json_int_t n = j || !absent ? json_integer_value(j) : absent;
    if (*ok && ((j && !json_is_integer(j)) || n < 1 || n > most)) {
        *ok = mm_error(err, "%s: \"%s\" must be a whole number from 1 to %d", path, name, most);
    }
    return *ok ? (int)n : 0;
}

double mm_json_real(const struct json_t *object, const char *name, double absent, double low, double high, bool *ok,
                    const char *path, Error *err)
{
    const json_t *j = json_object_get(object, name);
    double x = j ? json_number_value(j) : absent;
    if (*ok && ((j && !json_is_number(j)) || !(x >= low && x <= high))) {
        *ok = mm_error(err, "%s: \"%s\" must be a number from %g to %g", path, name, low, high);
    }
    return *ok ? x : 0;
}
