/* clipart.c: the Open Clip Art that ships, 7,130 drawings with what their authors and uploaders wrote: alt-text as it is found. */
#include "io/memory.h"
#include "mm/web.h"

static char *title_and_description(const char *title, const char *description)
{
    const char *between = *title && *description ? ". " : "";
    size_t n = strlen(title) + strlen(between) + strlen(description) + 1;
    char *text = mm_take(n, 1);
    snprintf(text, n, "%s%s%s", title, between, description);
    return text;
}

bool mm_clipart_load(const char *data, ClipArt *art, Error *err)
{
    *art = (ClipArt){0};
    char *path = mm_join_path(data, "clipart/oca_48.png");
    bool ok = mm_sheet_load(path, &art->sheet, err);
    free(path);
    const Tsv *t = art->sheet.table;
    int title = ok ? mm_tsv_column(t, "title", err) : -1;
    int description = title >= 0 ? mm_tsv_column(t, "description", err) : -1;
    int keywords = description >= 0 ? mm_tsv_column(t, "keywords", err) : -1;
    if (keywords < 0) {
        mm_clipart_free(art);
        return false;
    }
    art->text = mm_take((size_t)art->sheet.n, sizeof *art->text);
    art->keywords = mm_take((size_t)art->sheet.n, sizeof *art->keywords);
    for (int i = 0; i < art->sheet.n; i++) {
        art->text[i] = title_and_description(mm_tsv_cell(t, i, title), mm_tsv_cell(t, i, description));
        art->keywords[i] = mm_tsv_cell(t, i, keywords);
    }
    return true;
}

void mm_clipart_free(ClipArt *art)
{
    for (int i = 0; art->text && i < art->sheet.n; i++) {
        free(art->text[i]);
    }
    free(art->text);
    free(art->keywords);
    mm_sheet_free(&art->sheet);
    *art = (ClipArt){0};
}

/* A column that may be missing, and cells that may be empty. */
static double number(const Tsv *t, int row, const char *column)
{
    int c = mm_tsv_column(t, column, NULL);
    return c < 0 ? 0 : atof(mm_tsv_cell(t, row, c));
}

void mm_clipart_noise(const ClipArt *art, NoiseSet *s)
{
    const Tsv *t = art->sheet.table;
    *s = (NoiseSet){0};
    for (int i = 0; i < art->sheet.n; i++) {
        Picture p = mm_sheet_picture(&art->sheet, i);
        mm_noise_add(s, art->text[i], &p, number(t, i, "width"), number(t, i, "height"), 0);
    }
    mm_noise_count(s);
}
