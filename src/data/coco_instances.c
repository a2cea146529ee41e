/* coco_instances.c: COCO's instances: which things are where in a picture. */
#include "data/json_fields.h"
#include "io/memory.h"
#include "io/texts.h"
#include "mm/annotations.h"

#include <math.h>

static const size_t JSON_LIMIT = (size_t)1 << 30; /* instances_train2017.json has 470 MB */

typedef struct Reader {
    const char *path;
    InstanceSet *set;
    IdIndex pictures, categories;
} Reader;

/* Room for one more element of an array of n. */
static void *room_for_one(void *array, int n, size_t size)
{
    return (n & (n - 1)) == 0 ? mm_take_again(array, (n ? 2 * (size_t)n : 1) * size) : array;
}

static const char *keep(Reader *r, const char *text)
{
    return mm_texts_keep(&r->set->texts, text, strlen(text));
}

static bool take_image(Reader *r, const JsonElement *e, Error *err)
{
    InstancePicture p = {0};
    bool ok = true;
    const char *file = mm_field_text(e, "file_name", err);
    if (!file || !mm_field_id(e, "id", &p.id, err)) {
        return false;
    }
    char where[64];
    snprintf(where, sizeof where, "images[%zu]", e->i);
    char *place = mm_path(r->path, "%s", where); /* PATH/images[3], for messages */
    p.width = mm_json_int(e->json, "width", 0, MM_PICTURE_SIDE, &ok, place, err);
    p.height = mm_json_int(e->json, "height", 0, MM_PICTURE_SIDE, &ok, place, err);
    free(place);
    if (!ok) {
        return false;
    }
    p.file = keep(r, file);
    mm_ids_add(&r->pictures, p.id);
    r->set->at = room_for_one(r->set->at, r->set->n, sizeof *r->set->at);
    r->set->at[r->set->n++] = p;
    return true;
}

static bool take_category(Reader *r, const JsonElement *e, Error *err)
{
    InstanceCategory c;
    const char *name = mm_field_text(e, "name", err);
    if (!name || !mm_field_id(e, "id", &c.id, err)) {
        return false;
    }
    const json_t *kind = json_object_get(e->json, "supercategory");
    if (kind && !json_is_string(kind)) {
        return mm_field_wrong(e, "supercategory", kind, "a text", err);
    }
    c.name = keep(r, name);
    c.kind = keep(r, kind ? json_string_value(kind) : "");
    mm_ids_add(&r->categories, c.id);
    r->set->category = room_for_one(r->set->category, r->set->categories, sizeof *r->set->category);
    r->set->category[r->set->categories++] = c;
    return true;
}

static bool take_listed(void *context, const char *list, size_t i, const json_t *element, Error *err)
{
    Reader *r = context;
    JsonElement e = {r->path, list, i, element};
    return mm_field_object(&e, err) && (strcmp(list, "images") == 0 ? take_image(r, &e, err) : take_category(r, &e, err));
}

/* ---- boxes ---- */

static bool read_box(const JsonElement *e, const json_t *bbox, double box[4], Error *err)
{
    for (size_t k = 0; k < 4; k++) {
        const json_t *x = json_array_get(bbox, k);
        box[k] = json_number_value(x);
        if (!json_is_array(bbox) || json_array_size(bbox) != 4 || !json_is_number(x)) {
            return mm_field_wrong(e, "bbox", bbox, "an array of four numbers: x, y, width, height", err);
        }
    }
    return true;
}

/* Cuts what is outside; counts it, from a pixel on: COCO's own boxes reach up to that far over the border. */
static bool clip(InstanceSkips *skipped, const InstancePicture *p, double box[4], Instance *o)
{
    o->x = fmax(0, box[0]);
    o->y = fmax(0, box[1]);
    o->width = fmin(p->width, box[0] + box[2]) - o->x;
    o->height = fmin(p->height, box[1] + box[3]) - o->y;
    if (!(o->width > 0 && o->height > 0)) {
        skipped->outside++;
        return false;
    }
    skipped->clipped += box[2] - o->width > 1 || box[3] - o->height > 1;
    return true;
}

static bool take_annotation(void *context, const char *list, size_t i, const json_t *element, Error *err)
{
    Reader *r = context;
    InstanceSkips *skipped = &r->set->skipped;
    JsonElement e = {r->path, list, i, element};
    int64_t picture, category;
    double box[4];
    if (!mm_field_object(&e, err) || !mm_field_id(&e, "image_id", &picture, err) ||
        !mm_field_id(&e, "category_id", &category, err)) {
        return false;
    }
    Instance o = {.picture = mm_ids_find(&r->pictures, picture), .category = mm_ids_find(&r->categories, category)};
    const json_t *bbox = json_object_get(element, "bbox"), *crowd = json_object_get(element, "iscrowd");
    o.crowd = json_integer_value(crowd) == 1;
    if (o.category < 0) {
        return mm_error(err, "%s: %s[%zu].category_id is %lld, which no category has", r->path, list, i, (long long)category);
    }
    if (crowd && !json_is_integer(crowd)) {
        return mm_field_wrong(&e, "iscrowd", crowd, "0 or 1", err);
    }
    if (!bbox || json_is_null(bbox) || (json_is_array(bbox) && json_array_size(bbox) == 0)) {
        skipped->without_box++;
        return true;
    }
    if (!read_box(&e, bbox, box, err)) {
        return false;
    }
    if (o.picture < 0) {
        skipped->unknown++;
    } else if (clip(skipped, r->set->at + o.picture, box, &o)) {
        r->set->object = room_for_one(r->set->object, r->set->objects, sizeof *r->set->object);
        r->set->object[r->set->objects++] = o;
        r->set->at[o.picture].n++;
    }
    return true;
}

/* From the order of the file to picture after picture, in each in the order of the file. */
static void collect(InstanceSet *set)
{
    Instance *sorted = mm_take((size_t)set->objects, sizeof *sorted);
    for (int i = 0, first = 0; i < set->n; i++) {
        set->at[i].first = first;
        first += set->at[i].n;
        set->at[i].n = 0;
    }
    for (int k = 0; k < set->objects; k++) {
        InstancePicture *p = set->at + set->object[k].picture;
        sorted[p->first + p->n++] = set->object[k];
    }
    free(set->object);
    set->object = sorted;
}

bool mm_instances_load(const char *path, InstanceSet *set, Error *err)
{
    *set = (InstanceSet){0};
    Reader r = {path, set};
    bool ok = mm_json_each(path, JSON_LIMIT, (const char *const[]){"images", "categories", NULL}, take_listed, &r, err) &&
              mm_ids_sort(&r.pictures, path, "images", err) && mm_ids_sort(&r.categories, path, "categories", err) &&
              mm_json_each(path, JSON_LIMIT, (const char *const[]){"annotations", NULL}, take_annotation, &r, err);
    if (ok) {
        collect(set);
    } else {
        mm_instances_free(set);
    }
    mm_ids_free(&r.pictures);
    mm_ids_free(&r.categories);
    return ok;
}

void mm_instances_free(InstanceSet *set)
{
    free(set->at);
    free(set->object);
    free(set->category);
    mm_texts_free(&set->texts);
    *set = (InstanceSet){0};
}
