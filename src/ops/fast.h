/* fast.h: e^x and erf x which compilers turn into vector instructions, as they cannot a call of the C library. A loop over
 * floats becomes about ten times as fast. In the double library both are the C library's. Private to src/ops. */
#ifndef MM_FAST_H
#define MM_FAST_H

#include "mm/core.h"

#include <math.h>
#include <string.h>

/* x = n ln 2 + r with |r| <= ln 2 / 2, so e^x = 2^n e^r, and of the series of e^r the terms up to r^7 suffice (the next is
 * below 1e-8). ln 2 is subtracted in two parts, of which the first has so few bits that n times it is exact (Cody and Waite
 * 1980). Adding 1.5 2^23 to a small number rounds it, since a float of that size has no room for a fraction, and leaves n in
 * its lowest bits. Relative error below 1e-7; 0 below -87, infinite above 88.4, NaN of NaN. */
static inline real mm_exp_fast(real x)
{
    if (sizeof x == sizeof(double)) {
        return (real)exp((double)x);
    }
    const float rounder = 12582912;
    float v = (float)(x < -87 ? -87 : x > 89 ? 89 : x);
    float rounded = v * 1.44269504f + rounder, n = rounded - rounder;
    float r = v - n * 0.693359375f + n * 2.12194440e-4f;
    float e_r = 1 + r * (1 + r * (1 / 2.f + r * (1 / 6.f + r * (1 / 24.f + r * (1 / 120.f + r * (1 / 720.f + r / 5040))))));
    uint32_t bits;
    float two_n;
    memcpy(&bits, &rounded, sizeof bits);
    bits = (bits + 127) << 23; /* 2^n: the exponent field of a float is n + 127 */
    memcpy(&two_n, &bits, sizeof two_n);
    return x < -87 ? 0 : (real)(two_n * e_r);
}

/* erf x, given e = e^(-x^2). Abramowitz and Stegun 1964, 7.1.26: absolute error below 5e-7. */
static inline real mm_erf_fast(real x, real e)
{
    if (sizeof x == sizeof(double)) {
        return (real)erf((double)x);
    }
    float z = fabsf((float)x), t = 1 / (1 + 0.3275911f * z);
    float tail = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    return (real)copysignf(1 - tail * (float)e, (float)x);
}

/* 1 / (1 + e^-x): 0 and 1 far from 0, without overflow. */
static inline real mm_sigmoid_fast(real x)
{
    return 1 / (1 + mm_exp_fast(-x));
}

/* tanh x = 1 - 2 / (1 + e^2x): absolute error below 2e-7. */
static inline real mm_tanh_fast(real x)
{
    if (sizeof x == sizeof(double)) {
        return (real)tanh((double)x);
    }
    return 1 - 2 / (1 + mm_exp_fast(2 * x));
}

#endif
