/* regions_table.c: each line of a table of region features that is taken is whole. */
#include "regions.h"

static bool take(void *context, const char *image_id, const Regions *r, Error *err)
{
    (void)context;
    (void)err;
    MUST(strlen(image_id) < 1 << 20);
    check_regions(r);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    MUST(mm_regions_table(fuzz_file(data, n), take, NULL, &err) || err.text[0]);
    return 0;
}
