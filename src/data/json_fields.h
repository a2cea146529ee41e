/* json_fields.h: fields of the elements of a list in a JSON file, checked; errors say "instances.json: annotations[3].bbox is a text; it must
 * be …" (json_fields.c). Private to src/data. */
#ifndef MM_JSON_FIELDS_H
#define MM_JSON_FIELDS_H

#include "mm/io.h"

#include <jansson.h>

/* An element, and where it is. */
typedef struct JsonElement {
    const char *path, *list;
    size_t i;
    const json_t *json;
} JsonElement;

bool mm_field_wrong(const JsonElement *e, const char *key, const json_t *json, const char *wanted, Error *err); /* false */
bool mm_field_object(const JsonElement *e, Error *err);                       /* the element itself must be one */
const char *mm_field_text(const JsonElement *e, const char *key, Error *err); /* NULL: it is none; lives as long as the element */
bool mm_field_id(const JsonElement *e, const char *key, int64_t *id, Error *err); /* a whole number, from 0 */

/* Numbers of elements by their ids: added in any order, then sorted. */
typedef struct IdIndex {
    struct IdEntry *entry;
    int n;
} IdIndex;

void mm_ids_add(IdIndex *x, int64_t id);                                      /* the n-th id added is of element n */
bool mm_ids_sort(IdIndex *x, const char *path, const char *list, Error *err); /* false: two are the same */
int mm_ids_find(const IdIndex *x, int64_t id);                                /* the element; -1: there is none */
void mm_ids_free(IdIndex *x);

#endif
