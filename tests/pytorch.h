/* pytorch.h: pictures and texts of tests/golden, and what PyTorch made of them with small random models: shared by the tests of official
 * folders. */
#ifndef TESTS_PYTORCH_H
#define TESTS_PYTORCH_H

#include "io/scratch.h"
#include "mm/data.h"

#include <jansson.h>
#include <math.h>

enum { MOST = 8 };

typedef struct Inputs {
    json_t *golden;
    Picture picture[MOST];
    const char *text[MOST];
    int pictures, texts;
} Inputs;

static Inputs inputs(const char *golden)
{
    Error err;
    Inputs in = {.golden = mm_json_read(golden, 1 << 20, &err)};
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(in.golden, "pictures"), i, name)
    {
        char path[256];
        snprintf(path, sizeof path, "tests/golden/pictures/%s", json_string_value(name));
        assert_true(mm_picture_load(path, &in.picture[in.pictures++], &err));
    }
    json_array_foreach(json_object_get(in.golden, "texts"), i, name) in.text[in.texts++] = json_string_value(name);
    return in;
}

static void inputs_free(Inputs *in)
{
    for (int i = 0; i < in->pictures; i++) {
        mm_picture_free(&in->picture[i]);
    }
    json_decref(in->golden);
}

/* Within 1e-5 of the largest of them; in double 1e-11. */
static void compare(const char *what, const json_t *want, const real *x, int n)
{
    double largest = 0, worst = 0;
    assert_int_equal(json_array_size(want), n);
    for (int i = 0; i < n; i++) {
        double w = json_number_value(json_array_get(want, (size_t)i));
        assert_true(isfinite(x[i]));
        largest = fmax(largest, fabs(w));
        worst = fmax(worst, fabs((double)x[i] - w));
    }
    print_message("%s: off by %.1e of %.3g\n", what, worst, largest);
    if (worst > (sizeof(real) == 4 ? 1e-5 : 1e-11) * largest) {
        fail_msg("%s is off by %g", what, worst);
    }
}

#endif
