/* hash.h: FNV-1a (64 bit): a number for bytes, the same on every machine. Not against people who choose the bytes. */
#ifndef MM_HASH_H
#define MM_HASH_H

#include <stddef.h>
#include <stdint.h>

#define MM_FNV_START 0xcbf29ce484222325u

/* Goes on from h: MM_FNV_START, or the hash of what stands before these bytes. */
static inline uint64_t mm_fnv(uint64_t h, const void *bytes, size_t n)
{
    for (const unsigned char *b = bytes, *end = b + n; b < end; b++) {
        h = (h ^ *b) * 0x100000001b3u;
    }
    return h;
}

#endif
