/* see.c: see see.h. The picture is inside the file, as base64. */
#include "see.h"
#include "io/memory.h"

#include <math.h>

enum { PICTURE_WIDTH = 480, TOP = 34, GAP = 70, LINE = 26, LETTER = 9 };
static const double faint = 0.15; /* lines of less than this part of the thickest are left out */

static void put_base64(FILE *f, const unsigned char *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned three = (unsigned)bytes[i] << 16 | (i + 1 < n ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (i + 2 < n ? bytes[i + 2] : 0);
        for (size_t k = 0; k < 4; k++) {
            fputc(i + k <= n ? digit[three >> (18 - 6 * k) & 63] : '=', f);
        }
    }
}

static void put_text(FILE *f, const char *text)
{
    for (; *text; text++) {
        fprintf(f, *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : "%c", *text);
    }
}

/* About how wide a word is: Chinese characters are twice as wide, and three bytes long. */
static int wide(const char *word)
{
    int n = 0;
    for (; *word; word++) {
        n += ((unsigned char)*word & 0xc0) != 0x80 ? ((unsigned char)*word >= 0xe0 ? 2 * LETTER : LETTER) : 0;
    }
    return n + LETTER;
}

/* Middles of the words below the picture, in lines as wide as it is. Returns the height of all. */
static int place(const Links *l, int top, double (*at)[2])
{
    int x = 0, y = top;
    for (int t = 0; t < l->words; t++) {
        int w = wide(l->word[t]);
        if (x + w > PICTURE_WIDTH) {
            x = 0;
            y += LINE;
        }
        at[t][0] = x + 0.5 * w;
        at[t][1] = y;
        x += w;
    }
    return y + LINE;
}

static void put_lines(FILE *f, const Links *l, double scale, double (*at)[2])
{
    double most = 0;
    for (int i = 0; i < l->words * l->regions; i++) {
        most = fmax(most, (double)l->weight[i]);
    }
    for (int i = 0; i < l->words * l->regions; i++) {
        const Region *r = &l->region[i % l->regions];
        const double *word = at[i / l->regions], part = most > 0 ? (double)l->weight[i] / most : 0;
        if (part >= faint) {
            fprintf(f,
                    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"hsl(%d,75%%,40%%)\" stroke-width=\"%.2f\" "
                    "stroke-opacity=\"%.2f\"/>\n",
                    word[0], word[1] - 16, scale * (r->left + 0.5 * r->width), TOP + scale * (r->top + 0.5 * r->height),
                    i % l->regions * 360 / l->regions, 6 * part, 0.2 + 0.7 * part);
        }
    }
}

bool links_draw(const Links *l, const char *path, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    double scale = (double)PICTURE_WIDTH / l->rgb->width, (*at)[2] = mm_take((size_t)l->words, sizeof *at);
    int height = (int)(scale * l->rgb->height), all = place(l, TOP + height + GAP, at);
    size_t n;
    unsigned char *png = mm_picture_png(l->rgb, &n);
    FILE *f = a.file;
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"DejaVu Sans, sans-serif\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n<text x=\"4\" y=\"22\" font-size=\"14\">",
            PICTURE_WIDTH, all);
    put_text(f, l->title);
    fprintf(f, "</text>\n<image x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\" href=\"data:image/png;base64,", TOP, PICTURE_WIDTH,
            height);
    put_base64(f, png, n);
    fprintf(f, "\"/>\n");
    for (int r = 0; r < l->regions; r++) {
        const Region *b = &l->region[r];
        fprintf(f,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" stroke=\"hsl(%d,75%%,40%%)\" "
                "stroke-width=\"2\"/>\n",
                scale * b->left, TOP + scale * b->top, scale * b->width, scale * b->height, r * 360 / l->regions);
    }
    put_lines(f, l, scale, at);
    for (int t = 0; t < l->words; t++) {
        fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"15\" text-anchor=\"middle\">", at[t][0], at[t][1]);
        put_text(f, l->word[t]);
        fprintf(f, "</text>\n");
    }
    fprintf(f, "</svg>\n");
    free(at);
    free(png);
    return mm_atomic_commit(&a, err);
}
