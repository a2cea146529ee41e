/* preprocess.c: pictures of every kind become the bytes that CLIP reads just as in Python: Pillow's numbers, both orders, from
 * tests/golden/make_pictures.py. */
#include "../io/scratch.h"
#include "mm/data.h"

#include <jansson.h>

/* The sum of all bytes, and the sum of each times its place mod 251. */
static void check_sums(const char *name, const char *order, const char *side, const Picture *p, const json_t *wanted)
{
    json_int_t sum = 0, weighted = 0;
    for (int i = 0; i < p->width * p->height * 3; i++) {
        sum += p->pixels[i];
        weighted += i % 251 * p->pixels[i];
    }
    json_int_t want[2] = {json_integer_value(json_array_get(wanted, 0)), json_integer_value(json_array_get(wanted, 1))};
    if (p->channels != 3 || sum != want[0] || weighted != want[1]) {
        fail_msg("%s, RGB %s, %s pixels: %lld and %lld, Pillow has %lld and %lld", name, order, side, (long long)sum,
                 (long long)weighted, (long long)want[0], (long long)want[1]);
    }
}

static void as_pillow(void **state)
{
    (void)state;
    Error err;
    json_t *all = mm_json_read("tests/golden/pictures.json", 1 << 20, &err), *orders, *sides, *wanted;
    assert_non_null(all);
    const char *name, *order, *side;
    int checked = 0;
    json_object_foreach(all, name, orders)
    {
        char path[256];
        Picture p;
        snprintf(path, sizeof path, "tests/golden/pictures/%s", name);
        if (!mm_picture_load(path, &p, &err)) {
            fail_msg("%s", err.text);
        }
        json_object_foreach(orders, order, sides) json_object_foreach(sides, side, wanted)
        {
            Picture q = (strcmp(order, "last") == 0 ? mm_picture_rgb_last : mm_picture_rgb_first)(&p, atoi(side));
            check_sums(name, order, side, &q, wanted);
            mm_picture_free(&q);
            checked++;
        }
        mm_picture_free(&p);
    }
    json_decref(all);
    assert_int_equal(checked, 16 * 2 * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_pillow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
