/* late.c: one decision from several, when only the decisions are left. p_m = softmax(d_m), over the modalities that are present:
 *
 * [late_mean]    p = mean_m p_m
 * [late_product] p = softmax(sum_m ln p_m)       right if the modalities are independent given the class, and all classes equally frequent
 * [late_vote]    p = part of the m whose p_m is largest at this class; between classes with as many votes the mean decides */
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

static int largest(const real *p, int K)
{
    int best = 0;
    for (int k = 1; k < K; k++) {
        best = p[k] > p[best] ? k : best;
    }
    return best;
}

/* says (n, K): the distributions of the n modalities that are present, one at least -> p (K). */
static void combine(LateRule rule, const real *says, int n, int K, real *p)
{
    /* region late_rules */
    for (int k = 0; k < K; k++) {
        p[k] = 0;
        for (int m = 0; m < n; m++) {
            real x = says[m * K + k];
            p[k] += rule == LATE_PRODUCT ? log(x + (real)1e-30) : x / (real)n;
        }
    }
    if (rule == LATE_PRODUCT) {
        softmax(p, K);
    } else if (rule == LATE_VOTE) {
        const real little = (real)1e-3; /* the mean breaks ties, and outweighs no vote */
        for (int k = 0; k < K; k++) {
            p[k] *= little;
        }
        for (int m = 0; m < n; m++) {
            p[largest(says + m * K, K)] += (1 - little) / (real)n;
        }
    }
    /* end late_rules */
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
