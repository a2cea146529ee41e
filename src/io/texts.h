/* texts.h: strings that live and go together, packed, since there can be millions (texts.c). Begin with a NULL. */
#ifndef MM_TEXTS_H
#define MM_TEXTS_H

#include <stddef.h>

typedef struct TextBlock TextBlock;

const char *mm_texts_keep(TextBlock **texts, const char *text, size_t n); /* a copy of n bytes and a 0 */
void mm_texts_free(TextBlock **texts);

#endif
