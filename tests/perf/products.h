/* products.h: the matrix products of a step beside BLIS. */
#ifndef BENCH_PRODUCTS_H
#define BENCH_PRODUCTS_H

#include <stdio.h>

void products_watch(void); /* from now on products are counted and timed */
/* A line for each kind of product that took a hundredth of the time or more, and what all come to. seconds: of all steps. */
void products_print(int steps, double seconds, FILE *out);

#endif
