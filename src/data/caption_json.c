/* caption_json.c: captions in COCO's and in Karpathy's JSON, an element at a time. */
#include "data/caption_set.h"
#include "data/json_fields.h"
#include "io/memory.h"

static const size_t JSON_LIMIT = (size_t)1 << 30; /* COCO's largest has 91 MB */

typedef struct Reader {
    CaptionBuilder *b;
    bool karpathy; /* its images have their sentences with them */
} Reader;

/* ---- COCO ---- */

enum { ID = 256 };

/* COCO's ids are whole numbers; texts are taken as well. */
static bool id_of(const JsonElement *e, const char *key, char id[ID], Error *err)
{
    const json_t *j = json_object_get(e->json, key);
    if (json_is_integer(j)) {
        snprintf(id, ID, "%lld", (long long)json_integer_value(j));
    } else if (json_is_string(j) && json_string_length(j) < ID) {
        snprintf(id, ID, "%s", json_string_value(j));
    } else {
        return mm_field_wrong(e, key, j, "a whole number", err);
    }
    return true;
}

static bool take_coco_image(CaptionBuilder *b, const JsonElement *e, Error *err)
{
    char id[ID];
    bool is_new;
    const char *name = mm_field_text(e, "file_name", err);
    if (!name || !id_of(e, "id", id, err)) {
        return false;
    }
    int picture = mm_caption_picture(b, id, &is_new);
    if (!is_new) {
        return mm_error(err, "%s: %s[%zu].id is %s, as that of another", e->path, e->list, e->i, id);
    }
    mm_caption_path(b, picture, 1, &name);
    return true;
}

static bool take_annotation(void *context, const char *list, size_t i, const json_t *element, Error *err)
{
    CaptionBuilder *b = ((Reader *)context)->b;
    const JsonElement e = {b->file->path, list, i, element};
    char id[ID];
    const char *text = mm_field_object(&e, err) ? mm_field_text(&e, "caption", err) : NULL;
    if (!text || !id_of(&e, "image_id", id, err)) {
        return false;
    }
    int picture = mm_caption_find(b, id);
    if (picture < 0) {
        b->set->skipped.unknown++;
    } else {
        mm_caption_add(b, picture, text, strlen(text));
    }
    return true;
}

/* ---- Karpathy ---- */

static bool read_sentences(CaptionBuilder *b, int picture, const JsonElement *image, Error *err)
{
    const json_t *sentences = json_object_get(image->json, "sentences"), *sentence;
    size_t k;
    char list[64];
    if (!json_is_array(sentences)) {
        return mm_field_wrong(image, "sentences", sentences, "an array", err);
    }
    snprintf(list, sizeof list, "images[%zu].sentences", image->i);
    json_array_foreach(sentences, k, sentence)
    {
        const JsonElement e = {image->path, list, k, sentence};
        const char *text = mm_field_object(&e, err) ? mm_field_text(&e, "raw", err) : NULL;
        if (!text) {
            return false;
        }
        mm_caption_add(b, picture, text, strlen(text));
    }
    return true;
}

/* The text of a key, "" if the key is not there. */
static const char *optional_text(const JsonElement *e, const char *key, Error *err)
{
    return json_object_get(e->json, key) ? mm_field_text(e, key, err) : "";
}

static bool take_karpathy_image(CaptionBuilder *b, const JsonElement *e, Error *err)
{
    const char *name = mm_field_text(e, "filename", err);
    const char *folder = name ? optional_text(e, "filepath", err) : NULL;
    const char *split = folder ? optional_text(e, "split", err) : NULL;
    if (!split) {
        return false;
    }
    bool is_new;
    char *path = mm_join_path(folder, name); /* val2014/COCO_val2014_…jpg, or the name alone */
    int picture = mm_caption_picture(b, path, &is_new);
    mm_caption_path(b, picture, 2, (const char *[]){path, name});
    mm_caption_split(b, picture, split);
    free(path);
    if (!is_new) {
        return mm_error(err, "%s: %s[%zu].filename is %s, as that of another", e->path, e->list, e->i, name);
    }
    return read_sentences(b, picture, e, err);
}

/* ---- either ---- */

static bool take_image(void *context, const char *list, size_t i, const json_t *element, Error *err)
{
    Reader *r = context;
    const JsonElement e = {r->b->file->path, list, i, element};
    if (i == 0) {
        r->karpathy = json_object_get(element, "filename") || json_object_get(element, "sentences");
    }
    return mm_field_object(&e, err) && (r->karpathy ? take_karpathy_image(r->b, &e, err) : take_coco_image(r->b, &e, err));
}

/* Two readings, since the annotations may stand before the images that they are of. */
bool mm_caption_read_json(CaptionBuilder *b, Error *err)
{
    Reader r = {.b = b};
    const char *path = b->file->path, *const images[] = {"images", NULL}, *const annotations[] = {"annotations", NULL};
    return mm_json_each(path, JSON_LIMIT, images, take_image, &r, err) &&
           (r.karpathy || mm_json_each(path, JSON_LIMIT, annotations, take_annotation, &r, err));
}
