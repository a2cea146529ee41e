/* found.c: what a search found: printed, as a contact sheet, as a page. */
#include "io/memory.h"
#include "mm/metrics.h"
#include "mm/search.h"
#include "mm/train.h"

#include <jansson.h>

typedef struct Found {
    const char *query, *among;
    Hit *hit;
    char **name; /* of files: what a hit's name points to */
    int n;
    char *sheet, *page; /* paths */
} Found;

/* A file is read again for its thumbnail. One that is gone or no picture any more gets an empty one. */
static Hit file_hit(const Gallery *y, Neighbour found, char **name)
{
    const char *path = y->files.file[found.at].path;
    Error why;
    Picture p;
    bool there = mm_picture_load(path, &p, &why);
    if (!there) {
        fprintf(stderr, "%s: no thumbnail: %s\n", program_invocation_short_name, why.text);
        p = mm_picture_new(1, 1, 4);
    }
    *name = mm_index_readable(path);
    Hit hit = {.score = (double)found.score, .name = *name, .thumbnail = mm_results_thumbnail(&p)};
    mm_picture_free(&p);
    return hit;
}

static Hit emoji_hit(const Gallery *y, Neighbour found)
{
    const Emoji *e = &y->emoji.at[found.at];
    const Concept *c = &y->emoji.concepts.at[e->concept];
    const char *style = y->emoji.style[e->style];
    return (Hit){(double)found.score, mm_results_thumbnail(&e->picture), c->en, c->zh, c->code, style, c->group};
}

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
    char *folder = mm_join_path(out, "search"), *slug = mm_results_slug(f->query);
    f->sheet = mm_path(folder, "%s.png", slug);
    f->page = mm_path(folder, "%s.html", slug);
    Picture sheet = mm_results_sheet(f->hit, f->n);
    mm_catch_interrupt(); /* two files in some milliseconds: Ctrl-C comes before them or after */
    bool ok = mm_make_folders(folder, err) && mm_picture_save(f->sheet, &sheet, err) &&
              mm_results_page(f->page, f->query, f->among, f->hit, f->n, err);
    mm_picture_free(&sheet);
    free(folder);
    free(slug);
    return ok;
}

bool mm_gallery_search(const Gallery *y, const Wanted *w, Error *err)
{
    int n = w->top < y->n ? w->top : y->n;
    Neighbour *found = mm_take((size_t)n, sizeof *found);
    Found f = {.query = w->query, .among = y->among, .n = n};
    f.hit = mm_take((size_t)n, sizeof *f.hit);
    f.name = mm_take((size_t)n, sizeof *f.name);
    mm_nearest(w->embedding, 1, y->embedding, y->n, y->embed, n, found);
    for (int i = 0; i < n; i++) {
        f.hit[i] = y->files.n ? file_hit(y, found[i], &f.name[i]) : emoji_hit(y, found[i]);
    }
    bool ok = write_files(w->out, &f, err);
    if (ok) {
        (w->json ? print_json : print_list)(&f);
    }
    for (int i = 0; i < n; i++) {
        mm_picture_free(&f.hit[i].thumbnail);
        free(f.name[i]);
    }
    free(f.hit);
    free(f.name);
    free(f.sheet);
    free(f.page);
    free(found);
    return ok;
}
