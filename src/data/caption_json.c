/* caption_json.c: captions in COCO's and in Karpathy's JSON. */
#include "data/caption_set.h"
#include "io/memory.h"

#include <jansson.h>
#include <stdio.h>

static const size_t JSON_LIMIT = (size_t)1 << 30; /* COCO's largest has 91 MB */

static bool wrong(const CaptionBuilder *b, const char *list, size_t i, const char *key, const json_t *j, const char *wanted,
                  Error *err)
{
    return mm_error(err, "%s: %s[%zu]%s%s is %s; it must be %s", b->file->path, list, i, key ? "." : "", key ? key : "",
                    mm_json_kind(j), wanted);
}

/* The text of a key. NULL and an error if it is none; with optional, "" if the key is not there. */
static const char *text_of(const CaptionBuilder *b, const char *list, size_t i, const json_t *object, const char *key,
                           bool optional, Error *err)
{
    const json_t *j = json_object_get(object, key);
    if (json_is_string(j)) {
        return json_string_value(j);
    }
    if (optional && !j) {
        return "";
    }
    wrong(b, list, i, key, j, "a text", err);
    return NULL;
}

/* COCO's ids are whole numbers; texts are taken as well. */
static bool id_of(const CaptionBuilder *b, const char *list, size_t i, const json_t *object, const char *key, char *id,
                  size_t room, Error *err)
{
    const json_t *j = json_object_get(object, key);
    if (json_is_integer(j)) {
        snprintf(id, room, "%lld", (long long)json_integer_value(j));
    } else if (json_is_string(j) && json_string_length(j) < room) {
        snprintf(id, room, "%s", json_string_value(j));
    } else {
        return wrong(b, list, i, key, j, "a whole number", err);
    }
    return true;
}

/* ---- COCO ---- */

enum { ID = 256 };

static bool read_coco_images(CaptionBuilder *b, const json_t *images, Error *err)
{
    size_t i;
    const json_t *image;
    char id[ID];
    json_array_foreach(images, i, image)
    {
        bool is_new;
        const char *name = json_is_object(image) ? text_of(b, "images", i, image, "file_name", false, err) : NULL;
        if (!json_is_object(image)) {
            return wrong(b, "images", i, NULL, image, "an object", err);
        }
        if (!name || !id_of(b, "images", i, image, "id", id, sizeof id, err)) {
            return false;
        }
        int picture = mm_caption_picture(b, id, &is_new);
        if (!is_new) {
            return mm_error(err, "%s: images[%zu].id is %s, as that of another", b->file->path, i, id);
        }
        mm_caption_path(b, picture, 1, &name);
    }
    return true;
}

static bool read_coco(CaptionBuilder *b, const json_t *images, const json_t *annotations, Error *err)
{
    size_t i;
    const json_t *a;
    char id[ID];
    if (!read_coco_images(b, images, err)) {
        return false;
    }
    json_array_foreach(annotations, i, a)
    {
        if (!json_is_object(a)) {
            return wrong(b, "annotations", i, NULL, a, "an object", err);
        }
        const char *text = text_of(b, "annotations", i, a, "caption", false, err);
        if (!text || !id_of(b, "annotations", i, a, "image_id", id, sizeof id, err)) {
            return false;
        }
        int picture = mm_caption_find(b, id);
        if (picture < 0) {
            b->set->skipped.unknown++;
        } else {
            mm_caption_add(b, picture, text, strlen(text));
        }
    }
    return true;
}

/* ---- Karpathy ---- */

static bool read_sentences(CaptionBuilder *b, int picture, size_t i, const json_t *image, Error *err)
{
    const json_t *sentences = json_object_get(image, "sentences"), *sentence;
    size_t k;
    char list[64];
    if (!json_is_array(sentences)) {
        return wrong(b, "images", i, "sentences", sentences, "an array", err);
    }
    snprintf(list, sizeof list, "images[%zu].sentences", i);
    json_array_foreach(sentences, k, sentence)
    {
        if (!json_is_object(sentence)) {
            return wrong(b, list, k, NULL, sentence, "an object", err);
        }
        const char *text = text_of(b, list, k, sentence, "raw", false, err);
        if (!text) {
            return false;
        }
        mm_caption_add(b, picture, text, strlen(text));
    }
    return true;
}

static bool read_karpathy(CaptionBuilder *b, const json_t *images, Error *err)
{
    size_t i;
    const json_t *image;
    json_array_foreach(images, i, image)
    {
        if (!json_is_object(image)) {
            return wrong(b, "images", i, NULL, image, "an object", err);
        }
        const char *name = text_of(b, "images", i, image, "filename", false, err);
        const char *folder = name ? text_of(b, "images", i, image, "filepath", true, err) : NULL;
        const char *split = folder ? text_of(b, "images", i, image, "split", true, err) : NULL;
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
            return mm_error(err, "%s: images[%zu].filename is %s, as that of another", b->file->path, i, name);
        }
        if (!read_sentences(b, picture, i, image, err)) {
            return false;
        }
    }
    return true;
}

bool mm_caption_read_json(CaptionBuilder *b, Error *err)
{
    json_t *root = mm_json_read(b->file->path, JSON_LIMIT, err);
    const json_t *images = json_object_get(root, "images"), *annotations = json_object_get(root, "annotations");
    bool ok = root != NULL;
    if (ok && !json_is_array(images)) {
        ok = mm_error(err, "%s: \"images\" is %s; it must be an array, of COCO's images or Karpathy's", b->file->path,
                      mm_json_kind(images));
    }
    if (ok && annotations && !json_is_array(annotations)) {
        ok = mm_error(err, "%s: \"annotations\" is %s; it must be an array", b->file->path, mm_json_kind(annotations));
    }
    ok = ok && (annotations ? read_coco(b, images, annotations, err) : read_karpathy(b, images, err));
    json_decref(root);
    return ok;
}
