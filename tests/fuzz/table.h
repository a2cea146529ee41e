/* table.h: what must hold of every table that was read. */
#ifndef FUZZ_TABLE_H
#define FUZZ_TABLE_H

#include "fuzz.h"
#include "mm/io.h"

/* t (freed) came from a file of n bytes; no cell holds one of the characters `without`. NULL: err says why. */
static inline void check_table(Tsv *t, size_t n, const char *without, const Error *err)
{
    MUST(t || err->text[0]);
    size_t bytes = 0;
    int line = 1;
    for (int row = 0; t && row < mm_tsv_rows(t); row++) {
        MUST(mm_tsv_line(t, row) > line);
        line = mm_tsv_line(t, row);
        for (int column = 0; column < mm_tsv_columns(t); column++) {
            const char *cell = mm_tsv_cell(t, row, column);
            size_t size = strlen(cell);
            MUST(mm_utf8_invalid(cell, size) == size && !strpbrk(cell, without));
            bytes += size + 1;
        }
    }
    MUST(bytes <= n + 1);
    mm_tsv_free(t);
}

#endif
