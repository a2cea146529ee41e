/* classes.c: classifiers and how good they are. A class is a candidate of retrieval.c whose label is its own number. */
#include "io/memory.h"
#include "mm/metrics.h"

#include <tgmath.h>

int mm_largest(const real *x, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++) {
        best = x[i] > x[best] ? i : best;
    }
    return best;
}

double mm_accuracy(const int *guess, const int *truth, int n)
{
    int right = 0;
    for (int i = 0; i < n; i++) {
        right += guess[i] == truth[i];
    }
    return n ? (double)right / n : 0;
}

double mm_topk(int k, const real *scores, int n, int classes, const int *truth)
{
    int *label = mm_take((size_t)classes, sizeof *label);
    for (int c = 0; c < classes; c++) {
        label[c] = c;
    }
    double right = mm_recall_at(k, scores, n, classes, truth, label);
    free(label);
    return right;
}

/* NaN is no answer, as in retrieval.c. */
static real score(real s)
{
    return isnan(s) ? -(real)INFINITY : s;
}

void mm_confusion(const real *scores, int n, int classes, const int *truth, double *confusion)
{
    memset(confusion, 0, (size_t)classes * (size_t)classes * sizeof *confusion);
    for (int i = 0; i < n; i++) {
        const real *s = scores + (size_t)i * (size_t)classes;
        double *row = confusion + (size_t)truth[i] * (size_t)classes;
        real best = -(real)INFINITY;
        int tied = 0;
        for (int c = 0; c < classes; c++) {
            tied = score(s[c]) > best ? 1 : tied + (score(s[c]) == best);
            best = fmax(best, score(s[c]));
        }
        for (int c = 0; c < classes; c++) {
            row[c] += score(s[c]) == best ? 1.0 / tied : 0;
        }
    }
}

/* [class_recall] (1/C) sum_t confusion[t][t] / sum_c confusion[t][c], over the C classes that occur */
double mm_class_recall(const double *confusion, int classes)
{
    double sum = 0;
    int occur = 0;
    for (int t = 0; t < classes; t++) {
        const double *row = confusion + (size_t)t * (size_t)classes;
        double all = 0;
        for (int c = 0; c < classes; c++) {
            all += row[c];
        }
        if (all > 0) {
            sum += row[t] / all;
            occur++;
        }
    }
    return occur ? sum / occur : 0;
}

static int compare_ints(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

double mm_majority(const int *truth, int n)
{
    int *sorted = mm_take((size_t)n, sizeof *sorted), most = 0;
    memcpy(sorted, truth, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, compare_ints);
    for (int i = 0, run = 0; i < n; i++) {
        run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
        most = run > most ? run : most;
    }
    free(sorted);
    return n ? (double)most / n : 0;
}

/* region to_unit */
/* x / |x|; a row of zeros has no direction and stays. */
static void to_unit(real *x, int D)
{
    real squares = 0;
    for (int d = 0; d < D; d++) {
        squares += x[d] * x[d];
    }
    real scale = squares > 0 ? 1 / sqrt(squares) : 0;
    for (int d = 0; d < D; d++) {
        x[d] *= scale;
    }
}
/* end to_unit */

/* [prompt_ensemble] w_c = u / |u| with u = sum over the texts of class c of e / |e|; a sum has the direction of the mean. Every text is
 * brought to length 1 first, or a long embedding would count for several. */
void mm_prompt_ensemble(const real *embedding, const int *label, int n, int classes, int D, real *weights)
{
    /* region prompt_ensemble */
    for (int i = 0; i < classes * D; i++) {
        weights[i] = 0;
    }
    for (int i = 0; i < n; i++) {
        const real *e = embedding + i * D;
        real squares = 0;
        for (int d = 0; d < D; d++) {
            squares += e[d] * e[d];
        }
        for (int d = 0; d < D; d++) {
            weights[label[i] * D + d] += squares > 0 ? e[d] / sqrt(squares) : 0;
        }
    }
    for (int c = 0; c < classes; c++) {
        to_unit(weights + c * D, D);
    }
    /* end prompt_ensemble */
}
