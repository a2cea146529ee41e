/* sentiment.c: classes of which one may be rare, and valences, measured as the code around CMU-MOSI does. */
#include "io/memory.h"
#include "mm/metrics.h"

#include <tgmath.h>

/* How often a class was right, was guessed, occurs. */
typedef struct Counts {
    int found, guessed, occurs;
} Counts;

static Counts *count(const int *guess, const int *truth, int n, int classes)
{
    Counts *c = mm_take((size_t)classes, sizeof *c);
    for (int i = 0; i < n; i++) {
        c[truth[i]].occurs++;
        c[guess[i]].guessed++;
        c[truth[i]].found += guess[i] == truth[i];
    }
    return c;
}

/* [balanced_accuracy] the mean over the classes that occur of found / occurs */
double mm_balanced_accuracy(const int *guess, const int *truth, int n, int classes)
{
    Counts *c = count(guess, truth, n, classes);
    double sum = 0;
    int occur = 0;
    for (int k = 0; k < classes; k++) {
        if (c[k].occurs > 0) {
            sum += (double)c[k].found / c[k].occurs;
            occur++;
        }
    }
    free(c);
    return occur ? sum / occur : 0;
}

/* [weighted_f1] the mean of the F1 of each class, weighted by how often it occurs */
double mm_weighted_f1(const int *guess, const int *truth, int n, int classes)
{
    Counts *c = count(guess, truth, n, classes);
    double sum = 0;
    for (int k = 0; k < classes; k++) { /* 2 TP + FP + FN is what was guessed and what occurs together */
        sum += c[k].occurs > 0 ? (double)c[k].occurs / n * 2 * c[k].found / (c[k].guessed + c[k].occurs) : 0;
    }
    free(c);
    return sum;
}

double mm_mae(const real *guess, const real *truth, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += fabs((double)guess[i] - (double)truth[i]);
    }
    return n ? sum / n : 0;
}

static double mean(const real *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (double)x[i];
    }
    return n ? sum / n : 0;
}

/* [pearson] sum (p - mean p) (y - mean y) / sqrt(sum (p - mean p)^2 sum (y - mean y)^2) */
double mm_pearson(const real *guess, const real *truth, int n)
{
    double p = mean(guess, n), y = mean(truth, n), both = 0, of_p = 0, of_y = 0;
    for (int i = 0; i < n; i++) {
        double a = (double)guess[i] - p, b = (double)truth[i] - y;
        both += a * b;
        of_p += a * a;
        of_y += b * b;
    }
    return of_p > 0 && of_y > 0 ? both / sqrt(of_p * of_y) : 0;
}

static double clipped(double x, double limit)
{
    /* region clipped */
    return x < -limit ? -limit : x > limit ? limit : x; /* NaN stays NaN, which fmin and fmax would not let it */
    /* end clipped */
}

/* [acc7] mean [round(clip(p)) = round(clip(y))]; nearbyint brings halves to even, as np.round does: processors do unless told otherwise. */
double mm_rounded_accuracy(const real *guess, const real *truth, int n, int limit)
{
    /* region rounded_accuracy */
    int equal = 0;
    for (int i = 0; i < n; i++) {
        double p = nearbyint(clipped((double)guess[i], limit));
        double y = nearbyint(clipped((double)truth[i], limit));
        equal += p == y;
    }
    return n ? (double)equal / n : 0;
    /* end rounded_accuracy */
}

SentimentScores mm_sentiment_scores(const real *guess, const real *truth, int n, bool without_zero)
{
    SentimentScores s = {.mae = mm_mae(guess, truth, n),
                         .pearson = mm_pearson(guess, truth, n),
                         .acc7 = mm_rounded_accuracy(guess, truth, n, 3),
                         .acc5 = mm_rounded_accuracy(guess, truth, n, 2)};
    int *signs = mm_take((size_t)n, 2 * sizeof *signs), *p = signs, *y = signs + n, kept = 0;
    for (int i = 0; i < n; i++) {
        p[kept] = guess[i] > 0;
        y[kept] = truth[i] > 0;
        kept += !(without_zero && truth[i] == 0);
    }
    s.accuracy = mm_accuracy(p, y, kept);
    s.balanced = mm_balanced_accuracy(p, y, kept, 2);
    s.weighted_f1 = mm_weighted_f1(p, y, kept, 2);
    free(signs);
    return s;
}
