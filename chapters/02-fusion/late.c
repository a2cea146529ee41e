/* late.c: one decision of several, for those modalities that are present: see mm_late_mean and its neighbours in mm/metrics.h. */
#include "mm/metrics.h"
#include "model.h"

#include <string.h>
#include <tgmath.h>

const char *const late_name[] = {"mean", "product", "weights", "vote", NULL};

/* p becomes softmax(p) */
static void softmax(real *p, int K)
{
    real most = p[0], sum = 0;
    for (int k = 1; k < K; k++) {
        most = fmax(most, p[k]);
    }
    for (int k = 0; k < K; k++) {
        p[k] = exp(p[k] - most);
        sum += p[k];
    }
    for (int k = 0; k < K; k++) {
        p[k] /= sum;
    }
}

/* says (n, K): the distributions of the n modalities that are present, one at least -> p (K). */
static void combine(LateRule rule, const real *says, int n, int K, real *p)
{
    switch (rule) {
    case LATE_PRODUCT: mm_late_product(says, n, K, p); break;
    case LATE_VOTE: mm_late_vote(says, n, K, p); break;
    default: mm_late_mean(says, n, K, p); break;
    }
}

void fusion_probabilities(const Decisions *d, LateRule rule, real *p)
{
    int B = d->all->shape.d[0], K = d->all->shape.d[1], n = d->present->shape.d[1];
    size_t row = (size_t)K * sizeof(real);
    real *says = mm_scratch(d->all->graph, (size_t)n * row);
    for (int b = 0; b < B; b++, p += K) {
        int there = 0;
        for (int m = 0; m < n && !d->joint; m++) {
            if (d->present->data[b * n + m] > 0) {
                memcpy(says + there * K, d->alone[m]->data + b * K, row);
                softmax(says + there++ * K, K);
            }
        }
        if (there && rule != LATE_WEIGHTS) {
            combine(rule, says, there, K, p);
        } else {
            memcpy(p, d->all->data + b * K, row);
            softmax(p, K);
        }
    }
}
