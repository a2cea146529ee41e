/* mm/metrics.h: how good an answer is, and how good it would have been without a model. */
#ifndef MM_METRICS_H
#define MM_METRICS_H

#include "mm/core.h"
#include "mm/data.h"

int mm_largest(const real *x, int n); /* where the largest is; of several the first */

/* Late fusion: one distribution, out (K), of n, p (n, K).
 * [late_mean] out = mean_m p_m
 * [late_product] out = softmax(sum_m ln p_m)     right if the n are independent given the class, and all classes equally frequent
 * [late_vote] out_k = the part of the p_m that are largest at k; between classes with as many votes the mean decides */
void mm_late_mean(const real *p, int n, int K, real *out);
void mm_late_product(const real *p, int n, int K, real *out);
void mm_late_vote(const real *p, int n, int K, real *out);

/* Retrieval: each of n queries ranks m candidates by similarity. A candidate is relevant when it has the query's label; one
 * relevant candidate among the first K is a hit (Recall@K of CLIP and VSE++).
 *
 * Ties count as if they were put in random order: the figure is the exact expectation over all orders. So a model that gives
 * every pair the same number gets exactly chance, not 1. NaN sorts below every number. A query without a relevant candidate is
 * never a hit, and its rank is m + 1. */
typedef struct Recall {
    double at1, at5, at10;         /* the part of the queries with a hit: 0 .. 1 */
    double median_rank, mean_rank; /* of the first relevant candidate, from 1 */
} Recall;

/* similarity (n, m) row-major; query_label (n); candidate_label (m). */
Recall mm_recall(const real *similarity, int n, int m, const int *query_label, const int *candidate_label);
double mm_recall_at(int k, const real *similarity, int n, int m, const int *query_label, const int *candidate_label);
/* hits (n): of each query, how likely one of its k best is relevant: 0 or 1, unless there are ties. */
void mm_recall_hits(int k, const real *similarity, int n, int m, const int *query_label, const int *candidate_label,
                    double *hits);
/* The other direction from the same matrix: every column is a query over the rows. */
Recall mm_recall_columns(const real *similarity, int n, int m, const int *row_label, const int *column_label);
/* What guessing gets: for a query with r of m relevant, 1 - C(m-r, K) / C(m, K); the median of the mean ranks (m+1)/(r+1). */
Recall mm_recall_chance(int n, int m, const int *query_label, const int *candidate_label);

struct json_t *mm_recall_json(Recall r); /* the caller owns it */

/* ---- exact search (nearest.c) ---- */

typedef struct Neighbour {
    real score; /* the inner product: of vectors of length 1, the cosine */
    int at;     /* row of the stored vectors */
} Neighbour;

/* For each of n queries (n, width) the k best of m stored vectors (m, width), k <= m: found (n, k), the best first, equal ones in the
 * order in which they are stored. All m are looked at. NaN counts as minus infinity. The same for any number of threads. */
void mm_nearest(const real *query, int n, const real *stored, int m, int width, int k, Neighbour *found);

/* ---- classes (classes.c) ---- truth (n): class numbers, 0 .. classes-1. Ties as above. */

/* The part of n guesses that are right. */
double mm_accuracy(const int *guess, const int *truth, int n);
/* scores (n, classes): the part whose true class is among the k that score highest. */
double mm_topk(int k, const real *scores, int n, int classes, const int *truth);
/* confusion (classes, classes): row t, column c: how many of class t are taken for class c. Tied classes share one evenly. */
void mm_confusion(const real *scores, int n, int classes, const int *truth, double *confusion);
/* The mean over the classes that occur of the part of each that is recognised: every class counts alike, however small. */
double mm_class_recall(const double *confusion, int classes);
/* The part of the most frequent label: what always saying the same gets. */
double mm_majority(const int *truth, int n);

/* A classifier made of texts: embedding (n, D), of which text i names class label[i] -> weights (classes, D), the mean direction of
 * each class's texts, with length 1. A class without a text gets zeros. */
void mm_prompt_ensemble(const real *embedding, const int *label, int n, int classes, int D, real *weights);

/* ---- sentiment (sentiment.c): valences on -3 .. 3, as the code around CMU-MOSI and -MOSEI measures them (MulT's eval_metrics.py) ---- */

/* [balanced_accuracy] The mean over the classes that occur of the part of each that is found: a guess that ignores the input has 1 / classes. */
double mm_balanced_accuracy(const int *guess, const int *truth, int n, int classes);
/* [weighted_f1] The mean of the F1 of each class, weighted by how often it occurs; F1 = 2 TP / (2 TP + FP + FN), 0 if nothing is found. */
double mm_weighted_f1(const int *guess, const int *truth, int n, int classes);
double mm_mae(const real *guess, const real *truth, int n);     /* mean |guess - truth| */
double mm_pearson(const real *guess, const real *truth, int n); /* -1 .. 1; 0 where one of the two does not vary (NumPy: NaN) */
/* [acc7] Acc-7: limit 3; Acc-5: limit 2. The part of pairs that are equal once clipped to -limit .. limit and rounded, halves to even as np.round. */
double mm_rounded_accuracy(const real *guess, const real *truth, int n, int limit);

typedef struct SentimentScores {
    double accuracy, balanced, weighted_f1; /* of guess > 0 for truth > 0 */
    double mae, pearson, acc7, acc5;
} SentimentScores;

/* without_zero: pairs whose truth is 0 do not count for accuracy, balanced and weighted_f1 (MulT's exclude_zero). */
SentimentScores mm_sentiment_scores(const real *guess, const real *truth, int n, bool without_zero);

/* ---- captions (captions.c), as coco-caption computes them ---- */

typedef struct CaptionGuess {
    const char *guess;            /* what a model says of a picture, in UTF-8 */
    const char *const *reference; /* what people say of it: one text at least */
    int references;
} CaptionGuess;

typedef struct CaptionScores {
    double bleu[4]; /* [bleu] BLEU-1 … BLEU-4 (Papineni et al. 2002), of the whole corpus */
    double rouge_l; /* [rouge_l] mean over the pictures (Lin 2004) */
    double
        cider_d; /* [cider_d] mean over the pictures, 0 .. 10 (Vedantam et al. 2015); of one picture alone 0, as no word is rare */
} CaptionScores;

/* Of n pictures. Words are those of caption_words.c. rouge_l, cider_d (n): each picture's own, or NULL. */
CaptionScores mm_caption_scores(const CaptionGuess *at, int n, double *rouge_l, double *cider_d);

/* ---- answers to questions (vqa.c), as VQA's evaluation computes them ---- */

/* [vqa_accuracy] 0 .. 1: how well a guess agrees with n people's answers (VQA: 10). Answers are compared as mm_vqa_answer spells them; where
 * all people agree to the letter, as they are: "Yes." is not "yes". */
double mm_vqa_accuracy(const char *guess, const char *const *answer, int n);
/* The same from the number of people who gave this answer. Of 10: 0, .3, .6, .9, 1, 1, …: also the soft target of the answer. */
double mm_vqa_score(int matches, int n);

/* ---- how sure a figure is (bootstrap.c) ---- */

/* A figure of the n examples pick[0 .. n-1], some of them several times. */
typedef double Statistic(const int *pick, int n, const void *context);

typedef struct Interval {
    double value, low, high; /* of all examples once; bounds of the middle part of the resampled figures */
} Interval;

/* [bootstrap] Percentile interval (Efron 1979) of the given level, say .95, from `resamples` draws with replacement. cluster (n), or NULL: examples of one
 * cluster, say one speaker, are drawn together, since they are not independent. The same for any number of threads. */
Interval mm_bootstrap(Statistic *statistic, const void *context, int n, const int *cluster, int resamples, double level,
                      uint64_t seed);

typedef struct MeanSd {
    double mean, sd; /* sd over n - 1; 0 for n = 1 */
} MeanSd;
MeanSd mm_mean_sd(const double *x, int n); /* over seeds */
/* The 95 % interval of the mean over all seeds there are, from n of them: Student's t (1908). Without bounds for n = 1. */
Interval mm_seed_interval(const double *x, int n);

/* ---- the linear probe (logistic.c): how much of the classes a linear map can read off the features ---- */

typedef struct Logistic {
    int classes, D;
    real *weight, *bias; /* (classes, D), (classes); NULL before the first fit, which begins at zeros */
    double loss;         /* C sum_i -ln p_i + |weight|^2 / 2 */
    bool converged;      /* the gradient became as small as was asked for */
} Logistic;

typedef struct LogisticOptions {
    double C;         /* weight of the examples against that of small weights, as in scikit-learn */
    int iterations;   /* at most; 0: any number */
    double tolerance; /* of the length of the gradient, relative to that of the weights or to 1 */
} LogisticOptions;

/* x (n, D), y (n) classes -> the optimum, found from where *l is: a fit with another C nearby is quick. false: x or C have led to numbers
 * that are none. */
bool mm_logistic_fit(const real *x, const int *y, int n, int D, int classes, LogisticOptions options, Logistic *l);
void mm_logistic_scores(const Logistic *l, const real *x, int n, real *scores); /* (n, classes) */
void mm_logistic_free(Logistic *l);

/* ---- the modality gap (gap.c) ---- */

typedef struct ModalityGap {
    double distance;           /* between the mean of the rows of a and that of b */
    double within_a, within_b; /* mean cosine of two different rows of a; of b */
    double pairs, others;      /* mean cosine of row i of a and row i of b; of rows i and j */
} ModalityGap;

ModalityGap mm_modality_gap(const real *a, const real *b, int n, int D); /* (n, D), rows of length 1 */

/* What the next reads of a picture: 16 x 16, RGB on white, length 1: (n, MM_PIXEL_FEATURES). The caller frees. */
enum { MM_PIXEL_FEATURES = 16 * 16 * 3 };
real *mm_pixel_features(const Picture *picture, int n);

/* The baseline that learns nothing: pictures compared pixel by pixel (16 x 16, RGB on white, cosine). similarity (n, n_labels):
 * for each query and label the best match among the m stored pictures of that label; -infinity where there is none.
 * Goes to mm_recall with candidate labels 0 .. n_labels-1. */
void mm_pixel_neighbour(const Picture *query, int n, const Picture *stored, const int *stored_label, int m, int n_labels,
                        real *similarity);
/* The same of a test of emoji: each picture finds its concept through the pictures that all other styles have of the concepts asked for. */
Recall mm_emoji_pixel_recall(const EmojiSet *emoji, int style, const EmojiTest *test);

#endif
