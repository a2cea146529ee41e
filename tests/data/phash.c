/* phash.c: perceptual hashes against Pillow and NumPy (tests/golden/make_phash.py), and the index against a look at every hash. */
#include "../io/scratch.h"
#include "mm/web.h"

#include <jansson.h>

static void as_pillow(void **state)
{
    (void)state;
    Error err;
    json_t *all = mm_json_read("tests/golden/phash.json", 1 << 20, &err), *wanted;
    const char *name;
    assert_true(json_object_size(all) >= 10);
    json_object_foreach(all, name, wanted)
    {
        char path[256], hash[17];
        Picture p;
        snprintf(path, sizeof path, "tests/golden/pictures/%s", name);
        assert_true(mm_picture_load(path, &p, &err));
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)mm_picture_hash(&p));
        if (strcmp(hash, json_string_value(wanted)) != 0) {
            fail_msg("%s: %s, not %s", name, hash, json_string_value(wanted));
        }
        mm_picture_free(&p);
    }
    json_decref(all);
}

static Picture clip_art(int row)
{
    static Sheet sheet;
    Error err;
    if (!sheet.n) {
        assert_true(mm_sheet_load("datasets/emoji/noto_48.png", &sheet, &err));
    }
    return mm_sheet_picture(&sheet, row);
}

/* What copies suffer: another size, less contrast. What is another picture: the next one. */
static void near_and_far(void **state)
{
    (void)state;
    int far = 0, near = 0;
    for (int i = 0; i < 100; i++) {
        Picture p = clip_art(i), next = clip_art(i + 700), large = mm_picture_resize(&p, 130, 130, MM_BICUBIC);
        for (int k = 0; k < 4 * large.width * large.height; k++) {
            large.pixels[k] = k % 4 == 3 ? large.pixels[k] : (unsigned char)(20 + large.pixels[k] * 9 / 10);
        }
        int to_copy = mm_hash_distance(mm_picture_hash(&p), mm_picture_hash(&large));
        int to_next = mm_hash_distance(mm_picture_hash(&p), mm_picture_hash(&next));
        near += to_copy <= 6;
        far += to_next > 6;
        mm_picture_free(&large);
    }
    if (near < 90 || far < 98) {
        fail_msg("of 100 pictures, %d are near their copies and %d far from others", near, far);
    }
}

/* A picture of one colour has one frequency, and no bit hangs on rounding. */
static void nothing_to_see(void **state)
{
    (void)state;
    for (int grey = 1; grey < 256; grey += 27) {
        Picture p = mm_picture_new(7, 9, 3);
        memset(p.pixels, grey, 7 * 9 * 3);
        assert_true(mm_picture_hash(&p) == (uint64_t)1 << 63);
        mm_picture_free(&p);
    }
    assert_int_equal(mm_hash_distance(0, ~(uint64_t)0), 64);
    assert_int_equal(mm_hash_distance(5, 6), 2);
}

static int first_within(const uint64_t *hash, int n, uint64_t wanted, int distance)
{
    for (int i = 0; i < n; i++) {
        if (mm_hash_distance(hash[i], wanted) <= distance) {
            return i;
        }
    }
    return -1;
}

static uint64_t flip(Rng *r, uint64_t hash, int bits)
{
    uint64_t flipped = hash;
    while (mm_hash_distance(hash, flipped) < bits) {
        flipped ^= (uint64_t)1 << mm_below(r, 64);
    }
    return flipped;
}

static void finds_what_comparing_finds(void **state)
{
    (void)state;
    enum { N = 3000 };
    static uint64_t hash[N];
    Rng r = mm_rng(1, "hashes");
    for (int distance = 0; distance <= MM_HASH_DISTANCE; distance++) {
        HashIndex *x = mm_hash_index_new(distance);
        int found = 0;
        for (int i = 0; i < N; i++) {
            /* some are new, some near one that is there: as far as allowed, or one bit further */
            hash[i] = i % 3 == 0 ? mm_rng_next(&r) : flip(&r, hash[mm_below(&r, i)], distance + (i % 3 == 1));
            int wanted = first_within(hash, i, hash[i], distance);
            assert_int_equal(mm_hash_index_find(x, hash[i]), wanted);
            found += wanted >= 0;
            mm_hash_index_add(x, hash[i]);
        }
        assert_true(found >= N / 3);
        mm_hash_index_free(x);
    }
}

/* The worst case of the pigeonholes: as many differences in each part as there may be. */
static void differences_in_every_part(void **state)
{
    (void)state;
    static const struct {
        int distance;
        uint64_t mask;
    } cases[] = {{3, 0x0001000100010000},
                 {4, 0x0001000100010001},
                 {7, 0x0003000300030001},
                 {11, 0x0007000700070003},
                 {15, 0x000f000f000f0007}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int turn = 0; turn < 4; turn++) {
            uint64_t m = cases[i].mask, mask = turn ? m << 16 * turn | m >> (64 - 16 * turn) : m;
            HashIndex *x = mm_hash_index_new(cases[i].distance), *less = mm_hash_index_new(cases[i].distance - 1);
            mm_hash_index_add(x, 0x123456789abcdef0);
            mm_hash_index_add(less, 0x123456789abcdef0);
            assert_int_equal(mm_hash_distance(mask, 0), cases[i].distance);
            assert_int_equal(mm_hash_index_find(x, 0x123456789abcdef0 ^ mask), 0);
            assert_int_equal(mm_hash_index_find(less, 0x123456789abcdef0 ^ mask), -1);
            mm_hash_index_free(x);
            mm_hash_index_free(less);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_pillow),
        cmocka_unit_test(near_and_far),
        cmocka_unit_test(nothing_to_see),
        cmocka_unit_test(finds_what_comparing_finds),
        cmocka_unit_test(differences_in_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
