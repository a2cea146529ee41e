/* text.c: texts that grow, and files whole. */
#include "weave.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void text_add(Text *t, const char *s, size_t n)
{
    char *at = realloc(t->at, t->n + n + 1);
    if (!at) {
        perror("weave");
        exit(2);
    }
    memcpy(at + t->n, s, n);
    t->at = at;
    t->n += n;
    t->at[t->n] = 0;
}

void text_print(Text *t, const char *format, ...)
{
    char *s;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&s, format, args);
    va_end(args);
    if (n >= 0) {
        text_add(t, s, (size_t)n);
        free(s);
    }
}

void text_free(Text *t)
{
    free(t->at);
    *t = (Text){0};
}

bool text_read(const char *path, Text *t)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        return false;
    }
    char part[65536];
    text_add(t, "", 0);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) {
        text_add(t, part, n);
    }
    bool ok = !ferror(f);
    fclose(f);
    return ok;
}

bool text_write(const char *path, const Text *t)
{
    char *new;
    if (asprintf(&new, "%s.new", path) < 0) {
        return false;
    }
    FILE *f = fopen(new, "wb");
    bool ok = f && fwrite(t->at, 1, t->n, f) == t->n && fflush(f) == 0 && fsync(fileno(f)) == 0;
    ok = f && fclose(f) == 0 && ok && rename(new, path) == 0;
    if (!ok) {
        int why = errno;
        unlink(new);
        errno = why;
    }
    free(new);
    return ok;
}
