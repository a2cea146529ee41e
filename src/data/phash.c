/* phash.c: pictures that look the same, found without comparing every two.
 *
 * A perceptual hash keeps what an eye keeps of a picture at a glance, in 64 bits: two copies of one picture, of which one was resized,
 * saved again or slightly recoloured, differ in few of them; two different pictures differ in about half. This is the pHash of
 * Python's ImageHash, which COYO-700M gives for each of its pictures, but for the kernel of the resizing (bicubic here). */
#include "io/memory.h"
#include "mm/web.h"

#include <math.h>

enum { SIDE = 32, LOW = 8, HASH_BITS = LOW * LOW };

/* ---- the hash ---- */

/* Grey as Pillow makes it (ITU-R 601), in all three channels, 32 x 32. */
static Picture small_grey(const Picture *p)
{
    Picture grey = mm_picture_flatten(p, mm_white);
    for (unsigned char *c = grey.pixels, *end = c + 3 * (size_t)p->width * (size_t)p->height; c < end; c += 3) {
        memset(c, (c[0] * 19595 + c[1] * 38470 + c[2] * 7471 + 0x8000) >> 16, 3);
    }
    Picture small = mm_picture_resize(&grey, SIDE, SIDE, MM_BICUBIC);
    mm_picture_free(&grey);
    return small;
}

/* The lowest 8 x 8 coefficients of the discrete cosine transform, rows first, then columns:
 *     c(u, v) = sum_y sum_x grey(y, x) cos(pi (2y + 1) u / 64) cos(pi (2x + 1) v / 64)
 * u and v count half waves over the height and the width. They are rounded, so that what is 0 by symmetry is 0: noise of the last
 * digit would decide bits otherwise. */
static void low_frequencies(const Picture *small, double c[HASH_BITS])
{
    double wave[LOW][SIDE], rows[SIDE][LOW] = {{0}};
    for (int u = 0; u < LOW; u++) {
        for (int i = 0; i < SIDE; i++) {
            wave[u][i] = cos(acos(-1) * (2 * i + 1) * u / (2 * SIDE));
        }
    }
    for (int y = 0; y < SIDE; y++) {
        for (int v = 0; v < LOW; v++) {
            for (int x = 0; x < SIDE; x++) {
                rows[y][v] += small->pixels[3 * (y * SIDE + x)] * wave[v][x];
            }
        }
    }
    for (int u = 0; u < LOW; u++) {
        for (int v = 0; v < LOW; v++) {
            double sum = 0;
            for (int y = 0; y < SIDE; y++) {
                sum += rows[y][v] * wave[u][y];
            }
            c[u * LOW + v] = rint(sum);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

uint64_t mm_picture_hash(const Picture *p)
{
    Picture small = small_grey(p);
    double c[HASH_BITS], sorted[HASH_BITS];
    low_frequencies(&small, c);
    mm_picture_free(&small);
    memcpy(sorted, c, sizeof c);
    qsort(sorted, HASH_BITS, sizeof *sorted, by_size);
    double median = (sorted[HASH_BITS / 2 - 1] + sorted[HASH_BITS / 2]) / 2;
    uint64_t hash = 0;
    for (int i = 0; i < HASH_BITS; i++) {
        hash = hash << 1 | (c[i] > median);
    }
    return hash;
}

int mm_hash_distance(uint64_t a, uint64_t b)
{
    return __builtin_popcountll(a ^ b);
}

/* ---- the index ----
 * Multi-index hashing (Norouzi et al. 2012). Cut 64 bits into 4 parts of 16. Two hashes that differ in at most d bits differ in at
 * most d / 4 of one part, since four parts with more would make more than d. So it is enough to look, in a table for each part, at
 * the hashes that have this part up to d / 4 bits: one place for d up to 3, 17 for d up to 7, 137 for d up to 11. */

enum { PARTS = 4, PLACES = 1 << 16 };

struct HashIndex {
    int distance, n, room;
    uint64_t *hash;  /* (room) */
    int *next;       /* (room, PARTS): 1 + the hash that was added to the same place before; 0: none */
    int *last;       /* (PARTS, PLACES): 1 + the hash that was added last; 0: none */
    uint16_t *flips; /* (n_flips): which bits of a part may differ */
    int n_flips;
};

HashIndex *mm_hash_index_new(int distance)
{
    if (distance < 0 || distance > MM_HASH_DISTANCE) {
        mm_fail((FailHandler){0}, "mm_hash_index_new: distance %d; from 0 to %d can be looked for", distance, MM_HASH_DISTANCE);
    }
    HashIndex *x = mm_take(1, sizeof *x);
    x->distance = distance;
    x->last = mm_take((size_t)PARTS * PLACES, sizeof *x->last);
    x->flips = mm_take(PLACES, sizeof *x->flips);
    for (int bits = 0; bits < PLACES; bits++) {
        if (__builtin_popcount((unsigned)bits) <= distance / PARTS) {
            x->flips[x->n_flips++] = (uint16_t)bits;
        }
    }
    return x;
}

static int place(int part, uint64_t hash)
{
    return part * PLACES + (int)(hash >> 16 * part & (PLACES - 1));
}

void mm_hash_index_add(HashIndex *x, uint64_t hash)
{
    if (x->n == x->room) {
        x->room = x->room ? 2 * x->room : 1024;
        x->hash = mm_take_again(x->hash, (size_t)x->room * sizeof *x->hash);
        x->next = mm_take_again(x->next, (size_t)x->room * PARTS * sizeof *x->next);
    }
    int i = x->n++;
    x->hash[i] = hash;
    for (int part = 0; part < PARTS; part++) {
        int *last = &x->last[place(part, hash)];
        x->next[i * PARTS + part] = *last;
        *last = 1 + i;
    }
}

int mm_hash_index_find(const HashIndex *x, uint64_t hash)
{
    int first = x->n;
    for (int part = 0; part < PARTS; part++) {
        for (int f = 0; f < x->n_flips; f++) {
            int i = x->last[place(part, hash ^ (uint64_t)x->flips[f] << 16 * part)] - 1;
            for (; i >= 0; i = x->next[i * PARTS + part] - 1) {
                if (i < first && mm_hash_distance(x->hash[i], hash) <= x->distance) {
                    first = i;
                }
            }
        }
    }
    return first < x->n ? first : -1;
}

void mm_hash_index_free(HashIndex *x)
{
    if (x) {
        free(x->hash);
        free(x->next);
        free(x->last);
        free(x->flips);
        free(x);
    }
}
