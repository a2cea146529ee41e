/* memory.h: memory that is there or the program stops. For readers and other data outside the graph. */
#ifndef MM_MEMORY_H
#define MM_MEMORY_H

#include "mm/core.h"

#include <stdlib.h>
#include <string.h>

/* n zeroed elements of `size` bytes; at least one byte, so that an empty array is not NULL. */
static inline void *mm_take(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p) {
        mm_fail((FailHandler){0}, "out of memory: %zu x %zu bytes", n, size);
    }
    return p;
}

static inline void *mm_take_again(void *old, size_t bytes)
{
    void *p = realloc(old, bytes ? bytes : 1);
    if (!p) {
        mm_fail((FailHandler){0}, "out of memory: %zu bytes", bytes);
    }
    return p;
}

static inline char *mm_copy_text(const char *text, size_t n)
{
    char *copy = mm_take(n + 1, 1);
    return memcpy(copy, text, n); /* what follows is 0 already */
}

#endif
