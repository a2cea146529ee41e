/* safetensors.c: whatever opens has tensors that lie inside the file, and they can be read. */
#include "fuzz.h"
#include "mm/io.h"

static void read_all(const SafeFile *f, size_t file_bytes)
{
    for (int i = 0; i < mm_safe_count(f); i++) {
        const SafeTensor *t = mm_safe_at(f, i);
        Error err = {""};
        MUST(t->offset <= file_bytes && t->bytes <= file_bytes - t->offset);
        MUST(t->n == mm_numel(t->shape));
        MUST(mm_safe_find(f, t->name) == t);
        real *numbers = malloc(t->n * sizeof *numbers + 1); /* at most 8 numbers a byte: F4 */
        int64_t *ids = malloc(t->n * sizeof *ids + 1);
        uint8_t *bytes = malloc(t->bytes + 1);
        MUST(numbers && ids && bytes);
        MUST(mm_safe_read(f, t, numbers, &err) || strstr(err.text, "cannot be read"));
        MUST(mm_safe_read_i64(f, t, ids, &err) || strstr(err.text, "cannot be read"));
        MUST(mm_safe_read_u8(f, t, bytes, &err) || strstr(err.text, "cannot be read"));
        free(numbers);
        free(ids);
        free(bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    SafeFile *f = mm_safe_open(fuzz_file(data, n), &err);
    MUST(f || err.text[0]);
    if (f) {
        mm_safe_metadata(f, "format");
        read_all(f, n);
        mm_safe_close(f);
    }
    return 0;
}
