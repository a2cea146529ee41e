/* garments.c: photographs of clothes, painted, and captions for them. */
#include "garments.h"
#include "io/memory.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Colour {
    const char *name[LANGUAGES];
    int rgb[3];
} Colour;

static const Colour palette[COLOURS] = {
    {{"red", "红色"}, {214, 32, 38}},     {{"orange", "橙色"}, {245, 138, 26}}, {{"yellow", "黄色"}, {246, 214, 50}},
    {{"green", "绿色"}, {44, 150, 66}},   {{"blue", "蓝色"}, {38, 86, 206}},    {{"purple", "紫色"}, {132, 52, 170}},
    {{"pink", "粉色"}, {246, 150, 190}},  {{"brown", "棕色"}, {124, 78, 44}},   {{"black", "黑色"}, {44, 44, 48}},
    {{"white", "白色"}, {250, 250, 250}},
};

bool garments_held_out(int kind, int colour)
{
    return colour == (3 * kind + 1) % COLOURS;
}

const char *garments_colour(int colour, int language)
{
    return palette[colour].name[language];
}

/* ---- the sheets ---- */

static bool read_names(Garments *g, const char *path, Error *err)
{
    g->classes = mm_tsv_read(path, err);
    int label = g->classes ? mm_tsv_column(g->classes, "label", err) : -1,
        en = label < 0 ? -1 : mm_tsv_column(g->classes, "en", err);
    int zh = en < 0 ? -1 : mm_tsv_column(g->classes, "zh", err);
    if (zh < 0) {
        return false;
    }
    for (int r = 0; r < mm_tsv_rows(g->classes); r++) {
        const char *digit = mm_tsv_cell(g->classes, r, label);
        if (digit[0] >= '0' && digit[0] <= '9' && !digit[1]) {
            g->name[digit[0] - '0'][EN] = mm_tsv_cell(g->classes, r, en);
            g->name[digit[0] - '0'][ZH] = mm_tsv_cell(g->classes, r, zh);
        }
    }
    for (int k = 0; k < KINDS; k++) {
        if (!g->name[k][EN]) {
            return mm_error(err, "%s: no row names label %d", path, k);
        }
    }
    return true;
}

static bool read_kinds(Garments *g, Error *err)
{
    const Tsv *t = g->sheet.table;
    int label = mm_tsv_column(t, "label", err);
    g->n = g->sheet.n;
    g->kind = mm_take((size_t)g->n, sizeof *g->kind);
    for (int i = 0; label >= 0 && i < g->n; i++) {
        const char *digit = mm_tsv_cell(t, i, label);
        if (digit[0] < '0' || digit[0] > '9' || digit[1]) {
            return mm_error(err, "%s:%d: a label is a digit, not \"%s\"", mm_tsv_path(t), mm_tsv_line(t, i), digit);
        }
        g->kind[i] = digit[0] - '0';
    }
    return label >= 0;
}

bool garments_load(const char *folder, const char *part, Garments *g, Error *err)
{
    char file[64];
    snprintf(file, sizeof file, "%s_28.png", part);
    char *sheet = mm_join_path(folder, file), *classes = mm_join_path(folder, "classes.tsv");
    *g = (Garments){0};
    bool ok = mm_sheet_load(sheet, &g->sheet, err) && read_kinds(g, err) && read_names(g, classes, err);
    free(sheet);
    free(classes);
    if (!ok) {
        garments_free(g);
    }
    return ok;
}

void garments_free(Garments *g)
{
    mm_sheet_free(&g->sheet);
    mm_tsv_free(g->classes);
    free(g->kind);
    *g = (Garments){0};
}

/* ---- paint ---- */

enum { SHIFT = 16 }; /* of a colour's red, green and blue, to both sides */

/* The gray of the photograph becomes light and shade of the colour, so that folds and seams remain; what is black is background. */
Picture garments_paint_rgb(const Garments *g, int i, const int rgb[3])
{
    Picture gray = mm_sheet_picture(&g->sheet, i), p = mm_picture_new(gray.width, gray.height, 4);
    for (int at = 0; at < gray.width * gray.height; at++) {
        int light = gray.pixels[4 * at];
        for (int k = 0; k < 3; k++) {
            double c = rgb[k] * (0.35 + 0.65 * light / 255) + 0.5;
            p.pixels[4 * at + k] = (unsigned char)(c < 0 ? 0 : c > 255 ? 255 : c);
        }
        p.pixels[4 * at + 3] = (unsigned char)(light < 32 ? 8 * light : 255);
    }
    return p;
}

Picture garments_paint(const Garments *g, int i, int colour, Rng rng)
{
    int rgb[3];
    for (int k = 0; k < 3; k++) {
        rgb[k] = palette[colour].rgb[k] + mm_below(&rng, 2 * SHIFT + 1) - SHIFT;
    }
    return garments_paint_rgb(g, i, rgb);
}

int garments_nearest(const int rgb[3])
{
    int best = 0, least = 1 << 30;
    for (int c = 0; c < COLOURS; c++) {
        int distance = 0;
        for (int k = 0; k < 3; k++) {
            distance += (rgb[k] - palette[c].rgb[k]) * (rgb[k] - palette[c].rgb[k]);
        }
        if (distance < least) {
            least = distance;
            best = c;
        }
    }
    return best;
}

/* ---- captions ---- */

bool garments_true(Said said, int kind, int colour)
{
    return (said.kind < 0 || said.kind == kind) && (said.colour < 0 || said.colour == colour);
}

/* In a form, %A is the article and what follows it, %K the kind, %C the colour, %M the measure word of Chinese. */
static const char *const pair_forms[LANGUAGES][8] = {{"%A%C %K", "%C %K", "a photo of %A%C %K", "%A%K in %C", "this %K is %C"},
                                                     {"%C的%K", "%C%K", "一%M%C的%K", "一%M%C%K", "这%M%K是%C的"}};
static const char *const kind_forms[LANGUAGES][8] = {{"%A%K", "%K", "a photo of %A%K"}, {"%K", "一%M%K"}};
static const char *const colour_forms[LANGUAGES][8] = {{"%C", "something %C"}, {"%C", "%C的"}};

static const char *const *forms_of(Said said, int language)
{
    return said.kind < 0 ? colour_forms[language] : said.colour < 0 ? kind_forms[language] : pair_forms[language];
}

int garments_forms(Said said, int language)
{
    int n = 0;
    while (forms_of(said, language)[n]) {
        n++;
    }
    return n;
}

/* "an " before a vowel; the plural "trousers" takes none, "dress" is no plural. */
static const char *article(const char *kind, const char *next)
{
    size_t n = strlen(kind);
    return n > 1 && kind[n - 1] == 's' && kind[n - 2] != 's' ? "" : strchr("aeiou", next[0]) ? "an " : "a ";
}

static const char *measure_word(int kind)
{
    static const char *const word[KINDS] = {"件", "条", "件", "条", "件", "双", "件", "双", "个", "双"};
    return word[kind];
}

void garments_say(const Garments *g, Said said, int language, int form, char *text)
{
    const char *kind = said.kind < 0 ? "" : g->name[said.kind][language],
               *colour = said.colour < 0 ? "" : palette[said.colour].name[language];
    const char *from = forms_of(said, language)[form % garments_forms(said, language)];
    size_t n = 0;
    for (; *from && n + 1 < GARMENT_TEXT; from++) {
        char own[2] = {*from, 0};
        const char *piece = own;
        if (*from == '%') {
            switch (*++from) {
            case 'A': piece = article(kind, from[1] == '%' && from[2] == 'C' ? colour : kind); break;
            case 'K': piece = kind; break;
            case 'C': piece = colour; break;
            default: piece = measure_word(said.kind); break;
            }
        }
        n += (size_t)snprintf(text + n, GARMENT_TEXT - n, "%s", piece);
    }
}
