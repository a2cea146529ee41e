/* retrieval.c: Recall@K and the rank of the first relevant candidate, with ties as if put in random order.
 *
 * A query needs three numbers. Let s be the score of its best relevant candidate: `above` candidates score higher than s, `tied`
 * candidates score s, and `relevant` of those are relevant. The ties fill the places above+1 .. above+tied in random order. */
#include "io/memory.h"
#include "mm/metrics.h"

#include <jansson.h>

#include <math.h>

/* region place */
typedef struct Place {
    int above, tied, relevant; /* relevant 0: the query has no relevant candidate */
} Place;
/* end place */

/* [recall_at_k] How likely one of the relevant candidates is among the first k: 1 - C(tied - relevant, j) / C(tied, j), where j = k - above
 * places are left for the tied ones. Multiplied out, the second term is the chance to draw j candidates that are not relevant. */
static double hit(Place p, int k)
{
    /* region hit */
    int places = k - p.above;
    if (places <= 0 || p.relevant == 0) {
        return 0;
    }
    double miss = 1;
    for (int i = 0; i < places && miss > 0; i++) {
        int wrong = p.tied - p.relevant - i;
        miss *= wrong > 0 ? (double)wrong / (p.tied - i) : 0;
    }
    return 1 - miss;
    /* end hit */
}

/* [median_rank] The mean rank of the first of the relevant ones: they divide the other tied candidates into relevant + 1 equal parts. */
static double rank(Place p, int m)
{
    /* region rank */
    return p.relevant ? p.above + (p.tied + 1.0) / (p.relevant + 1) : m + 1;
    /* end rank */
}

static real score(real s)
{
    return isnan(s) ? -(real)INFINITY : s;
}

/* Candidate j of the query has the score s[j step]. */
static Place find_place(const real *s, size_t step, int m, int label, const int *candidate_label)
{
    Place p = {0};
    real best = -(real)INFINITY;
    for (int j = 0; j < m; j++) {
        if (candidate_label[j] == label && score(s[(size_t)j * step]) > best) {
            best = score(s[(size_t)j * step]);
        }
    }
    for (int j = 0; j < m; j++) {
        real other = score(s[(size_t)j * step]);
        p.above += other > best;
        p.tied += other == best;
        p.relevant += other == best && candidate_label[j] == label;
    }
    return p;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, compare);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static Recall summarise(const Place *p, int n, int m)
{
    Recall r = {0};
    if (n == 0) {
        return r;
    }
    double *ranks = mm_take((size_t)n, sizeof *ranks);
    for (int i = 0; i < n; i++) {
        r.at1 += hit(p[i], 1) / n;
        r.at5 += hit(p[i], 5) / n;
        r.at10 += hit(p[i], 10) / n;
        ranks[i] = rank(p[i], m);
        r.mean_rank += ranks[i] / n;
    }
    r.median_rank = median(ranks, n);
    free(ranks);
    return r;
}

/* The scores of query i begin at s + i query_step, and candidate j is candidate_step j further. */
static Place *find_places(const real *s, size_t query_step, size_t candidate_step, int n, int m, const int *query_label,
                          const int *candidate_label)
{
    Place *p = mm_take((size_t)n, sizeof *p);
#pragma omp parallel for if ((double)n * m > MM_GRAIN)
    for (int i = 0; i < n; i++) {
        p[i] = find_place(s + (size_t)i * query_step, candidate_step, m, query_label[i], candidate_label);
    }
    return p;
}

Recall mm_recall(const real *similarity, int n, int m, const int *query_label, const int *candidate_label)
{
    Place *p = find_places(similarity, (size_t)m, 1, n, m, query_label, candidate_label);
    Recall r = summarise(p, n, m);
    free(p);
    return r;
}

Recall mm_recall_columns(const real *similarity, int n, int m, const int *row_label, const int *column_label)
{
    Place *p = find_places(similarity, 1, (size_t)m, m, n, column_label, row_label);
    Recall r = summarise(p, m, n);
    free(p);
    return r;
}

void mm_recall_hits(int k, const real *similarity, int n, int m, const int *query_label, const int *candidate_label, double *hits)
{
    Place *p = find_places(similarity, (size_t)m, 1, n, m, query_label, candidate_label);
    for (int i = 0; i < n; i++) {
        hits[i] = hit(p[i], k);
    }
    free(p);
}

double mm_recall_at(int k, const real *similarity, int n, int m, const int *query_label, const int *candidate_label)
{
    double *hits = mm_take((size_t)n, sizeof *hits);
    mm_recall_hits(k, similarity, n, m, query_label, candidate_label, hits);
    double mean = mm_mean_sd(hits, n).mean;
    free(hits);
    return mean;
}

/* One score for all: every candidate is tied. */
Recall mm_recall_chance(int n, int m, const int *query_label, const int *candidate_label)
{
    static const real same = 0;
    Place *p = find_places(&same, 0, 0, n, m, query_label, candidate_label);
    Recall r = summarise(p, n, m);
    free(p);
    return r;
}

json_t *mm_recall_json(Recall r)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "R@1", r.at1, "R@5", r.at5, "R@10", r.at10, "median rank", r.median_rank,
                     "mean rank", r.mean_rank);
}
