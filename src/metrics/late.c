/* late.c: one distribution of several, when only decisions are left: p (n, K) holds the n distributions over K classes. */
#include "mm/metrics.h"

#include <tgmath.h>

void mm_late_mean(const real *p, int n, int K, real *out)
{
    for (int k = 0; k < K; k++) {
        out[k] = 0;
        for (int m = 0; m < n; m++) {
            out[k] += p[m * K + k] / (real)n;
        }
    }
}

void mm_late_product(const real *p, int n, int K, real *out)
{
    /* region late_product */
    real most = -INFINITY, sum = 0;
    for (int k = 0; k < K; k++) {
        out[k] = 0;
        for (int m = 0; m < n; m++) {
            out[k] += log(p[m * K + k] + (real)1e-30); /* one that is sure outvotes the others, and is not infinitely sure */
        }
        most = fmax(most, out[k]);
    }
    for (int k = 0; k < K; k++) {
        out[k] = exp(out[k] - most); /* the largest becomes 1, so that not all of them underflow */
        sum += out[k];
    }
    for (int k = 0; k < K; k++) {
        out[k] /= sum;
    }
    /* end late_product */
}

void mm_late_vote(const real *p, int n, int K, real *out)
{
    const real little = (real)1e-3; /* the mean breaks ties, and outweighs no vote */
    mm_late_mean(p, n, K, out);
    for (int k = 0; k < K; k++) {
        out[k] *= little;
    }
    for (int m = 0; m < n; m++) {
        out[mm_largest(p + m * K, K)] += (1 - little) / (real)n;
    }
}
