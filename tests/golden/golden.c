/* golden.c: see golden.h. */
#include "golden.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

json_t *golden_open(const char *file, const char *name)
{
    char path[256];
    json_error_t e;
    snprintf(path, sizeof path, "tests/golden/%s", file);
    json_t *all = json_load_file(path, 0, &e);
    if (!all) {
        fail_msg("%s:%d: %s", path, e.line, e.text);
    }
    json_t *golden = json_incref(json_object_get(all, name));
    if (!golden) {
        fail_msg("%s has no \"%s\"", path, name);
    }
    json_decref(all);
    return golden;
}

void golden_compare(const json_t *golden, const char *key, const real *x, size_t n)
{
    const bool in_double = sizeof(real) == sizeof(double);
    const double of_own = in_double ? 1e-9 : 1e-4, of_largest = in_double ? 1e-12 : 1e-6;
    const json_t *array = json_object_get(golden, key);
    if (json_array_size(array) != n) {
        fail_msg("%s: %zu numbers, the golden has %zu", key, n, json_array_size(array));
    }
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(json_number_value(json_array_get(array, i))));
    }
    for (size_t i = 0; i < n; i++) {
        double wanted = json_number_value(json_array_get(array, i)), off = fabs((double)x[i] - wanted);
        if (!(off <= of_own * fabs(wanted) || off <= of_largest * largest)) {
            fail_msg("%s, number %zu of %zu: %.17g instead of %.17g", key, i, n, (double)x[i], wanted);
        }
    }
}

void golden_number(const char *what, double got, double wanted, double relative_tolerance)
{
    if (!(fabs(got - wanted) <= relative_tolerance * fabs(wanted))) {
        fail_msg("%s: %.17g instead of %.17g", what, got, wanted);
    }
}
