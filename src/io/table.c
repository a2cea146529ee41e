/* table.c: tables with named columns, tab-separated or comma-separated. */
#include "io/memory.h"
#include "mm/io.h"

struct Tsv {
    char *path, *text; /* the file, the ends of its cells made 0 */
    char **cell;       /* (1 + rows, columns): the header is row 0 */
    size_t n, capacity;
    int rows, columns;
    int *line; /* (1 + rows): where each begins; a quoted cell may have several lines */
    size_t line_capacity;
};

static void add_cell(Tsv *t, char *cell)
{
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->cell = mm_take_again(t->cell, t->capacity * sizeof *t->cell);
    }
    t->cell[t->n++] = cell;
}

/* After the cells of a row have been added: the first row names the columns, every other must have as many cells. */
static bool end_row(Tsv *t, int line, Error *err)
{
    bool header = t->columns == 0;
    size_t place = header ? 0 : (size_t)t->rows + 1, cells = t->n - place * (size_t)t->columns;
    if (header && cells > MM_TSV_COLUMNS) {
        return mm_error(err, "%s:%d: %zu columns; at most %d are read", t->path, line, cells, MM_TSV_COLUMNS);
    }
    if (!header && cells != (size_t)t->columns) {
        return mm_error(err, "%s:%d: %zu cell%s, but the header has %d", t->path, line, cells, cells == 1 ? "" : "s", t->columns);
    }
    if (place == t->line_capacity) {
        t->line_capacity = place ? 2 * place : 64;
        t->line = mm_take_again(t->line, t->line_capacity * sizeof *t->line);
    }
    t->line[place] = line;
    t->columns = (int)(header ? cells : (size_t)t->columns);
    t->rows = (int)place;
    return true;
}

/* ---- tabs ---- */

/* Cuts the line that ends at `end` into cells. */
static void split_line(Tsv *t, char *line, char *end)
{
    if (end > line && end[-1] == '\r') {
        end--;
    }
    *end = 0;
    for (char *cell = line; cell;) {
        char *tab = strchr(cell, '\t');
        if (tab) {
            *tab++ = 0;
        }
        add_cell(t, cell);
        cell = tab;
    }
}

static bool split_tabs(Tsv *t, char *text, char *end, Error *err)
{
    int number = 1;
    for (char *line = text, *next; line < end; line = next, number++) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        next = stop + 1;
        split_line(t, line, stop);
        if (!end_row(t, number, err)) {
            return false;
        }
    }
    return true;
}

/* ---- commas ---- */

/* A quoted cell from its first quote on; its content moves there, a 0 behind it. Returns what follows the last quote; NULL: there is
 * no last quote. */
static char *unquote(char *cell, int *line)
{
    char *from = cell + 1, *to = cell;
    for (; *from; from++) {
        if (*from == '"') {
            if (from[1] != '"') {
                *to = 0;
                return from + 1;
            }
            from++; /* a pair of quotes is one that belongs to the text */
        }
        *line += *from == '\n';
        *to++ = *from;
    }
    return NULL;
}

/* The cell at *at, which moves behind it. Returns what ended it: a comma, a line feed, or 0 at the end of the file; -1: an error. */
static int split_cell(Tsv *t, char **at, int *line, Error *err)
{
    char *cell = *at, *stop;
    int first = *line;
    bool quoted = *cell == '"';
    if (quoted) {
        stop = unquote(cell, line);
        if (!stop) {
            mm_error(err, "%s:%d: a quote that begins here does not end", t->path, first);
            return -1;
        }
        stop += stop[0] == '\r' && (stop[1] == '\n' || stop[1] == 0);
    } else {
        stop = cell + strcspn(cell, ",\n\"");
    }
    int ended_by = *stop;
    if (ended_by != ',' && ended_by != '\n' && ended_by != 0) {
        mm_error(err, "%s:%d: a quote inside a cell must be written twice, and the cell stand in quotes", t->path, *line);
        return -1;
    }
    if (!quoted) {
        bool crlf = ended_by != ',' && stop > cell && stop[-1] == '\r';
        stop[crlf ? -1 : 0] = 0;
    }
    add_cell(t, cell);
    *at = stop + 1;
    return ended_by;
}

static bool split_commas(Tsv *t, char *text, char *end, Error *err)
{
    int line = 1, first = 1; /* of this row */
    for (char *at = text; at < end;) {
        int ended_by = split_cell(t, &at, &line, err);
        if (ended_by == ',' && at == end) { /* an empty cell ends the file */
            add_cell(t, end);
        } else if (ended_by == ',') {
            continue;
        }
        if (ended_by < 0 || !end_row(t, first, err)) {
            return false;
        }
        first = ++line;
    }
    return true;
}

/* ---- both ---- */

static bool check_names(const Tsv *t, Error *err)
{
    for (int i = 0; i < t->columns; i++) {
        for (int j = 0; j < i; j++) {
            if (strcmp(t->cell[i], t->cell[j]) == 0) {
                return mm_error(err, "%s:1: two columns named \"%s\"", t->path, t->cell[i]);
            }
        }
    }
    return true;
}

typedef bool Split(Tsv *t, char *text, char *end, Error *err);

static Tsv *read_table(const char *path, Split *split, Error *err)
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
    if (!ok || !split(t, text + mark, text + n, err) || !check_names(t, err)) {
        mm_tsv_free(t);
        return NULL;
    }
    return t;
}

Tsv *mm_tsv_read(const char *path, Error *err)
{
    return read_table(path, split_tabs, err);
}

Tsv *mm_csv_read(const char *path, Error *err)
{
    return read_table(path, split_commas, err);
}

void mm_tsv_free(Tsv *t)
{
    if (t) {
        free(t->path);
        free(t->text);
        free(t->cell);
        free(t->line);
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
    return t->line[row + 1];
}

const char *mm_tsv_path(const Tsv *t)
{
    return t->path;
}
