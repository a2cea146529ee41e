/* results.h: what a search found, and the two files that show it. */
#ifndef CLIP_RESULTS_H
#define CLIP_RESULTS_H

#include "mm/data.h"

enum { RESULTS_SIDE = 96, RESULTS_SLUG = 80 }; /* pixels of a thumbnail; bytes of a slug */

typedef struct Hit {
    double score;                          /* cosine */
    Picture thumbnail;                     /* RGBA, RESULTS_SIDE a side */
    const char *name;                      /* English, or the path of an own picture; valid UTF-8 */
    const char *zh, *code, *style, *group; /* NULL for an own picture */
} Hit;

/* A text as the name of a file: letters, digits and pictographs of any script stay, ASCII in lower case; each run of anything
 * else becomes a hyphen; at most RESULTS_SLUG bytes, cut between characters. "query" if nothing is left. The text is valid
 * UTF-8. The caller frees. */
char *results_slug(const char *text);

/* A picture fitted into a transparent square, enlarged or reduced with bicubic interpolation. The caller frees. */
Picture results_thumbnail(const Picture *p);

/* All thumbnails on white, the best first, row by row (contact.c). The caller frees. */
Picture results_sheet(const Hit *hit, int n);

/* A web page that needs no other file: the thumbnails, names and scores (page.c). Written whole or not at all. `among` says what
 * was searched: "1332 pictures of the style noto". */
bool results_page(const char *path, const char *query, const char *among, const Hit *hit, int n, Error *err);

/* Parts of the page, for tests. The callers free. */
char *results_escape(const char *text); /* for HTML: & < > " ' as entities, control characters as U+FFFD */
char *results_base64(const unsigned char *bytes, size_t n);

#endif
