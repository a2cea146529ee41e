/* bootstrap.c: how much a figure would move with other examples, and with another seed. */
#include "io/memory.h"
#include "mm/metrics.h"

#include <math.h>
#include <stdio.h>

/* The examples of each cluster next to each other. */
typedef struct Clusters {
    int n;
    int *first, *example; /* (n + 1): where each begins; (examples) */
} Clusters;

static Clusters make_clusters(const int *cluster, int n)
{
    Clusters c = {.example = mm_take((size_t)n, sizeof(int))};
    for (int i = 0; i < n; i++) {
        int of = cluster ? cluster[i] : i;
        c.n = of >= c.n ? of + 1 : c.n;
    }
    c.first = mm_take((size_t)c.n + 2, sizeof *c.first); /* counting sort: the number of k is counted at k + 2 … */
    for (int i = 0; i < n; i++) {
        c.first[(cluster ? cluster[i] : i) + 2]++;
    }
    for (int k = 1; k <= c.n; k++) {
        c.first[k + 1] += c.first[k];
    }
    for (int i = 0; i < n; i++) { /* … so that k + 1 is where it begins, and moves to where it ends */
        c.example[c.first[(cluster ? cluster[i] : i) + 1]++] = i;
    }
    int used = 0; /* numbers that no example has are no clusters */
    for (int k = 0; k < c.n; k++) {
        if (c.first[k + 1] > c.first[k]) {
            c.first[used++] = c.first[k];
        }
    }
    c.first[used] = n;
    c.n = used;
    return c;
}

/* As many clusters as there are, each drawn from all of them, as a list of examples: pick. Cluster k is example[first[k] .. first[k + 1] - 1].
 * Returns how many examples these are. */
static int resample(const int *first, const int *example, int clusters, Rng *rng, int *pick)
{
    /* region resample */
    int n = 0;
    for (int k = 0; k < clusters; k++) {
        int drawn = mm_below(rng, clusters);
        for (int i = first[drawn]; i < first[drawn + 1]; i++) {
            pick[n++] = example[i];
        }
    }
    return n;
    /* end resample */
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* [bootstrap] From the figures in rising order those at (1 - level) / 2 and (1 + level) / 2 of the way. */
Interval mm_bootstrap(Statistic *statistic, const void *context, int n, const int *cluster, int resamples, double level,
                      uint64_t seed)
{
    Clusters c = make_clusters(cluster, n);
    int largest = 0;
    for (int k = 0; k < c.n; k++) {
        int size = c.first[k + 1] - c.first[k];
        largest = size > largest ? size : largest;
    }
    double *figure = mm_take((size_t)resamples, sizeof *figure);
#pragma omp parallel for schedule(static)
    for (int r = 0; r < resamples; r++) {
        char stream[32];
        snprintf(stream, sizeof stream, "bootstrap %d", r);
        Rng rng = mm_rng(seed, stream);
        int *pick = mm_take((size_t)c.n * (size_t)largest, sizeof *pick);
        int m = resample(c.first, c.example, c.n, &rng, pick);
        figure[r] = statistic(pick, m, context);
        free(pick);
    }
    qsort(figure, (size_t)resamples, sizeof *figure, ascending);
    int *all = mm_take((size_t)n, sizeof *all);
    for (int i = 0; i < n; i++) {
        all[i] = i;
    }
    int outside = (int)floor(resamples * (1 - level) / 2);
    Interval interval = {statistic(all, n, context), figure[outside], figure[resamples - 1 - outside]};
    free(all);
    free(figure);
    free(c.first);
    free(c.example);
    return interval;
}

MeanSd mm_mean_sd(const double *x, int n)
{
    MeanSd s = {0};
    for (int i = 0; i < n; i++) {
        s.mean += x[i] / n;
    }
    for (int i = 0; i < n; i++) {
        s.sd += (x[i] - s.mean) * (x[i] - s.mean);
    }
    s.sd = n > 1 ? sqrt(s.sd / (n - 1)) : 0;
    return s;
}

/* Student's t that 2.5 % lie above, with 1, 2, … degrees of freedom. */
static const double student[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                 2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093};
enum { DEGREES = sizeof student / sizeof *student };

Interval mm_seed_interval(const double *x, int n)
{
    MeanSd s = mm_mean_sd(x, n);
    double t = n < 2 ? INFINITY : n - 2 < DEGREES ? student[n - 2] : 1.96 + 2.5 / (n - 1); /* good to .01 */
    double half = n < 2 ? INFINITY : t * s.sd / sqrt(n);
    return (Interval){s.mean, s.mean - half, s.mean + half};
}
