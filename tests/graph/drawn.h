/* drawn.h: what the tests of the drawing share. */
#ifndef MM_TEST_DRAWN_H
#define MM_TEST_DRAWN_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mm/inspect.h"
#include "mm/io.h"

/* All that was written to a temporary file, which is closed; the caller frees. */
static inline char *written(FILE *out)
{
    long size = ftell(out);
    char *text = calloc((size_t)size + 1, 1);
    assert_non_null(text);
    rewind(out);
    assert_int_equal(fread(text, 1, (size_t)size, out), size);
    fclose(out);
    return text;
}

static inline char *dot_of(const Graph *g, const Tensor *loss, DrawOptions options)
{
    FILE *out = tmpfile();
    assert_non_null(out);
    mm_graph_dot(g, loss, &options, out);
    return written(out);
}

static inline int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what)) {
        n++;
    }
    return n;
}

/* The line that begins with this, however far it is indented. */
static inline const char *line_of(const char *text, const char *start)
{
    const char *at = strstr(text, start);
    while (at && at > text && at[-1] != ' ') {
        at = strstr(at + 1, start);
    }
    return at;
}

static inline void assert_near(double x, double y, double tolerance)
{
    if (!(fabs(x - y) <= tolerance * fabs(y))) {
        fail_msg("%.12g, not %.12g", x, y);
    }
}

#endif
