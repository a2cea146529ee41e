/* shape.c: sizes of tensors, compared and printed. */
#include "mm/core.h"

#include <stdio.h>

size_t mm_numel(Shape s)
{
    size_t n = 1;
    for (int i = 0; i < s.rank; i++) {
        n *= (size_t)s.d[i];
    }
    return n;
}

bool mm_shape_equal(Shape a, Shape b)
{
    if (a.rank != b.rank) {
        return false;
    }
    for (int i = 0; i < a.rank; i++) {
        if (a.d[i] != b.d[i]) {
            return false;
        }
    }
    return true;
}

int mm_last(Shape s)
{
    return s.rank > 0 ? s.d[s.rank - 1] : 1;
}

size_t mm_rows(Shape s)
{
    size_t n = 1;
    for (int i = 0; i < s.rank - 1; i++) {
        n *= (size_t)s.d[i];
    }
    return n;
}

const char *mm_shape_text(Shape s, char *text)
{
    int at = 0;
    text[at++] = '(';
    for (int i = 0; i < s.rank; i++) {
        at += snprintf(text + at, (size_t)(MM_SHAPE_TEXT - at), "%s%d", i > 0 ? "," : "", s.d[i]);
    }
    snprintf(text + at, (size_t)(MM_SHAPE_TEXT - at), ")");
    return text;
}
