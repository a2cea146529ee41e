/* source_own.c: own pictures with captions as a source. A picture is decoded when it is drawn, and only then held. */
#include "io/memory.h"
#include "source.h"

#include <math.h>

/* ---- which pictures ---- */

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether some picture of a set belongs to a split. */
static bool has_split(const CaptionSet *set, const char *split)
{
    bool found = false;
    for (int i = 0; i < set->n && !found; i++) {
        found = strcmp(set->at[i].split, split) == 0;
    }
    return found;
}

/* The test of a set whose captions name splits, or not. */
static bool is_test(const Captioned *c, const char *test_split)
{
    return test_split ? strcmp(c->split, test_split) == 0 : mm_concept_is_held_out(file_name(c->path));
}

static bool is_training(const Captioned *c)
{
    return !*c->split || strcmp(c->split, "train") == 0 || strcmp(c->split, "restval") == 0;
}

typedef struct Place {
    const char *path;
    int at;
} Place;

static int by_path(const void *a, const void *b)
{
    return strcmp(((const Place *)a)->path, ((const Place *)b)->path);
}

/* Where in `set` the pictures of `of` at these places are, by their paths: to[i] or -1. */
static void find_same(const CaptionSet *set, const CaptionSet *of, const int *place, int n, int *to)
{
    Place *sorted = mm_take((size_t)set->n, sizeof *sorted);
    for (int i = 0; i < set->n; i++) {
        sorted[i] = (Place){set->at[i].path, i};
    }
    qsort(sorted, (size_t)set->n, sizeof *sorted, by_path);
    for (int i = 0; i < n; i++) {
        Place wanted = {.path = of->at[place[i]].path};
        const Place *found = bsearch(&wanted, sorted, (size_t)set->n, sizeof *sorted, by_path);
        to[i] = found ? found->at : -1;
    }
    free(sorted);
}

/* Keeps the items that also have Chinese captions. */
static void join_chinese(Source *s)
{
    int *en = s->place[EN], *zh = s->place[ZH], n = 0;
    find_same(&s->set[ZH], &s->set[EN], en, s->items, zh);
    find_same(&s->set[ZH], s->test_set, s->test[EN], s->tests, s->test[ZH]);
    for (int i = 0; i < s->items; i++) {
        if (zh[i] >= 0) {
            en[n] = en[i];
            zh[n++] = zh[i];
        }
    }
    s->items = n;
}

/* Divides set[EN] into items and, if there is no file of its own for it, the test. */
static void divide(Source *s, bool own_test)
{
    const CaptionSet *set = &s->set[EN];
    const char *split = has_split(set, "test") ? "test" : has_split(set, "val") ? "val" : NULL;
    s->test_set = own_test ? &s->own_test : set;
    for (int l = 0; l < LANGUAGES; l++) {
        s->place[l] = mm_take((size_t)set->n, sizeof(int));
        s->test[l] = mm_take((size_t)s->test_set->n, sizeof(int));
    }
    for (int i = 0; i < set->n; i++) {
        if (!own_test && is_test(&set->at[i], split)) {
            s->test[EN][s->tests++] = i;
        } else if (is_training(&set->at[i])) {
            s->place[EN][s->items++] = i;
        }
    }
    for (int i = 0; own_test && i < s->own_test.n; i++) {
        s->test[EN][s->tests++] = i;
    }
}

bool source_own(const OwnPictures *own, Source *s, Error *err)
{
    *s = (Source){.kind = &source_of_own, .languages = own->chinese.path ? LANGUAGES : 1};
    if (!mm_captions_load(&own->captions, &s->set[EN], err) ||
        (own->chinese.path && !mm_captions_load(&own->chinese, &s->set[ZH], err)) ||
        (own->test.path && !mm_captions_load(&own->test, &s->own_test, err))) {
        return false;
    }
    divide(s, own->test.path != NULL);
    if (own->chinese.path) {
        join_chinese(s);
    }
    s->unreadable = mm_take((size_t)s->items, sizeof *s->unreadable);
    s->first_unreadable = mm_take(1, sizeof *s->first_unreadable);
    return s->items > 0 || mm_error(err, "%s: no picture is left to train on", own->captions.path);
}

/* ---- pictures ---- */

/* A square of at least nine tenths of the shorter side, anywhere in the picture, as RGBA of size x size. */
static bool picture(const Source *s, int item, int size, Rng rng, Picture *p, Error *err)
{
    Picture whole, square;
    if (!mm_picture_load(s->set[EN].at[s->place[EN][item]].path, &whole, err)) {
        return false;
    }
    int shorter = whole.width < whole.height ? whole.width : whole.height;
    int side = (int)rint(shorter * (0.9 + 0.1 * mm_uniform(&rng)));
    side = side < 1 ? 1 : side;
    size_t left = (size_t)mm_below(&rng, whole.width - side + 1), top = (size_t)mm_below(&rng, whole.height - side + 1);
    square = mm_picture_new(side, side, 4);
    for (size_t y = 0; y < (size_t)side; y++) {
        memcpy(square.pixels + y * (size_t)side * 4, whole.pixels + ((top + y) * (size_t)whole.width + left) * 4,
               (size_t)side * 4);
    }
    *p = mm_picture_resize(&square, size, size, MM_BICUBIC);
    mm_picture_free(&square);
    mm_picture_free(&whole);
    return true;
}

/* ---- texts ---- */

/* One of the captions of picture i. It fits every picture of the batch that has the same caption. */
static bool text(const Source *s, TextDraw *d, Error *err)
{
    const CaptionSet *set = &s->set[d->language];
    const Captioned *c = &set->at[s->place[d->language][d->item[d->i]]];
    const char *drawn = set->caption[c->first + mm_below(&d->rng, c->captions)];
    for (int k = 0; k < d->n; k++) {
        const Captioned *other = &set->at[s->place[d->language][d->item[k]]];
        bool same = false;
        for (int t = 0; t < other->captions && !same; t++) {
            same = strcmp(set->caption[other->first + t], drawn) == 0;
        }
        d->fits[k] = d->own[k] = same;
    }
    Error why;
    return mm_tokenize(s->tokenizer, drawn, d->context, d->ids, &d->length, &why) ||
           mm_error(err, "a caption of %.400s: %.400s", c->path, why.text);
}

const SourceKind source_of_own = {.picture = picture, .text = text};
