/* weave.h: pages in which code and output are the project's own. A page is Markdown; between two comments, which readers do not
 * see, stands what weave put there:
 *
 *     <!-- code: src/ops/unary.c#relu_forward() -->    the function with the comment above it; or, as file#name without
 *     ```c … ```                                       parentheses, what stands between "region name" and "end name" in comments
 *     <!-- /code -->
 *
 *     <!-- run tol=1e-3 drop=REGEX slow: clip example -->    what the program prints (its standard output)
 *     ```console … ```
 *     <!-- /run -->
 *
 * Code must be equal to the byte. Output must have equal words, and numbers within tol of each other. */
#ifndef WEAVE_H
#define WEAVE_H

#include <stdbool.h>
#include <stddef.h>

/* A text that grows; at[n] is 0. */
typedef struct Text {
    char *at;
    size_t n;
} Text;

void text_add(Text *t, const char *s, size_t n);
void text_print(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(Text *t);
bool text_read(const char *path, Text *t); /* false: errno tells why */
bool text_write(const char *path, const Text *t);

/* Where in the page something is wrong: prints "page:line: …" to standard error and counts it. */
typedef struct Place {
    const char *page;
    int line;
    int *errors;
} Place;

void complain(const Place *at, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* excerpt.c: the piece of a source file that "file#name" or "file#name()" means, with the margin that all its lines share removed. */
bool excerpt(const Place *at, const char *what, Text *out);

/* compare.c: equal up to numbers: |a - b| <= tol (0.1 + |a|), and both with as many. Lines that match drop (may be NULL) do not
 * count. At the first difference, *difference (the caller frees) shows both lines. */
bool same_output(const char *page, const char *now, double tol, const char *drop, char **difference);

/* run.c: programs run one after the other in a folder of the page's own, in which datasets/ is the project's. */
typedef struct Runner {
    const char *programs; /* folder of the built programs */
    const char *cache;    /* folder of the outputs of slow runs; NULL: none */
    bool run_slow;        /* also what is in no cache */
    char folder[64];      /* of this page; made at the first run */
} Runner;

typedef enum Ran { RAN, SKIPPED, FAILED } Ran;
/* The output of "clip example --seed 1". A slow one comes from the cache, whose key is the hash of the program, its arguments and
 * the data; if it is not there and must not run: SKIPPED. */
Ran run_program(Runner *r, const Place *at, const char *command, bool slow, Text *out);
void runner_end(Runner *r); /* removes the folder */

#endif
