/* rng.c: splitmix64 (Steele, Lea, Flood 2014). Draw i of a stream is a hash of key + i, so any thread can make any draw. */
#include "mm/core.h"

#include <math.h>

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Rng mm_rng(uint64_t seed, const char *stream)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a of the stream's name */
    for (const char *c = stream; *c; c++) {
        h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    }
    return (Rng){.key = mix(h ^ mix(seed))};
}

uint64_t mm_rng_at(Rng r, uint64_t i)
{
    return mix(r.key + (r.count + i + 1) * 0x9e3779b97f4a7c15u);
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
