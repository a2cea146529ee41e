/* scenes.c: see scenes.h. */
#include "scenes.h"
#include "io/memory.h"

#include <math.h>

enum { TEXTS = MM_SCENE_QUESTIONS + 2 };
enum { PER_REGION = DETECTOR_NUMBERS + UNITER_BOX + DETECTOR_CLASSES };

/* What people say, ask and point at: a caption, all questions, an object that is meant (or, where nothing simple names it, the caption). */
static void add_texts(const Scene *scene, Rng rng, Language language, int i, char *text[TEXTS])
{
    SceneQuestion question[MM_SCENE_QUESTIONS];
    char refer[MM_SCENE_TEXT];
    SceneCaption caption = mm_scene_caption(&scene->facts, language, i % MM_SCENE_CAPTIONS);
    mm_scene_questions(&scene->facts, language, rng, question);
    for (int q = 0; q < MM_SCENE_QUESTIONS; q++) {
        text[q] = mm_copy_text(question[q].text, strlen(question[q].text));
    }
    text[MM_SCENE_QUESTIONS] = mm_copy_text(caption.text, strlen(caption.text));
    const char *meant = mm_scene_refer(scene, i % scene->n, language, refer) ? refer : caption.text;
    text[MM_SCENE_QUESTIONS + 1] = mm_copy_text(meant, strlen(meant));
}

Wordpiece *scenes_vocabulary(const Cutouts *c, uint64_t seed, int n, Language language, Error *err)
{
    char **text = mm_take((size_t)n * TEXTS, sizeof *text);
    for (int i = 0; i < n; i++) {
        Scene scene = mm_scene_new(c, MM_SCENE_TRAIN, mm_scene_rng(seed, MM_SCENE_TRAIN, i));
        add_texts(&scene, mm_scene_question_rng(seed, MM_SCENE_TRAIN, i), language, i, text + i * TEXTS);
        mm_scene_free(&scene);
    }
    Wordpiece *w = mm_wordpiece_learn((const char *const *)text, n * TEXTS, 1000, true, err);
    for (int i = 0; i < n * TEXTS; i++) {
        free(text[i]);
    }
    free(text);
    return w;
}

bool regions_look(const Detector *d, const Picture *rgb, const double (*corner)[4], int n, const char *what, Item *item,
                  Region *region, Error *err)
{
    for (int r = 0; r < n; r++) {
        const double *c = corner[r];
        const int left = (int)floor(c[0]), top = (int)floor(c[1]), right = (int)ceil(c[2]), bottom = (int)ceil(c[3]);
        region[r] = (Region){left, top, right - left, bottom - top};
        if (!box_numbers(c, rgb->width, rgb->height, item->box + r * UNITER_BOX, what, err)) {
            return false;
        }
    }
    detector_look(d, rgb, region, n, item->feat, item->soft);
    return true;
}

static bool add_regions(const Scene *scene, const Detector *d, Item *item, Error *err)
{
    Region region[MM_SCENE_OBJECTS];
    double corner[MM_SCENE_OBJECTS][4];
    for (int r = 0; r < scene->n; r++) {
        const SceneObject *o = &scene->object[r];
        memcpy(corner[r], (const double[]){o->left, o->top, o->left + o->width, o->top + o->height}, sizeof corner[r]);
        item->kind[r] = o->kind;
    }
    return regions_look(d, &scene->picture, corner, scene->n, "a scene", item, region, err);
}

/* How many tokens the first `bytes` of a text are. */
static int tokens_until(const Wordpiece *w, const char *text, int bytes, Error *err)
{
    char *part = mm_copy_text(text, (size_t)bytes);
    int n = -1, *ids = mm_wordpiece_encode(w, part, &n, err);
    free(part);
    free(ids);
    return ids ? n : -1;
}

static bool add_words(const Wordpiece *w, const SceneCaption *caption, Item *item, Error *err)
{
    if (!mm_wordpiece_tokenize(w, caption->text, SCENE_WORDS, item->ids, &item->words, err)) {
        return false;
    }
    for (int t = 0; t < SCENE_WORDS; t++) {
        item->named[t] = -1;
    }
    for (int k = 0; k < caption->n; k++) {
        const SceneMention *m = &caption->mention[k];
        int from = tokens_until(w, caption->text, m->first, err), to = tokens_until(w, caption->text, m->first + m->bytes, err);
        if (from < 0 || to < 0) {
            return false;
        }
        for (int t = 1 + from; t < 1 + to && t < item->words - 1; t++) { /* [CLS] is token 0 */
            item->named[t] = m->kind == MM_SCENE_WHERE ? SAYS_WHERE : m->kind;
        }
    }
    return true;
}

/* One of the captions of a scene, and for each respect one that is false in it. */
static bool add_captions(const Scene *scene, const Wordpiece *w, uint64_t seed, Language language, Item *item, Item *foil,
                         Error *err)
{
    Rng rng = mm_rng(seed, "caption");
    int form = mm_below(&rng, MM_SCENE_CAPTIONS);
    SceneCaption caption = mm_scene_caption(&scene->facts, language, form);
    bool ok = add_words(w, &caption, item, err);
    for (int r = 0; r < MM_SCENE_RESPECTS && ok; r++) {
        const SceneFacts facts = mm_scene_foil(&scene->facts, (SceneRespect)r, &rng);
        bool untold = r == MM_OTHER_SIDE && form == MM_SCENE_UNPLACED;
        const SceneCaption c = mm_scene_caption(&facts, language, untold ? 0 : form);
        int *ids = foil[r].ids;
        foil[r] = *item;
        foil[r].ids = ids;
        foil[r].named = NULL;
        ok = mm_wordpiece_tokenize(w, c.text, SCENE_WORDS, ids, &foil[r].words, err);
    }
    return ok;
}

bool scenes_make(const Cutouts *c, const Detector *d, SceneSplit split, uint64_t seed, int n, Language language,
                 const Wordpiece *w, Scenes *s, Error *err)
{
    size_t words = (size_t)n * SCENE_WORDS, regions = (size_t)n * MM_SCENE_OBJECTS;
    *s = (Scenes){.item = mm_take((size_t)n, sizeof *s->item),
                  .foil = mm_take((size_t)n * MM_SCENE_RESPECTS, sizeof *s->foil),
                  .scene = mm_take((size_t)n, sizeof *s->scene),
                  .ids = mm_take(words * (1 + MM_SCENE_RESPECTS), sizeof *s->ids),
                  .named = mm_take(words, sizeof *s->named),
                  .kind = mm_take(regions, sizeof *s->kind),
                  .numbers = mm_take(regions * PER_REGION, sizeof *s->numbers)};
    s->set = (ItemSet){s->item, n, DETECTOR_NUMBERS, DETECTOR_CLASSES, s->foil, MM_SCENE_RESPECTS};
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        real *own = s->numbers + (size_t)i * MM_SCENE_OBJECTS * PER_REGION;
        Scene *scene = &s->scene[i];
        *scene = mm_scene_new(c, split, mm_scene_rng(seed, split, i));
        Item *foil = s->foil + i * MM_SCENE_RESPECTS;
        int *ids = s->ids + i * SCENE_WORDS * (1 + MM_SCENE_RESPECTS);
        for (int r = 0; r < MM_SCENE_RESPECTS; r++) {
            foil[r].ids = ids + (1 + r) * SCENE_WORDS;
        }
        s->item[i] = (Item){.regions = scene->n,
                            .picture = i,
                            .ids = ids,
                            .named = s->named + i * SCENE_WORDS,
                            .kind = s->kind + i * MM_SCENE_OBJECTS,
                            .feat = own,
                            .box = own + MM_SCENE_OBJECTS * DETECTOR_NUMBERS,
                            .soft = own + MM_SCENE_OBJECTS * (DETECTOR_NUMBERS + UNITER_BOX)};
        ok = add_regions(scene, d, &s->item[i], err) &&
             add_captions(scene, w, seed + (uint64_t)i, language, &s->item[i], foil, err);
        mm_scene_free(scene);
    }
    if (!ok) {
        scenes_free(s);
    }
    return ok;
}

void scenes_free(Scenes *s)
{
    free(s->item);
    free(s->foil);
    free(s->scene);
    free(s->ids);
    free(s->named);
    free(s->kind);
    free(s->numbers);
    *s = (Scenes){0};
}
