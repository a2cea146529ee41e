/* fill.h: numbers that C and Python can both make, so that a golden file need not hold weights and inputs.
 *
 * Lcg: x = 1664525 x + 1013904223 mod 2^32; a draw is x / 2^32 - 1/2, in [-1/2, 1/2). make_goldens.py has the same. */
#ifndef GOLDEN_FILL_H
#define GOLDEN_FILL_H

#include "mm/core.h"

typedef struct Lcg {
    uint32_t x;
} Lcg;

double lcg_draw(Lcg *lcg);
/* x (n) = draws times scale, in order. */
void lcg_fill(Lcg *lcg, real *x, size_t n, double scale);
/* One of least .. least + count - 1. */
int lcg_int(Lcg *lcg, int least, int count);

enum { GOLDEN_PARAMS = 128 };
/* The parameters in the order of their names as bytes; returns how many there are, GOLDEN_PARAMS at most. */
int params_by_name(Params *ps, Tensor **sorted);
/* A parameter: draws times scale, to which 1 is added for gains and variances, the vectors called *.weight and *.running_var. */
void lcg_fill_param(Lcg *lcg, Tensor *p, double scale);
/* Fills every parameter so, in the order of params_by_name; but logit_scale becomes ln(1/0.07) and draws nothing. */
void lcg_fill_params(Lcg *lcg, Params *ps, double scale);

#endif
