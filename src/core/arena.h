/* arena.h: memory that is given out piece by piece and taken back all at once. Private to src/core. */
#ifndef MM_ARENA_H
#define MM_ARENA_H

#include <stddef.h>

/* A list of chunks: pointers stay valid as it grows, and nobody has to guess a size beforehand. */
typedef struct Chunk {
    struct Chunk *next;
    size_t size, used;
    unsigned char *bytes;
} Chunk;

typedef struct Arena {
    Chunk *first, *now; /* the chunks before `now` are full */
    size_t held;        /* bytes in all chunks */
} Arena;

void *mm_arena_take(Arena *a, size_t bytes); /* 64-byte aligned, not cleared; NULL when memory is out */
size_t mm_arena_used(const Arena *a);
void mm_arena_reset(Arena *a);
void mm_arena_free(Arena *a);

#endif
