/* excerpt.c: a named piece of a source file. */
#include "weave.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Line {
    const char *at;
    size_t n; /* with the line feed */
} Line;

typedef struct Source {
    Text text;
    Line *line;
    size_t n;
} Source;

static void split(Source *s)
{
    s->line = calloc(s->text.n + 1, sizeof *s->line);
    for (const char *p = s->text.at, *end = p + s->text.n; p < end; p += s->line[s->n++].n) {
        const char *feed = memchr(p, '\n', (size_t)(end - p));
        s->line[s->n] = (Line){p, feed ? (size_t)(feed - p) + 1 : (size_t)(end - p)};
    }
}

/* Whether the line is nothing but the mark "word name", in a comment of C or of a script; name NULL: any. */
static bool is_mark(Line l, const char *word, const char *name)
{
    char text[256], mark[128], rest[8] = "";
    if (l.n >= sizeof text) {
        return false;
    }
    memcpy(text, l.at, l.n);
    text[l.n] = 0;
    char format[64];
    bool script = strspn(text, " \t") < l.n && text[strspn(text, " \t")] == '#';
    snprintf(format, sizeof format, script ? " # %s %%127s %%7s" : " /* %s %%127s %%7s", word);
    int got = sscanf(text, format, mark, rest);
    return got == (script ? 1 : 2) && (script || strcmp(rest, "*/") == 0) && (!name || strcmp(mark, name) == 0);
}

static bool find_region(const Place *at, const Source *s, const char *what, const char *name, size_t *from, size_t *to)
{
    size_t begins = 0, ends = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (is_mark(s->line[i], "region", name)) {
            *from = i + 1;
            begins++;
        } else if (is_mark(s->line[i], "end", name)) {
            *to = i;
            ends++;
        }
    }
    if (begins == 1 && ends == 1 && *from <= *to) {
        return true;
    }
    complain(at,
             "%s: the marks \"region %s\" and \"end %s\" must each stand there once, in this order; they do %zu and %zu times",
             what, name, name, begins, ends);
    return false;
}

/* A definition: a line from the margin with name( in it, and before the next empty line one that is "{". */
static bool defines(const Source *s, size_t i, const char *name)
{
    size_t n = strlen(name);
    Line l = s->line[i];
    if (!isalpha((unsigned char)*l.at)) {
        return false;
    }
    bool found = false;
    for (size_t k = 1; k + n < l.n && !found; k++) {
        char before = l.at[k - 1];
        found = memcmp(l.at + k, name, n) == 0 && !isalnum((unsigned char)before) && before != '_' &&
                (l.at[k + n] == '(' || (before == '(' && l.at[k + n] == ')')); /* also (name)(…), which no macro replaces */
    }
    while (found && ++i < s->n && s->line[i].n > 1 && *s->line[i].at != '{') {
        found = s->line[i - 1].at[s->line[i - 1].n - 2] != ';';
    }
    return found && i < s->n && *s->line[i].at == '{';
}

static size_t comment_above(const Source *s, size_t i)
{
    size_t top = i;
    Line l = i ? s->line[i - 1] : (Line){"", 0};
    if (l.n >= 3 && memcmp(l.at + l.n - 3, "*/\n", 3) == 0) {
        for (top = i - 1; top > 0 && memcmp(s->line[top].at, "/*", 2) != 0;) {
            top--;
        }
    }
    return top;
}

static bool find_function(const Place *at, const Source *s, const char *what, const char *name, size_t *from, size_t *to)
{
    size_t found = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (defines(s, i, name)) {
            *from = comment_above(s, i);
            for (*to = i; *to < s->n && *s->line[*to].at != '}';) {
                ++*to;
            }
            *to += *to < s->n;
            found++;
        }
    }
    if (found != 1) {
        complain(at, "%s: %zu functions have this name", what, found);
    }
    return found == 1;
}

static size_t margin_of(Line l)
{
    size_t n = 0;
    while (n < l.n && l.at[n] == ' ') {
        n++;
    }
    return l.at[n] == '\n' ? SIZE_MAX : n;
}

/* The lines without their common margin and without marks of other regions. */
static void copy(const Source *s, size_t from, size_t to, Text *out)
{
    size_t margin = SIZE_MAX;
    for (size_t i = from; i < to; i++) {
        size_t own = margin_of(s->line[i]);
        margin = own < margin ? own : margin;
    }
    for (size_t i = from; i < to; i++) {
        Line l = s->line[i];
        if (!is_mark(l, "region", NULL) && !is_mark(l, "end", NULL)) {
            size_t skip = l.n > margin ? margin : l.n - 1;
            text_add(out, l.at + skip, l.n - skip);
        }
    }
}

bool excerpt(const Place *at, const char *what, Text *out)
{
    char path[512], name[128] = "";
    Source s = {0};
    int parts = sscanf(what, "%511[^# ]#%127[^( ]", path, name);
    size_t from = 0, to, n = strlen(what);
    if (parts < 1 || !text_read(path, &s.text)) {
        complain(at, "%s: %s", what, parts < 1 ? "a file, file#name or file#name() is wanted" : strerror(errno));
        return false;
    }
    split(&s);
    to = s.n;
    bool ok = parts == 1 ||
              (n > 2 && strcmp(what + n - 2, "()") == 0 ? find_function : find_region)(at, &s, what, name, &from, &to);
    if (ok) {
        copy(&s, from, to, out);
    }
    free(s.line);
    text_free(&s.text);
    return ok;
}
