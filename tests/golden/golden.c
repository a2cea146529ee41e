/* golden.c: see golden.h. */
#include "golden.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const bool in_double = sizeof(real) == sizeof(double);

static void print_row(const char *name, double wanted, double got)
{
    double error = got == wanted ? 0 : fabs(got - wanted) / fabs(wanted);
    printf("| %-48s | %s | %20.15g | %20.15g | %7.1e |\n", name, in_double ? "double" : "float ", wanted, got, error);
}

Golden golden_open(const char *file, const char *name)
{
    char path[256];
    json_error_t e;
    snprintf(path, sizeof path, "tests/golden/%s", file);
    json_t *all = json_load_file(path, 0, &e);
    if (!all) {
        fail_msg("%s:%d: %s", path, e.line, e.text);
    }
    Golden golden = {name, json_incref(json_object_get(all, name))};
    if (!golden.arrays) {
        fail_msg("%s has no \"%s\"", path, name);
    }
    json_decref(all);
    return golden;
}

void golden_close(Golden golden)
{
    json_decref(golden.arrays);
}

typedef struct Worst {
    size_t place;
    double wanted, part; /* off by which part of what is allowed */
} Worst;

static Worst worst_of(Golden golden, const char *key, const real *x, size_t n)
{
    const double of_own = in_double ? 1e-9 : 1e-4, of_largest = in_double ? 1e-12 : 1e-6;
    const json_t *array = json_object_get(golden.arrays, key);
    double largest = 0;
    Worst worst = {.part = json_array_size(array) == n ? -1 : INFINITY};
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(json_number_value(json_array_get(array, i))));
    }
    for (size_t i = 0; i < n && !isnan(worst.part); i++) {
        double wanted = json_number_value(json_array_get(array, i)), allowed = fmax(of_own * fabs(wanted), of_largest * largest);
        double off = fabs((double)x[i] - wanted), part = off == 0 ? 0 : off / allowed;
        if (!(part <= worst.part)) { /* also of NaN */
            worst = (Worst){i, wanted, part};
        }
    }
    return worst;
}

bool golden_agrees(Golden golden, const char *key, const real *x, size_t n)
{
    return worst_of(golden, key, x, n).part <= 1;
}

void golden_compare(Golden golden, const char *key, const real *x, size_t n)
{
    size_t in_file = json_array_size(json_object_get(golden.arrays, key));
    if (in_file != n) {
        fail_msg("%s.%s: %zu numbers, the golden has %zu", golden.name, key, n, in_file);
    }
    Worst worst = worst_of(golden, key, x, n);
    char name[128];
    snprintf(name, sizeof name, "%s.%s, worst of %zu: [%zu]", golden.name, key, n, worst.place);
    print_row(name, worst.wanted, (double)x[worst.place]);
    if (!(worst.part <= 1)) {
        fail_msg("%s.%s, number %zu of %zu: %.17g instead of %.17g", golden.name, key, worst.place, n, (double)x[worst.place],
                 worst.wanted);
    }
}

/* Prints a row for each of n numbers; returns whether each is within absolute + relative |wanted|. */
static bool all_near(const char *what, const real *x, const double *wanted, size_t n, double absolute, double relative)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        char name[128];
        snprintf(name, sizeof name, n > 1 ? "%s [%zu]" : "%s", what, i);
        print_row(name, wanted[i], (double)x[i]);
        ok = ok && fabs((double)x[i] - wanted[i]) <= absolute + relative * fabs(wanted[i]);
    }
    return ok;
}

void golden_decimals(const char *what, const real *x, const double *wanted, size_t n, int decimals)
{
    /* Half a unit of the last decimal; a little more, since the number that was printed and wanted are themselves rounded. */
    const double half_unit = 0.5 * pow(10, -decimals) * (1 + 1e-4);
    if (!all_near(what, x, wanted, n, in_double ? half_unit : fmax(half_unit, 1e-6), 0)) {
        fail_msg("%s: not the number that was printed to %d decimals", what, decimals);
    }
}

void golden_of_float(const char *what, const real *x, const double *wanted, size_t n)
{
    if (!all_near(what, x, wanted, n, 0, 1e-6)) {
        fail_msg("%s: not within 1e-6 of what was computed in float", what);
    }
}

void golden_number(const char *what, double got, double wanted, double relative_tolerance)
{
    print_row(what, wanted, got);
    if (!(fabs(got - wanted) <= relative_tolerance * fabs(wanted))) {
        fail_msg("%s: %.17g instead of %.17g", what, got, wanted);
    }
}
