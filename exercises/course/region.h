/* region.h: named regions of source files. A region is what stands between two comment lines of their own,
 *
 *     [slash star] region NAME [star slash]   …   [slash star] end NAME [star slash]
 *
 * or, in files where # begins a comment, "# region NAME" and "# end NAME". Regions do not nest, and a name is used once a file.
 * Every misuse in a file is an error of whoever reads any region of it. */
#ifndef COURSE_REGION_H
#define COURSE_REGION_H

#include "mm/core.h"

#include <stdio.h>

typedef struct Text {
    char *bytes, **line; /* without line ends, of either kind */
    int n;
} Text;

typedef struct Region {
    int from, to; /* its lines, from 0; `to` is that of the end marker */
} Region;

bool text_read(const char *path, Text *t, Error *err);
Text text_of(char *bytes); /* takes over bytes */
void text_free(Text *t);
void text_print(const Text *t, int from, int to, FILE *out);

bool region_find(const Text *t, const char *path, const char *name, Region *r, Error *err);

#endif
