/* tasks.c: the tasks of `clip zeroshot`: emoji of a style never trained on, garments, stamps, and anybody's own folder. */
#include "tasks.h"
#include "io/memory.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>

const char *const task_name[N_TASKS] = {"groups", "subgroups", "concepts", "fashion", "photographs", "drawings"};

/* Room for n pictures and as many known ones. */
static void reserve(Task *t, int n, int known)
{
    t->picture = mm_take((size_t)n, sizeof *t->picture);
    t->truth = mm_take((size_t)n, sizeof *t->truth);
    t->known_picture = mm_take((size_t)known, sizeof *t->known_picture);
    t->known_class = mm_take((size_t)known, sizeof *t->known_class);
}

static void add(Task *t, Picture p, int class)
{
    t->picture[t->n] = p;
    t->truth[t->n++] = class;
}

static void add_known(Task *t, Picture p, int class)
{
    t->known_picture[t->known] = p;
    t->known_class[t->known++] = class;
}

/* ---- emoji ---- */

static bool need_emoji(TaskData *d, Error *err)
{
    return d->emoji.n > 0 || mm_emoji_load_all(d->data, &d->emoji, err);
}

static const char *label_of(const Concept *c, const char *level)
{
    return strcmp(level, "groups") == 0 ? c->group : strcmp(level, "subgroups") == 0 ? c->subgroup : c->code;
}

/* Groups and subgroups have files of names; a concept has its own name. */
static bool emoji_classes(const TaskData *d, const char *level, const EmojiTest *test, Task *t, Error *err)
{
    bool ok = true;
    for (int l = 0; l < LANGUAGES && ok; l++) {
        if (strcmp(level, "concepts") == 0) {
            for (int i = 0; i < test->n; i++) {
                mm_classes_add(&t->classes[l], d->emoji.concepts.at[test->concept[i]].code, test_names(test, l)[i]);
            }
        } else {
            char *path = mm_path(d->data, "prompts/%s.%s.txt", level, language_code[l]);
            ok = mm_classes_read(path, &t->classes[l], err);
            free(path);
        }
    }
    bool same = ok && t->classes[EN].n == t->classes[ZH].n;
    for (int c = 0; c < t->classes[EN].n && same; c++) {
        same = strcmp(t->classes[EN].label[c], t->classes[ZH].label[c]) == 0;
    }
    return ok &&
           (same || mm_error(err, "%s/prompts: %s.en.txt and %s.zh.txt do not list the same classes", d->data, level, level));
}

/* The class of every concept, -1 for those that have none. */
static int *concept_classes(const TaskData *d, const char *level, const Classes *c)
{
    int *class = mm_take((size_t)d->emoji.concepts.n, sizeof *class);
    for (int i = 0; i < d->emoji.concepts.n; i++) {
        class[i] = mm_classes_find(c, label_of(&d->emoji.concepts.at[i], level));
    }
    return class;
}

static bool load_emoji_task(TaskData *d, const char *level, Task *t, Error *err)
{
    if (!need_emoji(d, err)) {
        return false;
    }
    int style = mm_emoji_style(&d->emoji, mm_test_style);
    EmojiTest test = mm_emoji_test(&d->emoji, style, false);
    bool ok = emoji_classes(d, level, &test, t, err);
    if (ok) {
        int *class = concept_classes(d, level, &t->classes[EN]);
        reserve(t, test.n, d->emoji.n);
        for (int i = 0; i < test.n && ok; i++) {
            int own = class[test.concept[i]];
            ok = own >= 0 ||
                 mm_error(err, "prompts: no class is called \"%s\"", label_of(&d->emoji.concepts.at[test.concept[i]], level));
            add(t, test.picture[i], own);
        }
        for (int i = 0; i < d->emoji.n; i++) {
            const Emoji *e = &d->emoji.at[i];
            if (e->style != style && class[e->concept] >= 0) {
                add_known(t, e->picture, class[e->concept]);
            }
        }
        free(class);
        snprintf(t->about, sizeof t->about, "emoji of the style \"%s\", never trained on, by %s", mm_test_style, level);
    }
    mm_emoji_test_free(&test);
    return ok;
}

/* ---- garments ---- */

static bool garment_classes(const char *folder, Task *t, Error *err)
{
    char *path = mm_join_path(folder, "classes.tsv");
    Tsv *table = mm_tsv_read(path, err);
    int label = table ? mm_tsv_column(table, "label", err) : -1, en = label >= 0 ? mm_tsv_column(table, "en", err) : -1,
        zh = en >= 0 ? mm_tsv_column(table, "zh", err) : -1;
    for (int i = 0; zh >= 0 && i < mm_tsv_rows(table); i++) {
        mm_classes_add(&t->classes[EN], mm_tsv_cell(table, i, label), mm_tsv_cell(table, i, en));
        mm_classes_add(&t->classes[ZH], mm_tsv_cell(table, i, label), mm_tsv_cell(table, i, zh));
    }
    mm_tsv_free(table);
    free(path);
    return zh >= 0;
}

/* The data set has gray garments on black; on white, as in a shop and as the emoji are, they become dark ones. */
static void to_negative(Sheet *sheet)
{
    size_t n = (size_t)sheet->n * (size_t)sheet->cell * (size_t)sheet->cell * 4;
    for (size_t i = 0; i < n; i++) {
        sheet->pixels[i] = i % 4 == 3 ? sheet->pixels[i] : (unsigned char)(255 - sheet->pixels[i]);
    }
}

static bool load_garments(TaskData *d, Task *t, Error *err)
{
    char *folder = mm_join_path(d->data, "fashion");
    bool ok = garment_classes(folder, t, err);
    for (int s = 0; s < 2 && ok; s++) {
        char *path = mm_join_path(folder, s ? "train_28.png" : "test_28.png");
        ok = mm_sheet_load(path, &d->garment[s], err);
        free(path);
        if (ok) {
            to_negative(&d->garment[s]);
        }
    }
    if (ok) {
        reserve(t, d->garment[0].n, d->garment[1].n);
    }
    for (int s = 0; s < 2 && ok; s++) {
        const Sheet *sheet = &d->garment[s];
        int column = mm_tsv_column(sheet->table, "label", err);
        ok = column >= 0;
        for (int i = 0; i < sheet->n && ok; i++) {
            const char *label = mm_tsv_cell(sheet->table, i, column);
            int class = mm_classes_find(&t->classes[EN], label);
            ok = class >= 0 || mm_error(err, "%s:%d: no class has the label %s", mm_tsv_path(sheet->table),
                                        mm_tsv_line(sheet->table, i), label);
            (s ? add_known : add)(t, mm_sheet_picture(sheet, i), class);
        }
    }
    free(folder);
    snprintf(t->about, sizeof t->about, "photographs of garments, as negatives: gray on white (Fashion-MNIST)");
    return ok;
}

/* ---- stamps ---- */

/* A phrase as a plain name: letters in lower case, hyphens as spaces, nothing else, no article at the head. The caller frees. */
static char *plain(const char *phrase)
{
    char *text = mm_copy_text(phrase, strlen(phrase)), *to = text;
    for (const char *s = phrase; *s; s++) {
        if (isalpha((unsigned char)*s) || *s == ' ' || *s == '-') {
            *to++ = *s == '-' ? ' ' : (char)tolower((unsigned char)*s);
        }
    }
    *to = 0;
    static const char *const articles[] = {"a ", "an ", "the "};
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(articles[i]);
        if (strncmp(text, articles[i], n) == 0) {
            memmove(text, text + n, strlen(text) - n + 1);
            break;
        }
    }
    return text;
}

/* The concept that a phrase names, -1: none. */
static int concept_named(const Concepts *concepts, const char *phrase)
{
    char *wanted = plain(phrase);
    int found = -1;
    for (int c = 0; c < concepts->n && found < 0; c++) {
        char *name = plain(concepts->at[c].en);
        found = strcmp(name, wanted) == 0 ? c : -1;
        free(name);
    }
    free(wanted);
    return found;
}

/* The class of a concept, made when it is met first. */
static int class_of(Task *t, const Concept *c)
{
    int class = mm_classes_find(&t->classes[EN], c->code);
    if (class < 0) {
        class = t->classes[EN].n;
        mm_classes_add(&t->classes[EN], c->code, c->en);
        mm_classes_add(&t->classes[ZH], c->code, c->zh);
    }
    return class;
}

static char *stamps_path(const TaskData *d, const char *end)
{
    return mm_path(d->data, "fetched/tuxpaint/stamps_96.%s", end);
}

/* Stamps that are no signs, and pictures of pixels, whose phrase is the name of an emoji: 111 of 98 concepts. All 98 are candidates,
 * both for the photographs, chosen by eye, and for the others, which are drawn. */
static bool choose_stamps(const TaskData *d, bool photographs, const Classes *photo, Task *t, Error *err)
{
    const Tsv *table = d->stamps.table;
    int path = mm_tsv_column(table, "path", err), en = path >= 0 ? mm_tsv_column(table, "en", err) : -1;
    for (int i = 0; en >= 0 && i < d->stamps.n; i++) {
        const char *file = mm_tsv_cell(table, i, path);
        size_t n = strlen(file);
        bool fits = n > 4 && strcmp(file + n - 4, ".png") == 0 && strncmp(file, "symbols/", 8) != 0;
        int concept = fits ? concept_named(&d->emoji.concepts, mm_tsv_cell(table, i, en)) : -1;
        if (concept >= 0) {
            int class = class_of(t, &d->emoji.concepts.at[concept]);
            if ((mm_classes_find(photo, file) >= 0) == photographs) {
                add(t, mm_sheet_picture(&d->stamps, i), class);
            }
        }
    }
    return en >= 0;
}

static bool load_stamps(TaskData *d, const char *kind, Task *t, Error *err)
{
    char *sheet = stamps_path(d, "png"), *list = mm_path(d->data, "prompts/tuxpaint-photographs.txt");
    Classes photo = {0};
    bool ok = need_emoji(d, err) && (d->stamps.n > 0 || mm_sheet_load(sheet, &d->stamps, err)) &&
              mm_classes_read(list, &photo, err);
    if (ok) {
        reserve(t, d->stamps.n, d->emoji.n);
        ok = choose_stamps(d, strcmp(kind, "photographs") == 0, &photo, t, err);
    }
    for (int i = 0; ok && i < d->emoji.n; i++) {
        int class = mm_classes_find(&t->classes[EN], d->emoji.concepts.at[d->emoji.at[i].concept].code);
        if (class >= 0) {
            add_known(t, d->emoji.at[i].picture, class);
        }
    }
    snprintf(t->about, sizeof t->about, "%s of Tux Paint's stamps that have the name of an emoji", kind);
    mm_classes_free(&photo);
    free(sheet);
    free(list);
    return ok;
}

/* ---- a folder of folders ---- */

static bool add_file(Task *t, const FTSENT *e, bool given, Error *err)
{
    const char *label = e->fts_parent->fts_name;
    int class = mm_classes_find(&t->classes[EN], label);
    if (class < 0 && given) {
        return mm_error(err, "%s: no class is called \"%s\"", e->fts_path, label);
    }
    if (!mm_utf8_check(e->fts_path, strlen(e->fts_path), "the name of a picture", 0, err)) {
        return false;
    }
    if (class < 0) {
        char *name = mm_copy_text(label, strlen(label));
        for (char *s = name; *s; s++) {
            *s = *s == '_' || *s == '-' ? ' ' : *s;
        }
        class = t->classes[EN].n;
        mm_classes_add(&t->classes[EN], label, name);
        free(name);
    }
    t->path = mm_take_again(t->path, (size_t)(t->n + 1) * sizeof *t->path);
    t->truth = mm_take_again(t->truth, (size_t)(t->n + 1) * sizeof *t->truth);
    t->path[t->n] = mm_copy_text(e->fts_path, strlen(e->fts_path));
    t->truth[t->n++] = class;
    return true;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

bool task_load_folder(const char *folder, Classes *classes, Task *t, Error *err)
{
    *t = (Task){.name = "folder"};
    if (classes) {
        t->classes[EN] = *classes;
        *classes = (Classes){0};
    }
    FTS *tree = fts_open((char *[]){(char *)folder, NULL}, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    bool ok = tree != NULL;
    for (FTSENT *e; ok && (e = fts_read(tree));) {
        if (e->fts_info == FTS_F && e->fts_level == 2) {
            ok = add_file(t, e, classes != NULL, err);
        } else if (e->fts_level == 2 || (e->fts_level > 0 && e->fts_name[0] == '.')) {
            fts_set(tree, e, FTS_SKIP);
        }
    }
    if (tree) {
        fts_close(tree);
    }
    t->n_classes = t->classes[EN].n;
    snprintf(t->about, sizeof t->about, "pictures in %.120s", folder);
    return ok && (t->n > 0 || mm_error(err, "%s: no picture in a folder of this folder, as in %s/cat/1.jpg", folder, folder));
}

real *task_embed(const Clip *clip, Task *t)
{
    if (!t->path) {
        return clip_embed_pictures(clip, t->picture, t->n);
    }
    int *kept, n;
    real *image = clip_embed_files(clip, (const char *const *)t->path, t->n, &kept, &n);
    for (int i = 0, k = 0; i < t->n; i++) {
        if (k < n && kept[k] == i) {
            t->truth[k] = t->truth[i];
            t->path[k++] = t->path[i];
        } else {
            free(t->path[i]);
        }
    }
    t->n = n;
    free(kept);
    return image;
}

/* ---- all ---- */

bool task_present(const TaskData *d, const char *name)
{
    char *sheet = stamps_path(d, "png");
    bool fetched = strcmp(name, "photographs") == 0 || strcmp(name, "drawings") == 0;
    bool present = !fetched || mm_file_exists(sheet);
    free(sheet);
    return present;
}

bool task_load(TaskData *d, const char *name, Task *t, Error *err)
{
    *t = (Task){.name = name};
    if (!task_present(d, name)) {
        return mm_error(err, "%s: Tux Paint's stamps are not in %s/fetched; `datasets/fetch tuxpaint` gets them", name, d->data);
    }
    bool stamps = strcmp(name, "photographs") == 0 || strcmp(name, "drawings") == 0;
    bool ok = stamps                         ? load_stamps(d, name, t, err)
              : strcmp(name, "fashion") == 0 ? load_garments(d, t, err)
                                             : load_emoji_task(d, name, t, err);
    t->n_classes = t->classes[EN].n;
    if (!ok) {
        task_free(t);
    }
    return ok;
}

void task_free(Task *t)
{
    for (int i = 0; t->path && i < t->n; i++) {
        free(t->path[i]);
    }
    free(t->path);
    free(t->picture);
    free(t->truth);
    free(t->known_picture);
    free(t->known_class);
    mm_classes_free(&t->classes[EN]);
    mm_classes_free(&t->classes[ZH]);
    *t = (Task){0};
}

void task_data_free(TaskData *d)
{
    mm_emoji_free(&d->emoji);
    mm_sheet_free(&d->garment[0]);
    mm_sheet_free(&d->garment[1]);
    mm_sheet_free(&d->stamps);
}
