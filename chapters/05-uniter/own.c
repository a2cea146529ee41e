/* own.c: see own.h. */
#include "own.h"
#include "io/memory.h"
#include "mm/metrics.h"

bool own_picture_new(const Picture *from, const char *name, const Detector *d, OwnPicture *p, Error *err)
{
    *p = (OwnPicture){.rgb = mm_picture_flatten(from, mm_white), .proposed = propose_regions(from)};
    p->item = (Item){.regions = p->proposed.n, .ids = p->ids, .feat = p->feat, .box = p->box, .soft = p->soft, .kind = p->kind};
    bool ok = regions_look(d, &p->rgb, (const double(*)[4])p->proposed.corner, p->proposed.n, name, &p->item, p->region, err);
    if (!ok) {
        own_picture_free(p);
    }
    return ok;
}

bool own_picture_load(const char *path, const Detector *d, OwnPicture *p, Error *err)
{
    Picture file;
    if (!mm_picture_load(path, &file, err)) {
        return false;
    }
    bool ok = own_picture_new(&file, path, d, p, err);
    mm_picture_free(&file);
    return ok;
}

void own_picture_free(OwnPicture *p)
{
    mm_picture_free(&p->rgb);
}

/* A word that is a token is known; pieces could be of any word. (Chinese: each character is a token.) */
static bool is_known(const Wordpiece *w, const char *word)
{
    int n = 0, *ids = mm_wordpiece_encode(w, word, &n, NULL), unknown = mm_wordpiece_find(w, "[UNK]");
    bool known = n > 0;
    for (int i = 0; i < n; i++) {
        known = known && ids[i] != unknown && strncmp(mm_wordpiece_text(w, ids[i]), "##", 2) != 0;
    }
    free(ids);
    return known;
}

/* Splits a text at spaces and marks as its reader would, keeps each word that is not known; returns how many are. */
static int sort_words(const Wordpiece *w, const char *text, char *unknown)
{
    static const char *const marks = " \t\n.,;:?!\"()";
    int known = 0;
    for (const char *at = text + strspn(text, marks); *at; at += strspn(at, marks)) {
        size_t n = strcspn(at, marks);
        char *word = mm_copy_text(at, n);
        if (is_known(w, word)) {
            known++;
        } else {
            sprintf(unknown + strlen(unknown), "%s%s", *unknown ? " " : "", word);
        }
        free(word);
        at += n;
    }
    return known;
}

bool own_picture_ask(Graph *g, OwnPicture *p, const Wordpiece *w, const char *text, UniterBatch *b, char **unknown, Error *err)
{
    static const int pick = 0;
    const ItemSet set = {&p->item, 1, DETECTOR_NUMBERS, DETECTOR_CLASSES};
    if (!mm_wordpiece_tokenize(w, text, SCENE_WORDS, p->ids, &p->item.words, err)) {
        return false;
    }
    char *strange = mm_take(2 * strlen(text) + 2, 1);
    int known = sort_words(w, text, strange);
    if (known == 0 && *text) {
        free(strange);
        return mm_error(err, "\"%s\": the model knows no word of it", text);
    }
    if (unknown) {
        *unknown = strange;
    } else {
        free(strange);
    }
    *b = lessons_batch(&set, &pick, 1, HIDE_NOTHING, g);
    return true;
}

int likely_thing(const real *soft, double *likely)
{
    int best = mm_largest(soft, DETECTOR_CLASSES);
    *likely = (double)soft[best];
    return best - 1;
}

int own_picture_thing(const OwnPicture *p, int region, double *likely)
{
    return likely_thing(p->soft + region * DETECTOR_CLASSES, likely);
}
