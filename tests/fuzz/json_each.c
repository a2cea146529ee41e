/* json_each.c: what mm_json_each accepts and gives, jansson would give of the whole file. */
#include "fuzz.h"
#include "mm/io.h"

#include <jansson.h>

typedef struct Seen {
    const json_t *whole;
    size_t n;
} Seen;

static bool take(void *context, const char *list, size_t i, const json_t *element, Error *err)
{
    Seen *seen = context;
    (void)err;
    MUST(element && strcmp(list, "a") == 0 && i == seen->n);
    seen->n++;
    return !seen->whole || json_equal(json_array_get(json_object_get(seen->whole, list), i), element);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    size_t mark = n >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    Seen seen = {json_loadb((const char *)data + mark, n - mark, JSON_REJECT_DUPLICATES, NULL), 0};
    bool ok = mm_json_each(fuzz_file(data, n), 1 << 20, (const char *const[]){"a", NULL}, take, &seen, &err);
    MUST(ok || err.text[0]);
    /* All that is JSON is accepted. But "\u0061" is no name here, and a NUL behind a value, which jansson skips, is an error. */
    bool plain = !memchr(data, '\\', n) && !memchr(data, 0, n);
    if (plain && seen.whole && json_is_array(json_object_get(seen.whole, "a"))) {
        MUST(ok && seen.n == json_array_size(json_object_get(seen.whole, "a")));
    }
    json_decref((json_t *)seen.whole);
    return 0;
}
