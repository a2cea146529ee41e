/* arena.c: the memory of a graph. After the first step nothing is allocated any more: the chunks are used again. */
#include "arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN = 64, HUGE_PAGE = 1 << 21, FIRST_CHUNK = 1 << 18, LARGEST_GROWTH = 1 << 26 };

static Chunk *new_chunk(Arena *a, size_t bytes)
{
    size_t size = a->held < FIRST_CHUNK ? FIRST_CHUNK : a->held < LARGEST_GROWTH ? a->held : LARGEST_GROWTH;
    size = size < bytes ? bytes : size;
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
    *c = (Chunk){.size = size, .bytes = memory};
    a->held += size;
    return c;
}

void *mm_arena_take(Arena *a, size_t bytes)
{
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
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
