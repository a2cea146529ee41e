/* nearest.c: exact search among many vectors.
 *
 *     for each group of queries                       as many as keep the arithmetic, not the memory, busy
 *         for each block of stored vectors            each thread its own; a block fits the cache
 *             scores = block times queries            mm_gemm, or dot products where there are few queries
 *             each score above the k-th best so far   takes its place in a heap of k
 *     the heaps of all threads, sorted, are cut off after k
 *
 * One query reads every stored number once and uses it once: it takes as long as memory takes to deliver them. */
#include "io/memory.h"
#include "mm/metrics.h"

#include <math.h>
#include <omp.h>

enum { ROWS = 256, QUERIES = 64 }; /* of a block; of a group */
enum { TOGETHER = 4, FEW = 16 };   /* rows in one loop; queries below which a GEMM does not pay */

/* Which of two comes first: the larger score; of equal ones, what is stored first. */
/* region ahead */
static bool ahead(Neighbour a, Neighbour b)
{
    return a.score != b.score ? a.score > b.score : a.at < b.at;
}
/* end ahead */

static int compare(const void *a, const void *b)
{
    return ahead(*(const Neighbour *)a, *(const Neighbour *)b) ? -1 : 1; /* no two are at the same place */
}

/* ---- the k best so far, as a heap: a parent is never ahead of its children, so the worst of them is at the root ---- */

/* [k_best] Entry i sinks until no child is behind it. Below it all is in order. */
static void sift_down(Neighbour *heap, int n, int i)
{
    /* region sift_down */
    for (int child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && ahead(heap[child], heap[child + 1])) {
            child++; /* the worse of the two */
        }
        if (!ahead(heap[i], heap[child])) {
            return;
        }
        Neighbour t = heap[i];
        heap[i] = heap[child];
        heap[child] = t;
    }
    /* end sift_down */
}

typedef struct Best {
    int n, k;
    Neighbour *heap; /* (k) */
} Best;

/* Rows come in rising order, so one that only equals the worst is behind it. */
static void offer(Best *b, real score, int at)
{
    if (b->n < b->k) {
        b->heap[b->n++] = (Neighbour){score, at};
        for (int i = b->n / 2 - 1; b->n == b->k && i >= 0; i--) {
            sift_down(b->heap, b->n, i);
        }
    } else if (score > b->heap[0].score) {
        b->heap[0] = (Neighbour){score, at};
        sift_down(b->heap, b->n, 0);
    }
}

/* ---- a block ---- */

/* What one group of queries searches. */
typedef struct Search {
    const real *query, *stored;
    int n, m, width, k;
} Search;

/* score[r] = query . row r of TOGETHER rows: several streams of memory, several sums under way at once. `simd` permits that each sum
 * is made of as many as a vector register has places. */
static void dots(const real *query, const real *row, int width, real score[TOGETHER])
{
    const real *a = row, *b = a + width, *c = b + width, *d = c + width;
    real sa = 0, sb = 0, sc = 0, sd = 0;
#pragma omp simd reduction(+ : sa, sb, sc, sd)
    for (int i = 0; i < width; i++) {
        sa += query[i] * a[i];
        sb += query[i] * b[i];
        sc += query[i] * c[i];
        sd += query[i] * d[i];
    }
    score[0] = sa;
    score[1] = sb;
    score[2] = sc;
    score[3] = sd;
}

/* The same of rows fewer than TOGETHER, which end where the vectors end. */
static void last_dots(const real *query, const real *row, int width, int rows, real *score)
{
    for (int r = 0; r < rows; r++) {
        score[r] = 0;
        for (int i = 0; i < width; i++) {
            score[r] += query[i] * row[(size_t)r * (size_t)width + (size_t)i];
        }
    }
}

/* scores (rows, n) of the rows from `first` on */
static void block_scores(const Search *s, int first, int rows, real *scores)
{
    const real *block = s->stored + (size_t)first * (size_t)s->width;
    if (s->n >= FEW) {
        mm_gemm(1, rows, s->n, s->width, 1, (Mat){(real *)block, s->width, 1, 0}, (Mat){(real *)s->query, 1, s->width, 0}, 0,
                (Mat){scores, s->n, 1, 0});
        return;
    }
    for (int r = 0; r < rows; r += TOGETHER) {
        int here = rows - r < TOGETHER ? rows - r : TOGETHER;
        for (int q = 0; q < s->n; q++) {
            const real *query = s->query + (size_t)q * (size_t)s->width, *row = block + (size_t)r * (size_t)s->width;
            real score[TOGETHER];
            if (here == TOGETHER) {
                dots(query, row, s->width, score);
            } else {
                last_dots(query, row, s->width, here, score);
            }
            for (int i = 0; i < here; i++) {
                scores[(r + i) * s->n + q] = score[i];
            }
        }
    }
}

/* floor (n): a score that is not above it does not count; NaN, above which is everything, until there are k. Most rows end at the
 * comparison. */
static void take_scores(const Search *s, int first, int rows, const real *scores, Best *best, real *floor)
{
    for (int r = 0; r < rows; r++) {
        const real *row = scores + r * s->n;
        int any = 0;
#pragma omp simd reduction(| : any)
        for (int q = 0; q < s->n; q++) {
            any |= !(row[q] <= floor[q]);
        }
        for (int q = 0; any && q < s->n; q++) {
            if (!(row[q] <= floor[q])) {
                offer(&best[q], isnan(row[q]) ? -(real)INFINITY : row[q], first + r);
                floor[q] = best[q].n < s->k ? (real)NAN : best[q].heap[0].score;
            }
        }
    }
}

/* ---- all blocks ---- */

/* The part of one thread: heaps of its own, in `heaps` (n, k). Returns how many each holds. */
static int search_part(const Search *s, int me, int team, Neighbour *heaps)
{
    Best best[QUERIES];
    real floor[QUERIES], *scores = mm_take((size_t)ROWS * (size_t)s->n, sizeof *scores);
    for (int q = 0; q < s->n; q++) {
        best[q] = (Best){0, s->k, heaps + (size_t)q * (size_t)s->k};
        floor[q] = (real)NAN;
    }
    int blocks = (s->m + ROWS - 1) / ROWS, last = (int)((int64_t)blocks * (me + 1) / team);
    for (int b = (int)((int64_t)blocks * me / team); b < last; b++) {
        int first = b * ROWS, rows = s->m - first < ROWS ? s->m - first : ROWS;
        block_scores(s, first, rows, scores);
        take_scores(s, first, rows, scores, best, floor);
    }
    free(scores);
    return best[0].n;
}

/* Which heap the order of the threads fills first does not matter: the order of neighbours is total. */
static void search_group(const Search *s, Neighbour *found)
{
    int most = mm_threads();
    size_t all = (size_t)s->n * (size_t)s->k;
    Neighbour *heaps = mm_take((size_t)most * all, sizeof *heaps), *row = mm_take((size_t)most * (size_t)s->k, sizeof *row);
    int *held = mm_take((size_t)most, sizeof *held);
#pragma omp parallel num_threads(most)
    {
        int me = omp_get_thread_num();
        held[me] = search_part(s, me, omp_get_num_threads(), heaps + (size_t)me * all);
    }
    for (int q = 0; q < s->n; q++) {
        int n = 0;
        for (int t = 0; t < most; t++) {
            memcpy(row + n, heaps + (size_t)t * all + (size_t)q * (size_t)s->k, (size_t)held[t] * sizeof *row);
            n += held[t];
        }
        qsort(row, (size_t)n, sizeof *row, compare);
        memcpy(found + (size_t)q * (size_t)s->k, row, (size_t)s->k * sizeof *row);
    }
    free(held);
    free(row);
    free(heaps);
}

void mm_nearest(const real *query, int n, const real *stored, int m, int width, int k, Neighbour *found)
{
    if (k > m) {
        mm_fail((FailHandler){0}, "mm_nearest: the %d nearest of %d; k is at most the number of stored vectors", k, m);
    }
    for (int q = 0; q < n && k > 0; q += QUERIES) {
        Search s = {query + (size_t)q * (size_t)width, stored, n - q < QUERIES ? n - q : QUERIES, m, width, k};
        search_group(&s, found + (size_t)q * (size_t)k);
    }
}
