/* arena.h: memory that is given out piece by piece and taken back all at once, all since a mark, or piece by piece. Private to
 * src/core. */
#ifndef MM_ARENA_H
#define MM_ARENA_H

#include <stddef.h>

/* A list of chunks: pointers stay valid as it grows, and nobody has to guess a size beforehand. */
typedef struct Chunk {
    struct Chunk *next;
    size_t size, used;
    unsigned char *bytes;
} Chunk;

/* Pieces that came back, side by side ones joined. The struct lies in the piece. */
typedef struct Piece {
    struct Piece *next; /* further up in memory */
    size_t bytes;
} Piece;

typedef struct Arena {
    Chunk *first, *now; /* the chunks before `now` are full */
    Piece *back;
    size_t held; /* bytes in all chunks */
} Arena;

typedef struct ArenaMark {
    Chunk *now; /* NULL: nothing was given out yet */
    size_t used;
} ArenaMark;

void *mm_arena_take(Arena *a, size_t bytes); /* 64-byte aligned, not cleared; NULL when memory is out */
ArenaMark mm_arena_mark(const Arena *a);
void mm_arena_release(Arena *a, ArenaMark m); /* takes back what was given out since; (ArenaMark){0}: everything */
/* One piece. From an arena that takes back single pieces there is nothing to be taken back since a mark, only everything. */
void mm_arena_back(Arena *a, void *p, size_t bytes);
void mm_arena_free(Arena *a);

#endif
