/* sentiment_table.c: triples as other people give them: text, voice and face of the same moment, or what there is of these. */
#include "data/sentiment.h"
#include "io/memory.h"

#include <libgen.h>

typedef struct TableReader {
    Sentiment *s;
    Tsv *table;
    char *folder;
    int valence, group, column[MM_MODALITIES]; /* columns; -1: there is none */
    SentimentList groups;                      /* of the whole table: its folds are the same for all modalities */
} TableReader;

static bool find_columns(TableReader *r, Error *err)
{
    Error none;
    r->valence = mm_tsv_column(r->table, "valence", err);
    r->group = mm_tsv_column(r->table, "group", &none);
    bool any = false;
    for (int m = 0; m < MM_MODALITIES; m++) {
        r->column[m] = mm_tsv_column(r->table, mm_modality_name[m], &none);
        any |= r->column[m] >= 0;
    }
    return r->valence >= 0 && (any || mm_error(err, "%s:1: no column \"text\", \"voice\" or \"face\"", mm_tsv_path(r->table)));
}

static bool load_voice(const char *path, Sound *s, Error *err)
{
    Sound sound;
    if (!mm_sound_load(path, &sound, err)) {
        return false;
    }
    *s = mm_sound_resample(&sound, MM_VOICE_RATE);
    mm_sound_free(&sound);
    return true;
}

static bool load_face(const char *path, Picture *p, Error *err)
{
    Picture picture;
    if (!mm_picture_load(path, &picture, err)) {
        return false;
    }
    *p = mm_picture_clip(&picture, MM_FACE_SIDE);
    mm_picture_free(&picture);
    return true;
}

/* One cell. false: the file that it names cannot be read. */
static bool read_item(TableReader *r, int row, Modality m, double valence, const char *group, int *item, Error *err)
{
    const char *cell = r->column[m] < 0 ? "" : mm_tsv_cell(r->table, row, r->column[m]);
    *item = -1;
    if (!mm_sentiment_has_word(cell)) {
        return true;
    }
    *item = r->s->list[m].n;
    SentimentItem *i = mm_sentiment_add(r->s, m, valence, group, cell);
    i->fold = mm_sentiment_group(r->s, &r->groups, group) % MM_FOLDS;
    if (m == MM_TEXT) {
        i->text = cell;
        return true;
    }
    Error why;
    char *path = cell[0] == '/' ? mm_copy_text(cell, strlen(cell)) : mm_join_path(r->folder, cell);
    bool ok = m == MM_VOICE ? load_voice(path, &i->sound, &why) : load_face(path, &i->picture, &why);
    free(path);
    return ok || mm_error(err, "%s:%d: %s", mm_tsv_path(r->table), mm_tsv_line(r->table, row), why.text);
}

static bool read_row(TableReader *r, int row, Triple *t, Error *err)
{
    if (!mm_sentiment_valence(r->table, row, r->valence, 3, &t->valence, err)) {
        return false;
    }
    char own[32];
    snprintf(own, sizeof own, "row %d", row + 1);
    const char *group = r->group < 0 ? own : mm_tsv_cell(r->table, row, r->group);
    t->label = t->valence > 0;
    bool any = false;
    for (int m = 0; m < MM_MODALITIES; m++) {
        if (!read_item(r, row, m, t->valence, group, &t->item[m], err)) {
            return false;
        }
        any |= t->item[m] >= 0;
    }
    return any || mm_error(err, "%s:%d: neither text nor voice nor face", mm_tsv_path(r->table), mm_tsv_line(r->table, row));
}

bool mm_sentiment_table(const char *path, Sentiment *s, Triple **triple, int *n, Error *err)
{
    mm_sentiment_begin(s);
    s->natural = true;
    s->memory->own_pictures = true;
    TableReader r = {.s = s, .table = mm_tsv_read(path, err)};
    s->memory->table[0] = r.table;
    *triple = NULL;
    *n = r.table ? mm_tsv_rows(r.table) : 0;
    bool ok = r.table && find_columns(&r, err) && (*n > 0 || mm_error(err, "%s: no rows", path));
    char *copy = mm_copy_text(path, strlen(path));
    r.folder = dirname(copy);
    for (int m = 0; m < MM_MODALITIES && r.table; m++) {
        s->list[m].source = mm_tsv_path(r.table);
    }
    *triple = mm_take((size_t)*n, sizeof **triple);
    for (int row = 0; row < *n && ok; row++) {
        ok = read_row(&r, row, &(*triple)[row], err);
    }
    free(r.groups.group);
    free(copy);
    if (!ok) {
        free(*triple);
        *triple = NULL;
        mm_sentiment_free(s);
    }
    return ok;
}
