/* pairs.c: pairs to be filtered, and a table of those that are left. */
#include "pairs.h"
#include "io/memory.h"
#include "mm/train.h"

#include <sys/stat.h>

/* ---- reading ---- */

static double file_bytes(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 ? (double)s.st_size : 0;
}

static void add_captioned(FoundPairs *pairs, int i)
{
    const Captioned *c = &pairs->captions.at[i];
    Picture p;
    bool readable = mm_picture_load(c->path, &p, NULL);
    for (int k = 0; k < c->captions; k++) {
        pairs->picture[pairs->noise.n] = i;
        mm_noise_add(&pairs->noise, pairs->captions.caption[c->first + k], readable ? &p : NULL, readable ? p.width : 0,
                     readable ? p.height : 0, (size_t)file_bytes(c->path));
    }
    if (readable) {
        mm_picture_free(&p);
    }
}

static bool load_captions(const CaptionFile *file, FoundPairs *pairs, Error *err)
{
    char skipped[MM_SKIPS_TEXT];
    if (!mm_captions_load(file, &pairs->captions, err)) {
        return false;
    }
    if (*mm_captions_skipped(&pairs->captions, skipped)) {
        fprintf(stderr, "%s: %s\n", file->path, skipped);
    }
    pairs->picture = mm_take((size_t)pairs->captions.captions, sizeof *pairs->picture);
    Progress progress = mm_progress(pairs->captions.n, 0);
    for (int i = 0; i < pairs->captions.n; i++) {
        add_captioned(pairs, i);
        mm_progress_show(&progress, i + 1, "pictures read");
    }
    mm_progress_end(&progress);
    mm_noise_count(&pairs->noise);
    snprintf(pairs->name, sizeof pairs->name, "%s", file->path);
    return true;
}

bool pairs_load(const char *data, const CaptionFile *captions, FoundPairs *pairs, Error *err)
{
    *pairs = (FoundPairs){0};
    if (captions->path) {
        return load_captions(captions, pairs, err);
    }
    if (!mm_clipart_load(data, &pairs->art, err)) {
        return false;
    }
    mm_clipart_noise(&pairs->art, &pairs->noise);
    snprintf(pairs->name, sizeof pairs->name, "Open Clip Art, title and description");
    return true;
}

void pairs_free(FoundPairs *pairs)
{
    mm_noise_free(&pairs->noise);
    mm_clipart_free(&pairs->art);
    mm_captions_free(&pairs->captions);
    free(pairs->picture);
}

const char *pairs_path(const FoundPairs *pairs, int i)
{
    return pairs->picture ? pairs->captions.at[pairs->picture[i]].path : mm_tsv_cell(pairs->art.sheet.table, i, 0);
}

/* ---- writing ---- */

static void write_art(const FoundPairs *pairs, const int *by, FILE *f)
{
    static const char *const columns[] = {"path", "title", "description", "keywords", "creator", "width", "height"};
    enum { COLUMNS = sizeof columns / sizeof *columns };
    const Tsv *t = pairs->art.sheet.table;
    for (int c = 0; c < COLUMNS; c++) {
        fprintf(f, "%s\t", columns[c]);
    }
    fprintf(f, "cell\n");
    for (int i = 0; i < pairs->noise.n; i++) {
        for (int c = 0; c < COLUMNS && by[i] < 0; c++) {
            int column = mm_tsv_column(t, columns[c], NULL);
            fprintf(f, "%s\t", column < 0 ? "" : mm_tsv_cell(t, i, column));
        }
        if (by[i] < 0) {
            fprintf(f, "%d\n", i);
        }
    }
}

/* In quotes: a text may hold quotes, tabs and line ends. */
static void write_quoted(const char *text, FILE *f)
{
    fputc('"', f);
    for (; *text; text++) {
        if (*text == '"') {
            fputc('"', f);
        }
        fputc(*text, f);
    }
    fputc('"', f);
}

static void write_captions(const FoundPairs *pairs, const int *by, FILE *f)
{
    fprintf(f, "filepath\ttitle\n");
    for (int i = 0; i < pairs->noise.n; i++) {
        if (by[i] < 0) {
            char *whole = realpath(pairs_path(pairs, i), NULL); /* the table may be read from elsewhere */
            write_quoted(whole ? whole : pairs_path(pairs, i), f);
            fputc('\t', f);
            write_quoted(pairs->noise.at[i].text, f);
            fputc('\n', f);
            free(whole);
        }
    }
}

bool pairs_write_kept(const FoundPairs *pairs, const int *by, const char *path, Error *err)
{
    AtomicFile f;
    if (!mm_atomic_open(&f, path, err)) {
        return false;
    }
    (pairs->picture ? write_captions : write_art)(pairs, by, f.file);
    return mm_atomic_commit(&f, err);
}
