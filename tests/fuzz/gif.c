/* gif.c: an animation that loads has all its pictures, and the first is what a single picture gives. */
#include "fuzz.h"
#include "mm/data.h"

/* A canvas up to the limit is allowed, and slow. */
static bool small(const uint8_t *data, size_t n)
{
    return n >= 10 && (int64_t)(data[6] | data[7] << 8) * (data[8] | data[9] << 8) <= 1 << 14;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!small(data, n) || memcmp(data, "GIF8", 4) != 0) {
        return -1;
    }
    Error err = {""};
    Animation a;
    Picture p;
    bool moves = mm_animation_load(fuzz_file(data, n), &a, &err);
    MUST(moves || err.text[0]);
    bool still = mm_picture_load(fuzz_file(data, n), &p, &err);
    MUST(still || !moves);
    if (moves) {
        Picture first = mm_animation_picture(&a, 0), last = mm_animation_picture(&a, a.n - 1);
        MUST(first.width == p.width && first.height == p.height && a.milliseconds[a.n - 1] >= 0);
        size_t bytes = (size_t)p.width * (size_t)p.height * 4;
        MUST(memcmp(first.pixels, p.pixels, bytes) == 0);
        MUST(memcmp(last.pixels, last.pixels + bytes - 1, 1) < 256); /* it is all there */
        mm_animation_free(&a);
    }
    if (still) {
        mm_picture_free(&p);
    }
    return 0;
}
