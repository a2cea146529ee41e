/* cutouts.c: the things of scenes without what is around them. */
#include "io/memory.h"
#include "mm/scenes.h"

/* The smallest part that has all pixels of which at least half is seen: a box around it is a box around what one sees. */
static Picture trim(const Picture *p)
{
    int left = p->width, right = -1, top = p->height, bottom = -1;
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            if (p->pixels[4 * (y * p->width + x) + 3] >= 128) {
                left = x < left ? x : left;
                right = x > right ? x : right;
                top = y < top ? y : top;
                bottom = y;
            }
        }
    }
    return right < 0 ? (Picture){0} : mm_picture_part(p, left, top, right - left + 1, bottom - top + 1);
}

static void add_emoji(Cutouts *c, const EmojiSet *set)
{
    for (int i = 0; i < set->n; i++) {
        const char *code = set->concepts.at[set->at[i].concept].code;
        for (int thing = 0; thing < MM_THINGS; thing++) {
            if (strcmp(code, mm_things[thing].code) == 0) {
                c->of[set->at[i].style][thing] = trim(&set->at[i].picture);
            }
        }
    }
}

static bool add_photographs(Cutouts *c, const char *sheet_path, Error *err)
{
    Sheet sheet;
    if (!mm_sheet_load(sheet_path, &sheet, err)) {
        return false;
    }
    int path = mm_tsv_column(sheet.table, "path", err);
    for (int i = 0; i < sheet.n && path >= 0; i++) {
        for (int thing = 0; thing < MM_THINGS; thing++) {
            Picture *to = &c->of[MM_PHOTOGRAPH][thing];
            if (!to->pixels && strcmp(mm_tsv_cell(sheet.table, i, path), mm_things[thing].stamp) == 0) {
                Picture cell = mm_sheet_picture(&sheet, i);
                *to = trim(&cell);
                c->photographs += to->pixels != NULL;
            }
        }
    }
    mm_sheet_free(&sheet);
    return path >= 0;
}

bool mm_cutouts_load(const char *data, Cutouts *c, Error *err)
{
    *c = (Cutouts){0};
    EmojiSet set;
    if (!mm_emoji_load_all(data, &set, err)) {
        return false;
    }
    add_emoji(c, &set);
    mm_emoji_free(&set);
    char *sheet = mm_path(data, "fetched/tuxpaint/stamps_96.png");
    bool ok = !mm_file_exists(sheet) || add_photographs(c, sheet, err);
    for (int thing = 0; ok && thing < MM_THINGS; thing++) {
        for (int style = 0; style < MM_STYLES; style++) {
            if (strcmp(mm_styles[style], mm_test_style) == 0 && !c->of[style][thing].pixels) {
                ok = mm_error(err, "%s/emoji: there is no %s (%s) in the style %s, which scenes need", data, mm_things[thing].en,
                              mm_things[thing].code, mm_test_style);
            }
        }
    }
    free(sheet);
    if (!ok) {
        mm_cutouts_free(c);
    }
    return ok;
}

void mm_cutouts_free(Cutouts *c)
{
    for (int source = 0; source < MM_CUTOUT_SOURCES; source++) {
        for (int thing = 0; thing < MM_THINGS; thing++) {
            mm_picture_free(&c->of[source][thing]);
        }
    }
    *c = (Cutouts){0};
}
