/* texts.c: strings packed into blocks. */
#include "io/texts.h"
#include "io/memory.h"

enum { BLOCK = 1 << 16 };

struct TextBlock {
    TextBlock *next;
    size_t used, room;
    char bytes[];
};

const char *mm_texts_keep(TextBlock **texts, const char *text, size_t n)
{
    if (!*texts || (*texts)->room - (*texts)->used < n + 1) {
        size_t room = n + 1 > BLOCK ? n + 1 : BLOCK;
        TextBlock *block = mm_take(1, sizeof *block + room);
        *block = (TextBlock){.next = *texts, .room = room};
        *texts = block;
    }
    char *copy = (*texts)->bytes + (*texts)->used;
    memcpy(copy, text, n);
    copy[n] = 0;
    (*texts)->used += n + 1;
    return copy;
}

void mm_texts_free(TextBlock **texts)
{
    while (*texts) {
        TextBlock *next = (*texts)->next;
        free(*texts);
        *texts = next;
    }
}
