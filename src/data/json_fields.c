/* json_fields.c: fields of elements of lists in JSON, checked, and their ids. */
#include "data/json_fields.h"
#include "io/memory.h"

#include <inttypes.h>
#include <limits.h>

bool mm_field_wrong(const JsonElement *e, const char *key, const json_t *json, const char *wanted, Error *err)
{
    return mm_error(err, "%s: %s[%zu]%s%s is %s; it must be %s", e->path, e->list, e->i, key ? "." : "", key ? key : "",
                    mm_json_kind(json), wanted);
}

bool mm_field_object(const JsonElement *e, Error *err)
{
    return json_is_object(e->json) || mm_field_wrong(e, NULL, e->json, "an object", err);
}

const char *mm_field_text(const JsonElement *e, const char *key, Error *err)
{
    const json_t *j = json_object_get(e->json, key);
    if (!json_is_string(j)) {
        mm_field_wrong(e, key, j, "a text", err);
    }
    return json_string_value(j);
}

bool mm_field_id(const JsonElement *e, const char *key, int64_t *id, Error *err)
{
    const json_t *j = json_object_get(e->json, key);
    *id = json_integer_value(j);
    return (json_is_integer(j) && *id >= 0) || mm_field_wrong(e, key, j, "a whole number from 0", err);
}

/* ---- ids ---- */

typedef struct IdEntry {
    int64_t id;
    int at;
} IdEntry;

void mm_ids_add(IdIndex *x, int64_t id)
{
    if ((x->n & (x->n - 1)) == 0) { /* 0 or a power of two: the array is full */
        if (x->n > INT_MAX / 2) {
            mm_fail((FailHandler){0}, "more than %d elements in a list", x->n);
        }
        x->entry = mm_take_again(x->entry, (x->n ? 2 * (size_t)x->n : 1) * sizeof *x->entry);
    }
    x->entry[x->n] = (IdEntry){id, x->n};
    x->n++;
}

static int by_id(const void *a, const void *b)
{
    const IdEntry *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

bool mm_ids_sort(IdIndex *x, const char *path, const char *list, Error *err)
{
    if (x->n > 1) {
        qsort(x->entry, (size_t)x->n, sizeof *x->entry, by_id);
    }
    for (int i = 1; i < x->n; i++) {
        const IdEntry *a = x->entry + i - 1, *b = x->entry + i;
        if (a->id == b->id) {
            return mm_error(err, "%s: %s[%d] and %s[%d] have the same id, %" PRId64, path, list, a->at < b->at ? a->at : b->at,
                            list, a->at < b->at ? b->at : a->at, a->id);
        }
    }
    return true;
}

int mm_ids_find(const IdIndex *x, int64_t id)
{
    const IdEntry *found = x->n ? bsearch(&(IdEntry){.id = id}, x->entry, (size_t)x->n, sizeof *x->entry, by_id) : NULL;
    return found ? found->at : -1;
}

void mm_ids_free(IdIndex *x)
{
    free(x->entry);
    *x = (IdIndex){0};
}
