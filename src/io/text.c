/* text.c: UTF-8, JSON, tab-separated tables. */
#include "io/memory.h"
#include "mm/io.h"

#include <jansson.h>
#include <utf8proc.h>

size_t mm_utf8_invalid(const char *text, size_t n)
{
    size_t at = 0;
    while (at < n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(n - at), &c);
        if (size <= 0) {
            return at;
        }
        at += (size_t)size;
    }
    return n;
}

bool mm_utf8_check(const char *text, size_t n, const char *name, int first_line, Error *err)
{
    size_t bad = mm_utf8_invalid(text, n);
    if (bad == n) {
        return true;
    }
    unsigned byte = (unsigned char)text[bad];
    if (first_line == 0) {
        return mm_error(err, "%s: byte %zu (0x%02x) is not UTF-8", name, bad + 1, byte);
    }
    int line = first_line;
    size_t start = 0;
    for (size_t i = 0; i < bad; i++) {
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    return mm_error(err, "%s:%d:%zu: byte 0x%02x is not UTF-8", name, line, bad - start + 1, byte);
}

struct json_t *mm_json_read(const char *path, size_t limit, Error *err)
{
    size_t n;
    char *text = mm_read_file(path, limit, &n, err);
    if (!text) {
        return NULL;
    }
    json_error_t where;
    json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    free(text);
    if (!json) {
        mm_error(err, "%s:%d:%d: %s", path, where.line, where.column, where.text);
    }
    return json;
}

/* ---- tables ---- */

enum { MAX_COLUMNS = 1000 };

struct Tsv {
    char *path, *text; /* the file, its tabs and line ends made 0 */
    char **cell;       /* (1 + rows, columns): the header is row 0 */
    size_t n, capacity;
    int rows, columns;
};

static void add_cell(Tsv *t, char *cell)
{
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->cell = mm_take_again(t->cell, t->capacity * sizeof *t->cell);
    }
    t->cell[t->n++] = cell;
}

/* Cuts the line that ends at `end` into cells; returns how many. */
static int split_line(Tsv *t, char *line, char *end)
{
    if (end > line && end[-1] == '\r') {
        end--;
    }
    *end = 0;
    int n = 0;
    for (char *cell = line; cell; n++) {
        char *tab = strchr(cell, '\t');
        if (tab) {
            *tab++ = 0;
        }
        add_cell(t, cell);
        cell = tab;
    }
    return n;
}

static bool split(Tsv *t, char *text, size_t n, Error *err)
{
    char *end = text + n;
    for (char *line = text, *next; line < end; line = next) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        next = stop + 1;
        int cells = split_line(t, line, stop);
        if (line == text) {
            t->columns = cells;
        } else if (cells == t->columns) {
            t->rows++;
        } else {
            return mm_error(err, "%s:%d: %d cell%s, but the header has %d", t->path, t->rows + 2, cells, cells == 1 ? "" : "s",
                            t->columns);
        }
    }
    return true;
}

static bool check_header(const Tsv *t, Error *err)
{
    if (t->columns > MAX_COLUMNS) {
        return mm_error(err, "%s:1: %d columns; at most %d are read", t->path, t->columns, MAX_COLUMNS);
    }
    for (int i = 0; i < t->columns; i++) {
        for (int j = 0; j < i; j++) {
            if (strcmp(t->cell[i], t->cell[j]) == 0) {
                return mm_error(err, "%s:1: two columns named \"%s\"", t->path, t->cell[i]);
            }
        }
    }
    return true;
}

Tsv *mm_tsv_read(const char *path, Error *err)
{
    size_t n;
    char *text = mm_read_file(path, MM_TSV_LIMIT, &n, err);
    if (!text) {
        return NULL;
    }
    Tsv *t = mm_take(1, sizeof *t);
    t->path = mm_copy_text(path, strlen(path));
    t->text = text;
    bool ok = mm_utf8_check(text, n, path, 1, err);
    if (ok && memchr(text, 0, n)) {
        ok = mm_error(err, "%s: byte %zu is 0, so this is not text", path, strlen(text) + 1);
    }
    size_t mark = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (ok && n == mark) {
        ok = mm_error(err, "%s: empty; the first line names the columns", path);
    }
    if (!ok || !split(t, text + mark, n - mark, err) || !check_header(t, err)) {
        mm_tsv_free(t);
        return NULL;
    }
    return t;
}

void mm_tsv_free(Tsv *t)
{
    if (t) {
        free(t->path);
        free(t->text);
        free(t->cell);
        free(t);
    }
}

int mm_tsv_rows(const Tsv *t)
{
    return t->rows;
}

int mm_tsv_columns(const Tsv *t)
{
    return t->columns;
}

int mm_tsv_column(const Tsv *t, const char *name, Error *err)
{
    for (int i = 0; i < t->columns; i++) {
        if (strcmp(t->cell[i], name) == 0) {
            return i;
        }
    }
    mm_error(err, "%s:1: no column named \"%s\"", t->path, name);
    return -1;
}

const char *mm_tsv_cell(const Tsv *t, int row, int column)
{
    if (row < 0 || row >= t->rows || column < 0 || column >= t->columns) {
        mm_fail((FailHandler){0}, "mm_tsv_cell(%d, %d): %s has %d rows and %d columns", row, column, t->path, t->rows,
                t->columns);
    }
    return t->cell[(size_t)(row + 1) * (size_t)t->columns + (size_t)column];
}

int mm_tsv_line(const Tsv *t, int row)
{
    (void)t;
    return row + 2; /* lines count from 1, and the first is the header */
}

const char *mm_tsv_path(const Tsv *t)
{
    return t->path;
}
