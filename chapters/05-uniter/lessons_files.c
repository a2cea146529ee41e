/* lessons_files.c: lessons from files in the forms of COCO and VQA v2; see lessons.h. */
#include "data/json_fields.h"
#include "io/memory.h"
#include "lessons.h"
#include "mm/train.h"
#include "propose.h"

#include <math.h>

enum { MOST_REGIONS = 36, PER_REGION = DETECTOR_NUMBERS + UNITER_BOX + DETECTOR_CLASSES };

typedef struct Reading {
    const char *folder, *split;
    const Detector *d;
    const Wordpiece *w;
    Lessons *l;
    InstanceSet instances;
    IdIndex ids; /* of the pictures that were taken */
    int most, missing, untold;
} Reading;

/* FOLDER/annotations/… of the split; NULL: it is not there. */
static char *annotations(const Reading *r, const char *format)
{
    char name[256];
    snprintf(name, sizeof name, format, r->split);
    char *path = mm_path(r->folder, "annotations/%s", name);
    if (!mm_file_exists(path)) {
        free(path);
        return NULL;
    }
    return path;
}

/* ---- pictures ---- */

typedef struct Corners {
    int n;
    double at[MOST_REGIONS][4]; /* left, top, right, bottom in pixels of the picture */
} Corners;

static int larger(const void *a, const void *b)
{
    const Instance *x = a, *y = b;
    double less = y->width * y->height - x->width * x->height;
    return less > 0 ? 1 : less < 0 ? -1 : 0;
}

static double scale_of(int side, int listed)
{
    return listed > 0 ? (double)side / listed : 1;
}

/* The largest boxes but those around crowds; what stands out, where there is none. The list may be of the picture in another size. */
static Corners corners_of(const Reading *r, const InstancePicture *listed, const Picture *file)
{
    Corners c = {0};
    Instance *object = r->instances.object + listed->first;
    qsort(object, (size_t)listed->n, sizeof *object, larger);
    for (int i = 0; i < listed->n && c.n < MOST_REGIONS; i++) {
        const Instance *o = &object[i];
        const double corner[4] = {o->x, o->y, o->x + o->width, o->y + o->height};
        for (int k = 0; k < 4 && !o->crowd; k++) {
            const int side = k % 2 ? file->height : file->width;
            c.at[c.n][k] = fmin(corner[k] * scale_of(side, k % 2 ? listed->height : listed->width),
                                side); /* not a rounding beyond */
        }
        c.n += !o->crowd;
    }
    if (c.n == 0) {
        const Proposals p = propose_regions(file);
        c.n = p.n;
        memcpy(c.at, p.corner, sizeof p.corner);
    }
    return c;
}

/* Regions of a picture as the next item. */
static bool look(Reading *r, const Corners *c, const Picture *file, const char *path, Error *err)
{
    Scenes *s = &r->l->scenes;
    real *own = s->numbers + (size_t)s->set.n * MOST_REGIONS * PER_REGION;
    Item *item = &s->item[s->set.n];
    Region region[MOST_REGIONS];
    *item = (Item){.regions = c->n,
                   .picture = s->set.n,
                   .feat = own,
                   .box = own + MOST_REGIONS * DETECTOR_NUMBERS,
                   .soft = own + MOST_REGIONS * (DETECTOR_NUMBERS + UNITER_BOX)};
    Picture rgb = mm_picture_flatten(file, mm_white);
    bool ok = regions_look(r->d, &rgb, c->at, c->n, path, item, region, err);
    mm_picture_free(&rgb);
    s->set.n += ok;
    return ok;
}

/* The first pictures that are there and have a caption, if captions are read. caption_of: of each that is listed the place of its captions in
 * their set, or -1; becomes the same of each that is taken. NULL: no captions are read. */
static bool take_pictures(Reading *r, int *caption_of, Error *err)
{
    Scenes *s = &r->l->scenes;
    const int n = r->instances.n < r->most ? r->instances.n : r->most;
    s->item = mm_take((size_t)n, sizeof *s->item);
    s->numbers = mm_take((size_t)n * MOST_REGIONS * PER_REGION, sizeof *s->numbers);
    s->set = (ItemSet){s->item, 0, DETECTOR_NUMBERS, DETECTOR_CLASSES};
    Progress bar = mm_progress(n, 0);
    bool ok = true;
    for (int i = 0; i < r->instances.n && s->set.n < n && ok; i++) {
        const InstancePicture *listed = &r->instances.at[i];
        char *path = mm_path(r->folder, "%s/%s", r->split, listed->file);
        Picture file;
        if (!mm_file_exists(path)) {
            r->missing++;
        } else if (caption_of && caption_of[i] < 0) {
            r->untold++;
        } else if ((ok = mm_picture_load(path, &file, err))) {
            const Corners c = corners_of(r, listed, &file);
            if (caption_of) {
                caption_of[s->set.n] = caption_of[i];
            }
            ok = look(r, &c, &file, path, err);
            mm_ids_add(&r->ids, listed->id);
            mm_picture_free(&file);
            mm_progress_show(&bar, s->set.n, "pictures of %s", r->split);
        }
        free(path);
    }
    mm_progress_end(&bar);
    return ok && (s->set.n > 0 ||
                  mm_error(err, "%s/%s: none of the %d pictures that are listed is there", r->folder, r->split, r->instances.n));
}

/* ---- captions ---- */

/* Of each picture that is listed the place of its captions in `set`, or -1. The caller frees. */
static int *find_captions(const Reading *r, const CaptionSet *set)
{
    int *place = mm_take((size_t)r->instances.n, sizeof *place);
    json_t *at = json_object(); /* path: place */
    for (int i = 0; i < set->n; i++) {
        json_object_set_new(at, set->at[i].path, json_integer(i));
    }
    for (int i = 0; i < r->instances.n; i++) {
        char *path = mm_path(r->folder, "%s/%s", r->split, r->instances.at[i].file);
        const json_t *found = json_object_get(at, path);
        place[i] = found ? (int)json_integer_value(found) : -1;
        free(path);
    }
    json_decref(at);
    return place;
}

static bool read_captions(Reading *r, int **place, Error *err)
{
    CaptionSet *set = &r->l->own.captions;
    char *path = annotations(r, "captions_%s.json"), *pictures = mm_join_path(r->folder, r->split);
    bool ok = !path || mm_captions_load(&(CaptionFile){.path = path, .pictures = pictures}, set, err);
    *place = path && ok ? find_captions(r, set) : NULL;
    free(path);
    free(pictures);
    return ok;
}

static void keep_captions(Lessons *l, const int *place)
{
    const CaptionSet *set = &l->own.captions;
    l->first_caption = mm_take((size_t)l->n + 1, sizeof *l->first_caption);
    l->caption = mm_take((size_t)set->captions, sizeof *l->caption);
    for (int i = 0; i < l->n && place; i++) {
        const Captioned *c = &set->at[place[i]];
        for (int k = 0; k < c->captions; k++) {
            l->caption[l->captions++] = set->caption[c->first + k];
        }
        l->first_caption[i + 1] = l->captions;
    }
}

/* ---- questions ---- */

/* Those about pictures that were taken, and that people have answered. */
static bool read_questions(Reading *r, Error *err)
{
    Lessons *l = r->l;
    VqaSet *set = &l->own.questions;
    char *questions = annotations(r, "v2_OpenEnded_mscoco_%s_questions.json"),
         *answers = annotations(r, "v2_mscoco_%s_annotations.json");
    bool ok = !questions || !answers ||
              (mm_vqa_load(questions, answers, set, err) && mm_ids_sort(&r->ids, r->folder, "images", err));
    l->asked = mm_take((size_t)set->n, sizeof *l->asked);
    for (int i = 0; i < set->n && ok; i++) {
        const int picture = mm_ids_find(&r->ids, set->at[i].picture);
        if (picture >= 0 && set->at[i].answers > 0 && set->at[i].best) {
            VqaQuestion *q = &l->asked[l->questions++];
            *q = set->at[i];
            q->picture = picture;
        }
    }
    free(questions);
    free(answers);
    return ok;
}

/* ---- both as examples ---- */

static void make_room(Lessons *l, Skill skill, int n)
{
    Examples *e = &l->of[skill];
    e->item = mm_take((size_t)n, sizeof *e->item);
    e->label = mm_take((size_t)n, sizeof *e->label);
    e->set = (ItemSet){e->item, 0, DETECTOR_NUMBERS, DETECTOR_CLASSES};
}

static bool make_examples(Reading *r, Error *err)
{
    Lessons *l = r->l;
    for (int skill = 0; skill < SKILLS; skill++) {
        make_room(l, (Skill)skill, skill == SKILL_VQA ? l->questions : skill == SKILL_CAPTION ? l->captions : 0);
    }
    l->ids = mm_take((size_t)(l->questions + l->captions) * SCENE_WORDS, sizeof *l->ids);
    int *ids = l->ids;
    bool ok = true;
    for (int i = 0; i < l->questions && ok; i++, ids += SCENE_WORDS) {
        ok = lessons_add(l, SKILL_VQA, (int)l->asked[i].picture, r->w, l->asked[i].text, ids, 0, err);
    }
    for (int i = 0; i < l->n; i++) {
        for (int k = l->first_caption[i]; k < l->first_caption[i + 1] && ok; k++, ids += SCENE_WORDS) {
            ok = lessons_add(l, SKILL_CAPTION, i, r->w, l->caption[k], ids, 0, err);
        }
    }
    return ok;
}

static void tell(const Reading *r)
{
    const InstanceSkips *s = &r->instances.skipped;
    fprintf(stderr, "%s/%s: %d pictures, %d captions, %d questions", r->folder, r->split, r->l->n, r->l->captions,
            r->l->questions);
    if (r->missing + r->untold + s->clipped + s->outside + s->without_box + s->unknown > 0) {
        fprintf(stderr,
                "; left out: %d pictures that are missing, %d without a caption, %d boxes outside their picture, %d annotations "
                "without box, %d of pictures that are not listed; cut at the border: %d boxes",
                r->missing, r->untold, s->outside, s->without_box, s->unknown, s->clipped);
    }
    fprintf(stderr, "\n");
}

bool lessons_read(const char *folder, const char *split, int most, const Detector *d, const Wordpiece *w, Lessons *l, Error *err)
{
    *l = (Lessons){.n = 0};
    Reading r = {.folder = folder, .split = split, .d = d, .w = w, .l = l, .most = most};
    int *place = NULL;
    char *instances = mm_path(folder, "annotations/instances_%s.json", split);
    bool ok = mm_instances_load(instances, &r.instances, err) && read_captions(&r, &place, err) &&
              take_pictures(&r, place, err) && read_questions(&r, err);
    if (ok) {
        l->n = l->scenes.set.n;
        keep_captions(l, place);
        ok = l->captions + l->questions > 0 ? make_examples(&r, err)
                                            : mm_error(err,
                                                       "%s/annotations: there are neither captions nor answered questions about "
                                                       "the pictures of %s",
                                                       folder, split);
    }
    if (ok) {
        tell(&r);
    } else {
        lessons_free(l);
    }
    free(instances);
    free(place);
    mm_ids_free(&r.ids);
    mm_instances_free(&r.instances);
    return ok;
}
