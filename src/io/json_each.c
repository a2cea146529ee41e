/* json_each.c: the elements of long lists in a JSON file, one at a time. COCO's instances are half a gigabyte of text and ten times that
 * as jansson's values: here brackets are counted to find where an element ends, and jansson reads that element alone. */
#include "io/memory.h"
#include "mm/io.h"

#include <jansson.h>

enum { MOST_LISTS = 8 };

typedef struct Scan {
    const char *path, *start, *at, *end;
    const char *const *lists;
    bool seen[MOST_LISTS];
    JsonTake *take;
    void *context;
} Scan;

static char peek(Scan *s) /* the next character that is no space; 0 at the end */
{
    while (s->at < s->end && (*s->at == ' ' || (*s->at >= '\t' && *s->at <= '\r'))) {
        s->at++;
    }
    return s->at < s->end ? *s->at : 0;
}

static void skip_string(Scan *s) /* from one quote to behind the other */
{
    for (s->at++; s->at < s->end && *s->at != '"'; s->at++) {
        s->at += *s->at == '\\' && s->at + 1 < s->end;
    }
    s->at += s->at < s->end;
}

/* To behind a value: one that has brackets ends where they are closed, a number at the next mark. */
static void skip_value(Scan *s)
{
    int depth = 0;
    do {
        char c = peek(s);
        if (c == '"') {
            skip_string(s);
        } else if (depth == 0 && c != '{' && c != '[') {
            while (s->at < s->end && !strchr(",]} \t\r\n", *s->at)) {
                s->at++;
            }
        } else {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            s->at += s->at < s->end;
        }
    } while (depth > 0 && s->at < s->end);
}

static int line_of(const Scan *s, const char *at)
{
    int line = 1;
    for (const char *c = s->start; c < at; c++) {
        line += *c == '\n';
    }
    return line;
}

static bool wrong(const Scan *s, const char *expected, Error *err)
{
    return mm_error(err, "%s:%d: %s", s->path, line_of(s, s->at), expected);
}

static bool read_element(Scan *s, const char *list, size_t i, Error *err)
{
    const char *from = s->at;
    json_error_t where;
    skip_value(s);
    json_t *element = json_loadb(from, (size_t)(s->at - from), JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &where);
    if (!element) {
        return mm_error(err, "%s:%d: %s[%zu]: %s", s->path, line_of(s, from), list, i, where.text);
    }
    bool ok = s->take(s->context, list, i, element, err);
    json_decref(element);
    return ok;
}

static bool read_list(Scan *s, const char *list, Error *err)
{
    if (peek(s) != '[') {
        return mm_error(err, "%s: \"%s\" must be an array", s->path, list);
    }
    s->at++;
    for (size_t i = 0; peek(s) != ']'; i++) {
        if (!read_element(s, list, i, err)) {
            return false;
        }
        if (peek(s) == ',') {
            s->at++;
            if (peek(s) == ']') {
                return wrong(s, "an element must follow the comma", err);
            }
        } else if (peek(s) != ']') {
            return mm_error(err, "%s:%d: %s[%zu]: , or ] must follow", s->path, line_of(s, s->at), list, i);
        }
    }
    s->at++;
    return true;
}

/* The number of the wanted list that has this name, which stands between quotes; -1: it is none. */
static int wanted(const Scan *s, const char *quote)
{
    for (int i = 0; s->lists[i]; i++) {
        size_t n = strlen(s->lists[i]);
        if ((size_t)(s->at - quote) == n + 2 && memcmp(quote + 1, s->lists[i], n) == 0) {
            return i;
        }
    }
    return -1;
}

static bool read_member(Scan *s, Error *err)
{
    if (peek(s) != '"') {
        return wrong(s, "a name in quotes must follow", err);
    }
    const char *quote = s->at;
    skip_string(s);
    int list = wanted(s, quote);
    if (peek(s) != ':') {
        return wrong(s, ": must follow", err);
    }
    s->at++;
    if (list < 0) {
        const char *from = s->at;
        skip_value(s);
        return s->at > from || wrong(s, "a value must follow", err);
    }
    if (s->seen[list]) {
        return mm_error(err, "%s: \"%s\" is there twice", s->path, s->lists[list]);
    }
    s->seen[list] = true;
    return read_list(s, s->lists[list], err);
}

static bool read_object(Scan *s, Error *err)
{
    if (peek(s) != '{') {
        return wrong(s, "a JSON object must begin here", err);
    }
    do {
        s->at++;
        if (!read_member(s, err)) {
            return false;
        }
    } while (peek(s) == ',');
    if (peek(s) != '}') {
        return wrong(s, ", or } must follow", err);
    }
    s->at++;
    return !peek(s) && s->at == s->end ? true : wrong(s, "the object has ended, and something follows", err);
}

bool mm_json_each(const char *path, size_t limit, const char *const *lists, JsonTake *take, void *context, Error *err)
{
    size_t n;
    char *text = mm_read_file(path, limit, &n, err);
    if (!text) {
        return false;
    }
    size_t mark = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark */
    Scan s = {.path = path, .start = text, .at = text + mark, .end = text + n, .lists = lists, .take = take, .context = context};
    bool ok = read_object(&s, err);
    for (int i = 0; ok && lists[i]; i++) {
        if (!s.seen[i]) {
            ok = mm_error(err, "%s: \"%s\" is missing", path, lists[i]);
        }
    }
    free(text);
    return ok;
}
