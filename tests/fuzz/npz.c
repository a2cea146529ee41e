/* npz.c: region features that load are all there. */
#include "regions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    Regions r;
    if (mm_regions_load(fuzz_file(data, n), &r, &err)) {
        check_regions(&r);
        mm_regions_free(&r);
    } else {
        MUST(err.text[0]);
    }
    return 0;
}
