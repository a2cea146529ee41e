/* region.c: see region.h. */
#include "region.h"
#include "io/memory.h"
#include "mm/io.h"

#include <ctype.h>

enum { NAME_SIZE = 64, LARGEST_FILE = 1 << 22 };

Text text_of(char *bytes)
{
    Text t = {.bytes = bytes};
    size_t lines = 1;
    for (const char *c = bytes; *c; c++) {
        lines += *c == '\n';
    }
    t.line = mm_take(lines, sizeof *t.line);
    for (char *at = bytes; *at;) {
        char *end = at + strcspn(at, "\n");
        bool more = *end == '\n';
        t.line[t.n++] = at;
        *end = 0;
        if (end > at && end[-1] == '\r') {
            end[-1] = 0;
        }
        at = more ? end + 1 : end;
    }
    return t;
}

bool text_read(const char *path, Text *t, Error *err)
{
    char *bytes = mm_read_file(path, LARGEST_FILE, NULL, err);
    if (!bytes) {
        return false;
    }
    *t = text_of(bytes);
    return true;
}

void text_free(Text *t)
{
    free(t->bytes);
    free(t->line);
    *t = (Text){0};
}

void text_print(const Text *t, int from, int to, FILE *out)
{
    for (int i = from; i < to; i++) {
        fprintf(out, "%s\n", t->line[i]);
    }
}

/* Whether a line is a marker of this word; its name goes to `name`. */
static bool marker(const char *line, const char *word, char name[NAME_SIZE])
{
    const char *at = line + strspn(line, " \t");
    bool c = strncmp(at, "/*", 2) == 0;
    if (!c && *at != '#') {
        return false;
    }
    at += c ? 2 : 1;
    at += strspn(at, " ");
    size_t n = strlen(word);
    if (strncmp(at, word, n) != 0 || at[n] != ' ') {
        return false;
    }
    at += n + strspn(at + n, " ");
    n = 0;
    while ((isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] == '-') && n + 1 < NAME_SIZE) {
        name[n] = at[n];
        n++;
    }
    name[n] = 0;
    at += n;
    at += strspn(at, " ");
    return n > 0 && strcmp(at, c ? "*/" : "") == 0;
}

bool region_find(const Text *t, const char *path, const char *name, Region *r, Error *err)
{
    char open[NAME_SIZE] = "", found[NAME_SIZE];
    *r = (Region){-1, -1};
    for (int i = 0; i < t->n; i++) {
        if (marker(t->line[i], "region", found)) {
            if (*open) {
                return mm_error(err, "%s:%d: region %s begins inside region %s; regions do not nest", path, i + 1, found, open);
            }
            strcpy(open, found);
            if (strcmp(found, name) == 0) {
                if (r->from >= 0) {
                    return mm_error(err, "%s:%d: a second region %s", path, i + 1, name);
                }
                r->from = i + 1;
            }
        } else if (marker(t->line[i], "end", found)) {
            if (strcmp(open, found) != 0) {
                return mm_error(err, "%s:%d: end of %s, but %s%s is open", path, i + 1, found, *open ? "region " : "none",
                                *open ? open : "");
            }
            r->to = strcmp(found, name) == 0 ? i : r->to;
            *open = 0;
        }
    }
    if (*open) {
        return mm_error(err, "%s: region %s has no end", path, open);
    }
    return r->from >= 0 || mm_error(err, "%s: there is no region %s", path, name);
}
