/* arena.c: the memory of a graph. After the first step nothing is allocated any more: the chunks are used again. */
#include "arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN = 64, HUGE_PAGE = 1 << 21, FIRST_CHUNK = 1 << 18, LARGEST_GROWTH = 1 << 26 };

static Chunk *new_chunk(Arena *a, size_t bytes)
{
    size_t size = a->held < FIRST_CHUNK ? FIRST_CHUNK : a->held < LARGEST_GROWTH ? a->held : LARGEST_GROWTH;
    size_t room = bytes < LARGEST_GROWTH / 2 ? 4 * bytes : bytes; /* a few of a size tend to be wanted */
    size = size < room ? room : size;
    Chunk *c = malloc(sizeof *c);
    size_t align = size < HUGE_PAGE ? ALIGN : HUGE_PAGE;
    size = (size + align - 1) / align * align;
    unsigned char *memory = aligned_alloc(align, size);
    if (!c || !memory) {
        free(c);
        free(memory);
        return NULL;
    }
    if (align == HUGE_PAGE) {
        madvise(memory, size, MADV_HUGEPAGE); /* 512 times fewer page faults and address look-ups; a refusal does no harm */
    }
#ifdef MM_POISON /* fresh memory is mostly zeros, which hides that somebody counted on them */
    memset(memory, 0xff, size);
#endif
    *c = (Chunk){.size = size, .bytes = memory};
    a->held += size;
    return c;
}

static size_t rounded(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static void join_next(Piece *p)
{
    if (p->next && (unsigned char *)p + p->bytes == (unsigned char *)p->next) {
        *p = (Piece){p->next->next, p->bytes + p->next->bytes};
    }
}

void mm_arena_back(Arena *a, void *p, size_t bytes)
{
    Piece *piece = p, *before = NULL, *after = a->back;
    for (; after && after < piece; after = after->next) {
        before = after;
    }
#ifdef MM_POISON
    memset(p, 0xff, rounded(bytes));
#endif
    *piece = (Piece){after, rounded(bytes)};
    join_next(piece);
    *(before ? &before->next : &a->back) = piece;
    if (before) {
        join_next(before);
    }
}

/* From the end of the first piece that came back and is large enough; NULL: there is none. */
static void *take_again(Arena *a, size_t bytes)
{
    Piece **at = &a->back;
    while (*at && (*at)->bytes < bytes) {
        at = &(*at)->next;
    }
    Piece *piece = *at;
    if (!piece) {
        return NULL;
    }
    if (piece->bytes == bytes) {
        *at = piece->next;
        return piece;
    }
    piece->bytes -= bytes;
    return (unsigned char *)piece + piece->bytes;
}

void *mm_arena_take(Arena *a, size_t bytes)
{
    bytes = rounded(bytes);
    void *again = take_again(a, bytes);
    if (again) {
        return again;
    }
    while (a->now && a->now->size - a->now->used < bytes && a->now->next) {
        a->now = a->now->next;
    }
    if (!a->now || a->now->size - a->now->used < bytes) {
        Chunk *c = new_chunk(a, bytes);
        if (!c) {
            return NULL;
        }
        *(a->now ? &a->now->next : &a->first) = c;
        a->now = c;
    }
    void *p = a->now->bytes + a->now->used;
    a->now->used += bytes;
    return p;
}

ArenaMark mm_arena_mark(const Arena *a)
{
    return (ArenaMark){a->now, a->now ? a->now->used : 0};
}

static void empty(Chunk *c, size_t from)
{
#ifdef MM_POISON /* a tensor used after it was given back shows at once: every number in it is NaN */
    memset(c->bytes + from, 0xff, c->used - from);
#endif
    c->used = from;
}

void mm_arena_release(Arena *a, ArenaMark m)
{
    if (m.now) {
        empty(m.now, m.used);
    }
    for (Chunk *c = m.now ? m.now->next : a->first; c; c = c->next) {
        empty(c, 0);
    }
    a->now = m.now ? m.now : a->first;
    a->back = NULL;
}

void mm_arena_free(Arena *a)
{
    for (Chunk *c = a->first, *next; c; c = next) {
        next = c->next;
        free(c->bytes);
        free(c);
    }
    *a = (Arena){0};
}
