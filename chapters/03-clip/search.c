/* search.c: `clip search`: the pictures whose embeddings lie closest to that of a text. */
#include "evaluate.h"
#include "results.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct SearchOptions {
    Common common;
    const char **word; /* of the query */
    int words, top;
    const char *style, *folder;
    bool all_styles;
} SearchOptions;

/* What is searched: emoji, or the pictures of a folder. */
typedef struct Gallery {
    int n;
    Picture *picture; /* emoji: lives in the set; folder: already cut to what the model reads */
    const Emoji **emoji;
    char **path; /* NULL: emoji */
    EmojiSet set;
    char among[512];
} Gallery;

static void *take(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    if (!p) {
        mm_fail((FailHandler){0}, "out of memory for a search: %zu x %zu bytes", n, size);
    }
    return p;
}

/* ---- galleries ---- */

static bool load_styles(const SearchOptions *o, Gallery *y, Error *err)
{
    char *folder = mm_join_path(o->common.data, "emoji");
    bool ok = o->all_styles ? load_emoji(o->common.data, &y->set, err) : mm_emoji_load(folder, &o->style, 1, &y->set, err);
    free(folder);
    if (!ok) {
        return false;
    }
    y->n = y->set.n;
    y->picture = take((size_t)y->n, sizeof *y->picture);
    y->emoji = take((size_t)y->n, sizeof *y->emoji);
    for (int i = 0; i < y->n; i++) {
        y->emoji[i] = &y->set.at[i];
        y->picture[i] = y->set.at[i].picture;
    }
    if (o->all_styles) {
        snprintf(y->among, sizeof y->among, "%d pictures of all %d styles", y->n, y->set.n_styles);
    } else {
        snprintf(y->among, sizeof y->among, "%d pictures of the style %s", y->n, o->style);
    }
    return true;
}

static int is_picture(const struct dirent *entry)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg", ".gif", ".bmp"};
    const char *dot = strrchr(entry->d_name, '.');
    for (size_t i = 0; dot && dot != entry->d_name && i < sizeof ends / sizeof *ends; i++) {
        if (strcasecmp(dot, ends[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* One picture of a folder. Of a large photograph only what the model reads is kept. */
static bool add_picture(Gallery *y, char *path, int size, Error *err)
{
    Picture p;
    if (!mm_utf8_check(path, strlen(path), "the name of a picture", 0, err) || !mm_picture_load(path, &p, err)) {
        return false;
    }
    Picture flat = mm_picture_flatten(&p, mm_white);
    y->picture[y->n] = mm_picture_clip(&flat, size);
    y->path[y->n++] = path;
    mm_picture_free(&flat);
    mm_picture_free(&p);
    return true;
}

/* A picture that cannot be read is named and left out. */
static bool load_folder(const char *folder, int size, Gallery *y, Error *err)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, is_picture, by_name);
    if (n < 0) {
        return mm_error(err, "%s: cannot be read as a folder: %s", folder, strerror(errno));
    }
    y->picture = take((size_t)n, sizeof *y->picture);
    y->path = take((size_t)n, sizeof *y->path);
    for (int i = 0; i < n; i++) {
        char *path = mm_join_path(folder, entry[i]->d_name);
        if (!add_picture(y, path, size, err)) {
            fprintf(stderr, "clip: left out: %s\n", err->text);
            free(path);
        }
        free(entry[i]);
    }
    free(entry);
    snprintf(y->among, sizeof y->among, "%d pictures in %s", y->n, folder);
    return y->n > 0 || mm_error(err, "%s: there is no picture (.png, .jpg, .jpeg, .gif, .bmp) in this folder%s", folder,
                                n > 0 ? " that can be read" : "");
}

static void gallery_free(Gallery *y)
{
    for (int i = 0; y->path && i < y->n; i++) {
        mm_picture_free(&y->picture[i]);
        free(y->path[i]);
    }
    free(y->path);
    free(y->picture);
    free(y->emoji);
    mm_emoji_free(&y->set);
}

/* ---- ranking ---- */

typedef struct Ranked {
    double score;
    int at;
} Ranked;

static int closest_first(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    return x->score != y->score ? (x->score < y->score ? 1 : -1) : (x->at > y->at) - (x->at < y->at);
}

/* All pictures of the gallery, the closest to the query first. NULL: an error. The caller frees. */
static Ranked *rank(const ClipModel *m, const Gallery *y, const char *query, Error *err)
{
    real *text = clip_embed_texts(&m->clip, m->tokenizer, &query, 1, err);
    if (!text) {
        return NULL;
    }
    real *image = clip_embed_pictures(&m->clip, y->picture, y->n);
    real *cosine = clip_similarity(text, 1, image, y->n, m->clip.config.embed);
    Ranked *ranked = take((size_t)y->n, sizeof *ranked);
    for (int i = 0; i < y->n; i++) {
        ranked[i] = (Ranked){(double)cosine[i], i};
    }
    qsort(ranked, (size_t)y->n, sizeof *ranked, closest_first);
    free(cosine);
    free(image);
    free(text);
    return ranked;
}

static bool fill_hit(const Gallery *y, Ranked r, Hit *hit, Error *err)
{
    if (y->path) { /* the file again: what was kept of it is smaller than a thumbnail */
        Picture p;
        if (!mm_picture_load(y->path[r.at], &p, err)) {
            return false;
        }
        *hit = (Hit){.score = r.score, .name = y->path[r.at], .thumbnail = results_thumbnail(&p)};
        mm_picture_free(&p);
        return true;
    }
    const Emoji *e = y->emoji[r.at];
    const Concept *c = &y->set.concepts.at[e->concept];
    *hit = (Hit){r.score, results_thumbnail(&e->picture), c->en, c->zh, c->code, y->set.style[e->style], c->group};
    return true;
}

/* ---- what is printed and written ---- */

typedef struct Found {
    const char *query, *among;
    Hit *hit;
    int n;
    char *sheet, *page; /* paths */
} Found;

static void print_list(const Found *f)
{
    printf("\"%s\" among %s\n\n", f->query, f->among);
    for (int i = 0; i < f->n; i++) {
        const Hit *h = &f->hit[i];
        printf("%4d  %6.3f  ", i + 1, h->score);
        if (h->zh) {
            printf("%-11s  %-15s  %s / %s\n", h->style, h->group, h->name, h->zh);
        } else {
            printf("%s\n", h->name);
        }
    }
    printf("\n%s\n%s\n", f->sheet, f->page);
}

static void print_json(const Found *f)
{
    json_t *all = json_array();
    for (int i = 0; i < f->n; i++) {
        const Hit *h = &f->hit[i];
        json_array_append_new(all, h->zh ? json_pack("{s:f, s:s, s:s, s:s, s:s, s:s}", "cosine", h->score, "code", h->code, "en",
                                                     h->name, "zh", h->zh, "style", h->style, "group", h->group)
                                         : json_pack("{s:f, s:s}", "cosine", h->score, "path", h->name));
    }
    json_t *j = json_pack("{s:s, s:s, s:o}", "query", f->query, "among", f->among, "hits", all);
    json_object_set_new(j, "sheet", json_string(f->sheet));
    json_object_set_new(j, "page", json_string(f->page));
    json_dumpf(j, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(j);
}

static bool write_files(const char *out, Found *f, Error *err)
{
    char *folder = mm_join_path(out, "search"), *slug = results_slug(f->query);
    f->sheet = program_path(folder, "%s.png", slug);
    f->page = program_path(folder, "%s.html", slug);
    Picture sheet = results_sheet(f->hit, f->n);
    mm_catch_interrupt(); /* two files in some milliseconds: Ctrl-C comes before them or after */
    bool ok = mm_make_folders(folder, err) && mm_picture_save(f->sheet, &sheet, err) &&
              results_page(f->page, f->query, f->among, f->hit, f->n, err);
    mm_picture_free(&sheet);
    free(folder);
    free(slug);
    return ok;
}

static bool show(const SearchOptions *o, const Gallery *y, const Ranked *ranked, const char *query, Error *err)
{
    Found f = {.query = query, .among = y->among, .hit = take((size_t)o->top, sizeof(Hit))};
    bool ok = true;
    while (ok && f.n < o->top && f.n < y->n) {
        ok = fill_hit(y, ranked[f.n], &f.hit[f.n], err);
        f.n += ok;
    }
    ok = ok && write_files(o->common.out, &f, err);
    if (ok) {
        (o->common.json ? print_json : print_list)(&f);
    }
    for (int i = 0; i < f.n; i++) {
        mm_picture_free(&f.hit[i].thumbnail);
    }
    free(f.hit);
    free(f.sheet);
    free(f.page);
    return ok;
}

/* ---- the command ---- */

/* The words with a space between them; NULL: not UTF-8, or nothing but white space. The caller frees. */
static char *join_words(const char **word, int n, Error *err)
{
    size_t room = 1;
    for (int i = 0; i < n; i++) {
        room += strlen(word[i]) + 1;
    }
    char *text = take(room, 1);
    for (int i = 0; i < n; i++) {
        strcat(strcat(text, i ? " " : ""), word[i]);
    }
    bool ok = mm_utf8_check(text, strlen(text), "the query", 0, err) &&
              (text[strspn(text, " \t\r\n")] || mm_error(err, "the query is empty"));
    if (!ok) {
        free(text);
        return NULL;
    }
    return text;
}

static bool run(const SearchOptions *o, Error *err)
{
    ClipModel m = {0};
    Gallery y = {0};
    Ranked *ranked = NULL;
    char *query = join_words(o->word, o->words, err);
    bool ok = query && program_load_model(&o->common, &m, err) &&
              (o->folder ? load_folder(o->folder, m.clip.config.size, &y, err) : load_styles(o, &y, err)) &&
              (ranked = rank(&m, &y, query, err)) && show(o, &y, ranked, query, err);
    free(ranked);
    gallery_free(&y);
    clip_model_free(&m);
    free(query);
    return ok;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    SearchOptions *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->common; break;
    case 'n': o->top = (int)program_number(state, "--top", arg, 1, 10000); break;
    case 'S': o->style = arg; break;
    case 'a': o->all_styles = true; break;
    case 'f': o->folder = arg; break;
    case ARGP_KEY_ARG: o->word[o->words++] = arg; break;
    case ARGP_KEY_END:
        if (o->words == 0) {
            argp_error(state, "what should be searched for?");
        }
        if ((o->style != NULL) + o->all_styles + (o->folder != NULL) > 1) {
            argp_error(state, "--style, --all-styles and --folder exclude each other");
        }
        o->style = o->style ? o->style : test_style;
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int command_search(int argc, char **argv)
{
    SearchOptions o = {.common = program_defaults(), .word = take((size_t)argc, sizeof *o.word), .top = 24};
    const struct argp_option options[] = {
        {"top", 'n', "N", 0, "show the N closest pictures (24)", 0},
        {"style", 'S', "NAME", 0, "search the emoji of this style (noto, which training never saw)", 0},
        {"all-styles", 'a', NULL, 0, "search the emoji of all styles", 0},
        {"folder", 'f', "DIR", 0, "search the pictures (.png, .jpg, .jpeg, .gif, .bmp) in DIR, without its subfolders", 0},
        {0}};
    const struct argp_child children[] = {{&program_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .children = children,
                              .args_doc = "TEXT...",
                              .doc = "Finds the pictures closest to a text, in English or Chinese. Prints them and writes "
                                     "OUT/search/TEXT.png, a contact sheet, and OUT/search/TEXT.html, a page."};
    Error err;
    program_parse(&argp, argc, argv, &o, &o.common);
    bool ok = run(&o, &err);
    free(o.word);
    return ok ? 0 : program_error(&err);
}
