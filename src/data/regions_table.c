/* regions_table.c: region features in the tables of bottom-up attention and of LXMERT: numbers as base64 between tabs. */
#include "data/regions.h"
#include "io/memory.h"

#include <errno.h>
#include <stdio.h>

enum { LINE_LIMIT = 1 << 27, MOST_REGIONS = 4096, MOST_COLUMNS = 10 };

/* Where columns are: in tables of 6 columns, of 10. */
typedef struct Layout {
    int columns, width, height, n, boxes, features;
} Layout;
static const Layout layouts[] = {{6, 1, 2, 3, 4, 5}, {10, 2, 1, 7, 8, 9}};

typedef struct Line {
    char where[512]; /* "x.tsv:12" */
    char *cell[MOST_COLUMNS];
} Line;

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* base64 -> floats, which are little-endian. -1: it is not base64 of whole floats; otherwise their number. The caller frees *to. */
static long read_floats(const char *text, real **to)
{
    size_t n = strlen(text), pad = n > 0 && text[n - 1] == '=' ? 1 + (n > 1 && text[n - 2] == '=') : 0, bytes = n / 4 * 3 - pad;
    *to = NULL;
    if (n % 4 != 0 || (n > 0 && bytes % 4 != 0)) {
        return -1;
    }
    unsigned char *raw = mm_take(n / 4 * 3, 1);
    for (size_t i = 0; i < n; i += 4) {
        uint32_t four = 0;
        for (size_t k = 0; k < 4; k++) {
            int d = i + k >= n - pad ? 0 : digit(text[i + k]);
            if (d < 0) {
                free(raw);
                return -1;
            }
            four = four << 6 | (uint32_t)d;
        }
        for (size_t k = 0; k < 3; k++) {
            raw[i / 4 * 3 + k] = (unsigned char)(four >> (16 - 8 * k));
        }
    }
    *to = mm_take(bytes / 4, sizeof **to);
    for (size_t i = 0; i < bytes / 4; i++) {
        float x;
        memcpy(&x, raw + 4 * i, sizeof x);
        (*to)[i] = x;
    }
    free(raw);
    return (long)(bytes / 4);
}

/* A whole number from 0 to most; -1: it is none. */
static int whole(const char *text, int most)
{
    char *end;
    double x = *text >= '0' && *text <= '9' ? strtod(text, &end) : -1; /* LXMERT's sizes are "640", some tables' "640.0" */
    return x >= 0 && x <= most && *end == 0 && x == (int)x ? (int)x : -1;
}

static bool read_regions(const Line *l, const Layout *at, Regions *r, Error *err)
{
    int width = whole(l->cell[at->width], MM_PICTURE_SIDE), height = whole(l->cell[at->height], MM_PICTURE_SIDE);
    real *box = NULL;
    r->n = whole(l->cell[at->n], MOST_REGIONS);
    if (width < 1 || height < 1 || r->n < 0) {
        return mm_error(err,
                        "%s: the picture's width and height, and the number of boxes (at most %d), must be whole numbers; they "
                        "are %.20s, %.20s and %.20s",
                        l->where, MOST_REGIONS, l->cell[at->width], l->cell[at->height], l->cell[at->n]);
    }
    long boxes = read_floats(l->cell[at->boxes], &box), features = read_floats(l->cell[at->features], &r->feature);
    bool ok = true;
    if (boxes != 4L * r->n) {
        ok = mm_error(err, "%s: the boxes must be base64 of 4 floats for each of the %d", l->where, r->n);
    } else if (features < 0 || (r->n > 0 && (features == 0 || features % r->n != 0)) || (r->n == 0 && features != 0)) {
        ok = mm_error(err, "%s: the features must be base64 of as many floats for each of the %d boxes", l->where, r->n);
    }
    if (ok) {
        r->width = r->n ? (int)(features / r->n) : 0;
        for (long i = 0; i < boxes; i++) {
            box[i] /= (real)(i % 2 ? height : width);
        }
        ok = mm_regions_finish(l->where, r, box, 4, err);
    }
    free(box);
    return ok;
}

static bool read_line(Line *l, char *text, RegionsTake *take, void *context, Error *err)
{
    int columns = 0;
    for (char *cell; (cell = strsep(&text, "\t")); columns++) {
        if (columns < MOST_COLUMNS) {
            l->cell[columns] = cell;
        }
    }
    const Layout *at = columns == 6 ? layouts : layouts + 1;
    if (columns != at->columns) {
        return mm_error(err, "%s: %d columns; a table of region features has 6, or LXMERT's 10", l->where, columns);
    }
    Regions r = {0};
    bool ok = read_regions(l, at, &r, err) && take(context, l->cell[0], &r, err);
    mm_regions_free(&r);
    return ok;
}

/* The next line without its end. false: it is too long, or holds a 0, or cannot be read. *text is NULL at the end of the file. */
static bool next_line(FILE *f, const char *where, char **text, size_t *room, Error *err)
{
    size_t n = 0;
    int c;
    while ((c = getc_unlocked(f)) != EOF && c != '\n') {
        if (n + 1 >= *room) {
            *room = *room ? 2 * *room : 1 << 16;
            *text = mm_take_again(*text, *room);
        }
        if (c == 0 || n >= LINE_LIMIT) {
            return mm_error(err, "%s: %s", where, c == 0 ? "a byte is 0" : "a line of more than 128 MB");
        }
        (*text)[n++] = (char)c;
    }
    if (ferror(f)) {
        return mm_error(err, "%s: %s", where, strerror(errno));
    }
    if (n == 0 && c == EOF) {
        free(*text);
        *text = NULL;
        return true;
    }
    if (!*text) {
        *room = 1 << 16;
        *text = mm_take(*room, 1);
    }
    (*text)[n > 0 && (*text)[n - 1] == '\r' ? n - 1 : n] = 0;
    return true;
}

bool mm_regions_table(const char *path, RegionsTake *take, void *context, Error *err)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        return mm_error(err, "%s: %s", path, strerror(errno));
    }
    Line l;
    char *text = NULL;
    size_t room = 0;
    bool ok = true;
    for (int line = 1; ok; line++) {
        snprintf(l.where, sizeof l.where, "%.480s:%d", path, line);
        ok = next_line(f, l.where, &text, &room, err);
        if (!text) {
            break;
        }
        ok = ok && read_line(&l, text, take, context, err);
    }
    free(text);
    fclose(f);
    return ok;
}
