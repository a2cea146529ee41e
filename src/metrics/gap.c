/* gap.c: how far apart the embeddings of two modalities lie. */
#include "io/memory.h"
#include "mm/metrics.h"

#include <math.h>

/* to[d] = sum of the rows */
static void add_rows(const real *x, int n, int D, double *to)
{
    for (size_t i = 0; i < (size_t)n * (size_t)D; i++) {
        to[i % (size_t)D] += (double)x[i];
    }
}

static double dot(const double *a, const double *b, int D)
{
    double sum = 0;
    for (int d = 0; d < D; d++) {
        sum += a[d] * b[d];
    }
    return sum;
}

/* [modality_gap] Liang et al. 2022: |mean of the a_i - mean of the b_i|, rows of length 1. Mean cosines come from the sums A and B of
 * the rows: of all pairs within a (A A - n) / (n (n - 1)), of the pairs that do not belong together (A B - sum_i a_i b_i) / (n (n - 1)). */
ModalityGap mm_modality_gap(const real *a, const real *b, int n, int D)
{
    double *A = mm_take(2 * (size_t)D, sizeof *A), *B = A + D, own = 0, others = (double)n * (n - 1);
    add_rows(a, n, D, A);
    add_rows(b, n, D, B);
    for (size_t i = 0; i < (size_t)n * (size_t)D; i++) {
        own += (double)a[i] * (double)b[i];
    }
    double aa = dot(A, A, D), bb = dot(B, B, D), ab = dot(A, B, D), square = (aa + bb - 2 * ab) / ((double)n * n);
    free(A);
    return (ModalityGap){.distance = sqrt(square > 0 ? square : 0),
                         .within_a = (aa - n) / others,
                         .within_b = (bb - n) / others,
                         .pairs = own / n,
                         .others = (ab - own) / others};
}
