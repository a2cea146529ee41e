/* caption_table.c: captions in lines: tables with a header, Flickr30k's tokens, Conceptual Captions. Read row by row, since these
 * files can have millions. */
#include "data/caption_set.h"
#include "io/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* ---- rows ---- */

typedef struct Rows {
    FILE *file;
    const char *path;
    int separator;
    bool quotes;    /* a cell that begins with a quote ends with one; in between, two are one */
    int line, next; /* where the row begins, where the next does */
    char *text;     /* the cells of the row, a 0 behind each */
    size_t used, room;
    size_t cell[MM_TSV_COLUMNS];
    int cells;
    CaptionFault fault; /* the first of the row: where, and which byte */
    int fault_line, fault_byte;
} Rows;

static void set_fault(Rows *r, CaptionFault fault, int line, int byte)
{
    if (r->fault == MM_SOUND) {
        r->fault = fault;
        r->fault_line = line;
        r->fault_byte = byte;
    }
}

static void put(Rows *r, int c)
{
    if (r->used == r->room) {
        r->room = r->room ? 2 * r->room : 4096;
        r->text = mm_take_again(r->text, r->room);
    }
    r->text[r->used++] = (char)c;
}

/* One cell, from its first character c on. Returns what ended it: the separator, '\n' or EOF; 0: an error. */
static int read_cell(Rows *r, int c, Error *err)
{
    size_t start = r->used;
    bool quoted = r->quotes && c == '"', was_quoted = quoted;
    if (quoted) {
        c = getc_unlocked(r->file);
    }
    while (c != EOF && (quoted || (c != r->separator && c != '\n'))) {
        bool quote = quoted && c == '"';
        if (quote) {
            c = getc_unlocked(r->file);
            quoted = c == '"';
        }
        if (!quote || quoted) {
            r->next += c == '\n';
            if (c == 0) {
                set_fault(r, MM_NOT_TEXT, r->line, c);
            } else if (r->used - start > MM_TEXT_LIMIT) {
                set_fault(r, MM_TOO_LONG, r->line, c);
            } else {
                put(r, c);
            }
            c = getc_unlocked(r->file);
        }
    }
    if (quoted) {
        return mm_error(err, "%s:%d: a quote that begins here does not end", r->path, r->line);
    }
    if (c != r->separator && r->used > start && r->text[r->used - 1] == '\r') {
        r->used--; /* CRLF; after a quote it stands alone */
    }
    size_t n = r->used - start, bad = mm_utf8_invalid(r->text + start, n);
    if (bad < n) {
        set_fault(r, MM_NOT_UTF8, was_quoted ? r->line : r->next, (unsigned char)r->text[start + bad]);
    }
    put(r, 0);
    return c;
}

/* 1: a row, perhaps with a fault; 0: the end, -1: an error. Empty lines are passed over. */
static int read_row(Rows *r, Error *err)
{
    int c = getc_unlocked(r->file);
    r->used = 0;
    r->cells = 0;
    r->fault = MM_SOUND;
    r->line = r->next;
    while (c == '\n' || c == '\r') {
        r->line = r->next += c == '\n';
        c = getc_unlocked(r->file);
    }
    if (c == EOF) {
        return ferror(r->file) ? mm_error(err, "%s: %s", r->path, strerror(errno)) - 1 : 0;
    }
    for (;;) {
        if (r->cells == MM_TSV_COLUMNS) {
            set_fault(r, MM_CELLS, r->line, 0);
            r->used = r->cell[--r->cells]; /* further ones take the place of the last */
        }
        r->cell[r->cells++] = r->used;
        int end = read_cell(r, c, err);
        if (end == 0) {
            return -1;
        }
        if (end != r->separator) {
            r->next++;
            return 1;
        }
        c = getc_unlocked(r->file);
    }
}

static const char *cell(const Rows *r, int i)
{
    return r->text + r->cell[i];
}

static void add(CaptionBuilder *b, const char *place, const char *caption)
{
    bool is_new;
    int picture = mm_caption_picture(b, place, &is_new);
    if (is_new && mm_caption_is_url(place)) {
        mm_caption_url(b, picture, place);
    } else if (is_new) {
        mm_caption_path(b, picture, 1, &place);
    }
    mm_caption_add(b, picture, caption, strlen(caption));
}

/* ---- kinds of tables ---- */

typedef struct Layout {
    bool header, flickr;
    int place, caption; /* columns */
} Layout;

/* The column of this name, in quotes or not; -1: there is none. */
static int column(const Rows *r, const char *name)
{
    size_t n = strlen(name);
    for (int i = 0; i < r->cells; i++) {
        const char *c = cell(r, i);
        c += *c == '"';
        if (strncmp(c, name, n) == 0 && (c[n] == 0 || strcmp(c + n, "\"") == 0)) {
            return i;
        }
    }
    return -1;
}

/* Whether the first row is a header that names the two columns. */
static bool find_header(const Rows *r, const CaptionFile *f, Layout *l)
{
    static const char *const known[][2] = {{"filepath", "title"}, {"image", "caption"}};
    for (size_t i = 0; i < 2 && !l->header; i++) {
        l->place = column(r, f->picture_key ? f->picture_key : known[i][0]);
        l->caption = column(r, f->caption_key ? f->caption_key : known[i][1]);
        l->header = l->place >= 0 && l->caption >= 0;
    }
    return l->header;
}

/* "1000092795.jpg#0": the length of the name; 0: it is none. */
static size_t flickr_name(const char *s)
{
    const char *mark = strrchr(s, '#');
    return mark && mark > s && isdigit((unsigned char)mark[1]) ? (size_t)(mark - s) : 0;
}

static bool find_layout(const Rows *r, const CaptionFile *f, Layout *l, Error *err)
{
    *l = (Layout){0};
    if (find_header(r, f, l)) {
        return true;
    }
    if (f->picture_key || f->caption_key) {
        return mm_error(err, "%s:1: no columns named \"%s\" and \"%s\"", r->path, f->picture_key ? f->picture_key : "filepath",
                        f->caption_key ? f->caption_key : "title");
    }
    bool two = r->cells == 2;
    l->flickr = two && flickr_name(cell(r, 0)) > 0 && !mm_caption_is_url(cell(r, 0));
    bool url_last = two && (mm_caption_is_url(cell(r, 1)) || mm_names_picture(cell(r, 1)));
    bool url_first = two && (mm_caption_is_url(cell(r, 0)) || mm_names_picture(cell(r, 0)));
    l->place = l->flickr || (url_first && !url_last) ? 0 : 1;
    l->caption = 1 - l->place;
    return l->flickr || url_first || url_last ||
           mm_error(err,
                    "%s:1: neither a header with filepath and title (or image and caption), nor a caption and a picture with a "
                    "tab between them, nor name.jpg#0, a tab and a caption",
                    r->path);
}

/* A row with a fault: counted, or an error. */
static bool refuse(CaptionBuilder *b, const Rows *r, int columns, Error *err)
{
    if (b->file->noisy) {
        mm_caption_fault(b, r->fault, r->line);
        return true;
    }
    switch (r->fault) {
    case MM_NOT_TEXT: return mm_error(err, "%s:%d: a byte is 0, so this is not text", r->path, r->fault_line);
    case MM_TOO_LONG: return mm_error(err, "%s:%d: a cell of more than a megabyte", r->path, r->fault_line);
    case MM_NOT_UTF8: return mm_error(err, "%s:%d: byte 0x%02x is not UTF-8", r->path, r->fault_line, (unsigned)r->fault_byte);
    case MM_NO_NAME: return mm_error(err, "%s:%d: no picture is named", r->path, r->fault_line);
    default:
        if (r->cells == MM_TSV_COLUMNS) {
            return mm_error(err, "%s:%d: more than %d cells", r->path, r->line, MM_TSV_COLUMNS);
        }
        return mm_error(err, "%s:%d: %d cell%s, but the first line has %d", r->path, r->line, r->cells, r->cells == 1 ? "" : "s",
                        columns);
    }
}

static bool add_row(CaptionBuilder *b, Rows *r, const Layout *l, int columns, Error *err)
{
    if (r->cells != columns) {
        set_fault(r, MM_CELLS, r->line, 0);
    } else if (!r->text[r->cell[l->place]]) {
        set_fault(r, MM_NO_NAME, r->line, 0);
    }
    if (r->fault != MM_SOUND) {
        return refuse(b, r, columns, err);
    }
    char *place = r->text + r->cell[l->place];
    if (l->flickr) {
        size_t n = flickr_name(place);
        if (n == 0) {
            return mm_error(err, "%s:%d: \"%.80s\" is not a picture's name, # and a number", r->path, r->line, place);
        }
        place[n] = 0;
    }
    add(b, place, cell(r, l->caption));
    return true;
}

/* Tabs in the first line: a table of tabs. Leaves the file at its first character, behind a byte order mark. */
static void look_at_start(Rows *r)
{
    char mark[3];
    long start = fread(mark, 1, 3, r->file) == 3 && memcmp(mark, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    fseek(r->file, start, SEEK_SET);
    r->separator = ',';
    for (int c; (c = getc_unlocked(r->file)) != EOF && c != '\n';) {
        r->separator = c == '\t' ? '\t' : r->separator;
    }
    fseek(r->file, start, SEEK_SET);
}

static bool read_rows(CaptionBuilder *b, Rows *r, Error *err)
{
    Layout l;
    look_at_start(r);
    int got = read_row(r, err);
    while (got > 0 && r->fault != MM_SOUND) { /* the first sound row shows what kind of table it is */
        if (!refuse(b, r, MM_TSV_COLUMNS, err)) {
            return false;
        }
        got = read_row(r, err);
    }
    if (got == 0) {
        return mm_error(err, "%s: no row to read", r->path);
    }
    if (got < 0 || !find_layout(r, b->file, &l, err)) {
        return false;
    }
    r->quotes = l.header; /* where there is a header, a program wrote it that quotes; elsewhere a quote is a quote */
    int columns = r->cells;
    for (bool ok = l.header || add_row(b, r, &l, columns, err); ok; ok = add_row(b, r, &l, columns, err)) {
        got = read_row(r, err);
        if (got <= 0) {
            return got == 0;
        }
    }
    return false;
}

bool mm_caption_read_table(CaptionBuilder *b, Error *err)
{
    Rows r = {.path = b->file->path, .next = 1};
    r.file = fopen(r.path, "rbe");
    if (!r.file) {
        return mm_error(err, "%s: %s", r.path, strerror(errno));
    }
    bool ok = read_rows(b, &r, err);
    fclose(r.file);
    free(r.text);
    return ok;
}
