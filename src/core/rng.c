/* rng.c: streams by name, and numbers made of draws. */
#include "mm/core.h"

#include <math.h>

Rng mm_rng(uint64_t seed, const char *stream)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a of the stream's name */
    for (const char *c = stream; *c; c++) {
        h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    }
    return (Rng){.key = mm_rng_mix(h ^ mm_rng_mix(seed))};
}

uint64_t mm_rng_next(Rng *r)
{
    uint64_t draw = mm_rng_at(*r, 0);
    r->count++;
    return draw;
}

double mm_uniform(Rng *r)
{
    return (double)(mm_rng_next(r) >> 11) * 0x1p-53;
}

double mm_normal(Rng *r)
{
    double u = 1 - mm_uniform(r), v = mm_uniform(r); /* Box-Muller; u is in (0, 1] so its logarithm is finite */
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

int mm_below(Rng *r, int n)
{
    return (int)(mm_uniform(r) * n);
}

void mm_permutation(Rng *r, int *p, int n)
{
    for (int i = 0; i < n; i++) {
        p[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
        int j = mm_below(r, i + 1), t = p[i];
        p[i] = p[j];
        p[j] = t;
    }
}
