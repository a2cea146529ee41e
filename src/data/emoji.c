/* emoji.c: sprite sheets, and the emoji in them: concepts with names, drawn in several styles. */
#include "io/hash.h"
#include "io/memory.h"
#include "mm/data.h"

#include <ctype.h>

enum { EMOJI_CELL = 48 };

/* ---- sprite sheets ---- */

/* The number before ".png" in "noto_48.png"; 0 if there is none. */
static int cell_in_name(const char *png_path)
{
    const char *mark = strrchr(png_path, '_');
    return mark && isdigit((unsigned char)mark[1]) ? atoi(mark + 1) : 0;
}

static bool check_sheet(const char *path, const Picture *p, Sheet *sheet, Error *err)
{
    sheet->n = mm_tsv_rows(sheet->table);
    sheet->cell = p->width / MM_SHEET_COLUMNS;
    int named = cell_in_name(path), rows = (sheet->n + MM_SHEET_COLUMNS - 1) / MM_SHEET_COLUMNS;
    if (p->width % MM_SHEET_COLUMNS != 0 || (named != 0 && named != sheet->cell)) {
        return mm_error(err, "%s: %d pixels wide; a sheet is %d cells wide", path, p->width, MM_SHEET_COLUMNS);
    }
    if (sheet->n == 0 || p->height != rows * sheet->cell) {
        return mm_error(err, "%s: %d x %d pixels do not suit the %d rows of %s", path, p->width, p->height, sheet->n,
                        mm_tsv_path(sheet->table));
    }
    return true;
}

/* From one wide picture to cells that follow each other. */
static void cut_cells(const Picture *p, Sheet *sheet)
{
    size_t cell = (size_t)sheet->cell, row = 4 * cell;
    sheet->pixels = mm_take((size_t)sheet->n * cell, row);
    for (int i = 0; i < sheet->n; i++) {
        size_t left = (size_t)(i % MM_SHEET_COLUMNS) * cell, top = (size_t)(i / MM_SHEET_COLUMNS) * cell;
        for (size_t y = 0; y < cell; y++) {
            memcpy(sheet->pixels + ((size_t)i * cell + y) * row, p->pixels + ((top + y) * (size_t)p->width + left) * 4, row);
        }
    }
}

bool mm_sheet_load(const char *png_path, Sheet *sheet, Error *err)
{
    *sheet = (Sheet){0};
    size_t n = strlen(png_path);
    if (n < 4 || strcmp(png_path + n - 4, ".png") != 0) {
        return mm_error(err, "%s: a sheet is a .png file", png_path);
    }
    Picture p = {0};
    char *table = mm_copy_text(png_path, n);
    memcpy(table + n - 4, ".tsv", 4);
    bool ok = mm_picture_load(png_path, &p, err) && (sheet->table = mm_tsv_read(table, err)) != NULL &&
              check_sheet(png_path, &p, sheet, err);
    if (ok) {
        cut_cells(&p, sheet);
    } else {
        mm_sheet_free(sheet);
    }
    mm_picture_free(&p);
    free(table);
    return ok;
}

void mm_sheet_free(Sheet *sheet)
{
    free(sheet->pixels);
    mm_tsv_free(sheet->table);
    *sheet = (Sheet){0};
}

Picture mm_sheet_picture(const Sheet *sheet, int i)
{
    size_t bytes = (size_t)sheet->cell * (size_t)sheet->cell * 4;
    return (Picture){sheet->cell, sheet->cell, 4, sheet->pixels + (size_t)i * bytes};
}

/* ---- concepts ---- */

bool mm_concepts_load(const char *path, Concepts *concepts, Error *err)
{
    static const char *const names[] = {"code", "en", "tags_en", "zh", "tags_zh", "group", "subgroup"};
    enum { N_NAMES = sizeof names / sizeof *names };
    *concepts = (Concepts){.table = mm_tsv_read(path, err)};
    Tsv *t = concepts->table;
    int column[N_NAMES];
    bool ok = t != NULL;
    for (int i = 0; i < N_NAMES && ok; i++) {
        column[i] = mm_tsv_column(t, names[i], err);
        ok = column[i] >= 0;
    }
    if (!ok) {
        mm_concepts_free(concepts);
        return false;
    }
    concepts->n = mm_tsv_rows(t);
    concepts->at = mm_take((size_t)concepts->n, sizeof *concepts->at);
    for (int i = 0; i < concepts->n; i++) {
        const char *cell[N_NAMES];
        for (int k = 0; k < N_NAMES; k++) {
            cell[k] = mm_tsv_cell(t, i, column[k]);
        }
        concepts->at[i] = (Concept){cell[0], cell[1], cell[2], cell[3], cell[4], cell[5], cell[6]};
    }
    return true;
}

void mm_concepts_free(Concepts *concepts)
{
    free(concepts->at);
    mm_tsv_free(concepts->table);
    *concepts = (Concepts){0};
}

int mm_concepts_find(const Concepts *concepts, const char *code)
{
    for (int i = 0; i < concepts->n; i++) {
        if (strcmp(concepts->at[i].code, code) == 0) {
            return i;
        }
    }
    return -1;
}

char *mm_next_tag(char **rest)
{
    char *tag;
    while ((tag = strsep(rest, ","))) {
        tag += strspn(tag, " ");
        if (*tag) {
            return tag;
        }
    }
    return NULL;
}

bool mm_concept_is_core(const Concept *concept)
{
    static const char *const left_out[] = {"people-body", "symbols", "flags"};
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        if (strcmp(concept->group, left_out[i]) == 0) {
            return false;
        }
    }
    return true;
}

bool mm_concept_is_held_out(const char *code)
{
    return mm_fnv(MM_FNV_START, code, strlen(code)) % 10 == 0;
}

/* ---- the set ---- */

const char *const mm_styles[MM_STYLES] = {"noto", "twemoji", "fluent", "fluent-flat", "noto-v1", "fxemoji", "emojione2"};
const char *const mm_test_style = "noto";

/* What is to be loaded: styles of a folder, and fetched ones, each in a folder of its own below another. */
typedef struct Styles {
    const char *folder, *fetched;
    const char *const *style;
    int n, shipped; /* styles; those from `shipped` on are fetched */
    bool all_groups;
} Styles;

/* A fetched sheet has flags too, of which concepts.tsv knows nothing. */
static bool add_style(const Styles *from, int style, EmojiSet *set, Error *err)
{
    const Sheet *sheet = set->sheet + style;
    int column = mm_tsv_column(sheet->table, "code", err);
    if (column < 0) {
        return false;
    }
    for (int i = 0; i < sheet->n; i++) {
        const char *code = mm_tsv_cell(sheet->table, i, column);
        int concept = mm_concepts_find(&set->concepts, code);
        if (concept < 0 && style < from->shipped) {
            return mm_error(err, "%s:%d: \"%s\" is not a code of %s", mm_tsv_path(sheet->table), mm_tsv_line(sheet->table, i),
                            code, mm_tsv_path(set->concepts.table));
        }
        if (concept >= 0 && (from->all_groups || mm_concept_is_core(set->concepts.at + concept))) {
            set->at[set->n++] = (Emoji){style, concept, mm_sheet_picture(sheet, i)};
        }
    }
    return true;
}

static bool load_sheet(const Styles *from, int style, Sheet *sheet, Error *err)
{
    const char *name = from->style[style];
    bool ships = style < from->shipped;
    char *folder = ships ? mm_copy_text(from->folder, strlen(from->folder)) : mm_join_path(from->fetched, name);
    char *path = mm_path(folder, "%s_%d.png", name, EMOJI_CELL);
    bool ok = (ships || mm_file_exists(folder) || mm_error(err, "%s is not here; `datasets/fetch %s` gets it", folder, name)) &&
              mm_sheet_load(path, sheet, err);
    free(folder);
    free(path);
    return ok;
}

static bool load(const Styles *from, EmojiSet *set, Error *err)
{
    *set = (EmojiSet){.n_styles = from->n};
    set->style = mm_take((size_t)from->n, sizeof *set->style);
    set->sheet = mm_take((size_t)from->n, sizeof *set->sheet);
    char *path = mm_join_path(from->folder, "concepts.tsv");
    bool ok = mm_concepts_load(path, &set->concepts, err);
    free(path);
    size_t most = 0;
    for (int i = 0; i < from->n && ok; i++) {
        set->style[i] = mm_copy_text(from->style[i], strlen(from->style[i]));
        ok = load_sheet(from, i, set->sheet + i, err);
        most += (size_t)set->sheet[i].n;
    }
    set->at = mm_take(most, sizeof *set->at);
    for (int i = 0; i < from->n && ok; i++) {
        ok = add_style(from, i, set, err);
    }
    if (!ok) {
        mm_emoji_free(set);
    }
    return ok;
}

bool mm_emoji_load(const char *folder, const char *const *styles, int n_styles, EmojiSet *set, Error *err)
{
    return load(&(Styles){.folder = folder, .style = styles, .n = n_styles, .shipped = n_styles}, set, err);
}

enum { FETCHED = 2 };
static const char *const fetched[FETCHED] = {"openmoji", "emojione1"};

bool mm_emoji_has_more_styles(const char *data)
{
    bool there = true;
    for (int i = 0; i < FETCHED; i++) {
        char *folder = mm_path(data, "fetched/%s", fetched[i]);
        there &= mm_file_exists(folder);
        free(folder);
    }
    return there;
}

bool mm_emoji_load_more(const char *data, EmojiMore more, EmojiSet *set, Error *err)
{
    const char *style[MM_STYLES + FETCHED];
    memcpy(style, mm_styles, sizeof mm_styles);
    memcpy(style + MM_STYLES, fetched, sizeof fetched);
    char *folder = mm_join_path(data, "emoji"), *fetched_folder = mm_join_path(data, "fetched");
    Styles from = {.folder = folder,
                   .fetched = fetched_folder,
                   .style = style,
                   .n = more.styles ? MM_STYLES + FETCHED : MM_STYLES,
                   .shipped = MM_STYLES,
                   .all_groups = more.groups};
    bool ok = load(&from, set, err);
    free(folder);
    free(fetched_folder);
    return ok;
}

bool mm_emoji_load_all(const char *data, EmojiSet *set, Error *err)
{
    return mm_emoji_load_more(data, (EmojiMore){0}, set, err);
}

void mm_emoji_free(EmojiSet *set)
{
    for (int i = 0; i < set->n_styles; i++) {
        mm_sheet_free(set->sheet + i);
        free((char *)set->style[i]);
    }
    free(set->style);
    free(set->sheet);
    free(set->at);
    mm_concepts_free(&set->concepts);
    *set = (EmojiSet){0};
}

int mm_emoji_style(const EmojiSet *set, const char *style)
{
    for (int i = 0; i < set->n_styles; i++) {
        if (strcmp(set->style[i], style) == 0) {
            return i;
        }
    }
    return -1;
}

EmojiTest mm_emoji_test(const EmojiSet *emoji, int style, bool unseen)
{
    size_t most = (size_t)emoji->n;
    bool *elsewhere = mm_take((size_t)emoji->concepts.n, sizeof *elsewhere);
    EmojiTest t = {.picture = mm_take(most, sizeof(Picture)),
                   .concept = mm_take(most, sizeof(int)),
                   .en = mm_take(most, sizeof(char *)),
                   .zh = mm_take(most, sizeof(char *))};
    for (int i = 0; i < emoji->n; i++) {
        elsewhere[emoji->at[i].concept] |= emoji->at[i].style != style;
    }
    for (int i = 0; i < emoji->n; i++) {
        const Emoji *e = &emoji->at[i];
        bool wanted = !unseen || mm_concept_is_held_out(emoji->concepts.at[e->concept].code);
        if (e->style == style && elsewhere[e->concept] && wanted) {
            t.picture[t.n] = e->picture;
            t.concept[t.n] = e->concept;
            t.en[t.n] = emoji->concepts.at[e->concept].en;
            t.zh[t.n++] = emoji->concepts.at[e->concept].zh;
        }
    }
    free(elsewhere);
    return t;
}

void mm_emoji_test_free(EmojiTest *t)
{
    free(t->picture);
    free(t->concept);
    free(t->en);
    free(t->zh);
    *t = (EmojiTest){0};
}
