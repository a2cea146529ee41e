/* golden.h: reads what make_goldens.py wrote, and compares. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "mm/core.h"

#include <jansson.h>

/* The object `name` of tests/golden/FILE. Fails the test if it is not there. */
json_t *golden_open(const char *file, const char *name);

/* Compares x (n) with the array `key` of the golden: each within 1e-9 of its own size, or within 1e-12 of the largest where
 * the sum that made it cancelled; in float 1e-4 and 1e-6. Fails the test and prints the first that is not. */
void golden_compare(const json_t *golden, const char *key, const real *x, size_t n);
void golden_number(const char *what, double got, double wanted, double relative_tolerance);

#endif
