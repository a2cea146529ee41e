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
