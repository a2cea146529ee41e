/* picture.c: PNG, JPEG and BMP. A picture that loads has the size that it claims and survives CLIP's preprocessing. */
#include "fuzz.h"
#include "mm/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {""};
    Picture p;
    if (!mm_picture_load(fuzz_file(data, n), &p, &err)) {
        MUST(err.text[0]);
        return 0;
    }
    MUST(p.width >= 1 && p.height >= 1 && p.channels == 4);
    unsigned sum = 0;
    for (size_t i = 0; i < (size_t)p.width * (size_t)p.height * 4; i++) {
        sum += p.pixels[i];
    }
    Picture small = mm_picture_clip(&p, 8);
    MUST(small.width == 8 && small.height == 8 && sum <= UINT32_MAX);
    mm_picture_free(&small);
    mm_picture_free(&p);
    return 0;
}
