/* golden.h: compares what the library computes with numbers that other programs printed.
 *
 * Every comparison prints a row of the golden table: name, precision, expected, got, relative error. An array read from a file
 * is one row, its worst number. The whole table:
 *     ctest --preset release -L golden -V | sed -n 's/^[0-9]*: |/|/p' */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "mm/core.h"

#include <jansson.h>

/* The arrays of one operation or model that make_goldens.py wrote. */
typedef struct Golden {
    const char *name;
    json_t *arrays;
} Golden;

/* The object `name` of tests/golden/FILE; name must outlive it. Fails the test if it is not there. */
Golden golden_open(const char *file, const char *name);
void golden_close(Golden golden);

/* Compares x (n) with the array `key` of the golden: each within 1e-9 of its own size, or within 1e-12 of the largest where
 * the sum that made it cancelled; in float 1e-4 and 1e-6. */
void golden_compare(Golden golden, const char *key, const real *x, size_t n);

/* The same without a row and without failing. */
bool golden_agrees(Golden golden, const char *key, const real *x, size_t n);

/* Compares x (n) with numbers that were printed to so many decimals: each must round to what was printed. In float it may be
 * 1e-6 off. */
void golden_decimals(const char *what, const real *x, const double *wanted, size_t n, int decimals);

/* Compares x (n) with numbers that were themselves computed in float, in a handful of operations: each within 1e-6 of its size. */
void golden_of_float(const char *what, const real *x, const double *wanted, size_t n);

void golden_number(const char *what, double got, double wanted, double relative_tolerance);

#endif
