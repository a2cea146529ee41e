/* sentiment_baselines.c: how much of the feeling a linear map reads off each modality alone, on items that it has not seen: all five folds in turn.
 *     test_sentiment_baselines [fetched]      the shipped set, or the fetched one */
#include "mm/metrics.h"
#include "mm/sentiment.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 1 << 13 };

/* ---- features ---- */

static void mark(real *x, const char *text, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ (unsigned char)tolower((unsigned char)text[i])) * 0x100000001b3u;
    }
    x[(h ^ h >> 32) % WORDS] = 1;
}

/* The length of the word at p; each Chinese character is one, and so is whatever else is not a letter. */
static size_t word(const char *p)
{
    size_t n = 0;
    while (isalpha((unsigned char)p[n]) || p[n] == '\'') {
        n++;
    }
    if (n == 0) {
        n = (unsigned char)p[0] < 0xc0 ? 1 : (unsigned char)p[0] < 0xe0 ? 2 : (unsigned char)p[0] < 0xf0 ? 3 : 4;
    }
    return n;
}

/* Which words occur, and which stand next to each other. */
static void text_features(const SentimentItem *item, real *x)
{
    const char *before = NULL;
    for (const char *p = item->text; *p;) {
        size_t n = word(p);
        if (*p != ' ') {
            mark(x, p, n);
            if (before) {
                mark(x, before, (size_t)(p - before) + n);
            }
            before = p;
        }
        p += n;
    }
}

static void voice_features(const SentimentItem *item, real *x)
{
    FrontEnd f = MM_FRONT_END;
    int T;
    real *frames = mm_voice_frames(&f, &item->sound, &T);
    mm_voice_summary(&f, frames, T, x);
    free(frames);
}

static void face_features(const SentimentItem *item, real *x)
{
    real *pixels = mm_pixel_features(&item->picture, 1);
    memcpy(x, pixels, MM_PIXEL_FEATURES * sizeof *x);
    free(pixels);
}

static const struct {
    void (*features)(const SentimentItem *item, real *x);
    int D;
    double C;
} modality[MM_MODALITIES] = {
    {text_features, WORDS, 1}, {voice_features, MM_VOICE_SUMMARY, 0.01}, {face_features, MM_PIXEL_FEATURES, 100}};

/* ---- one modality ---- */

static void predict_fold(const SentimentList *list, Modality m, int fold, const real *features, int *guess)
{
    int D = modality[m].D, n = 0, *rows = malloc((size_t)list->n * sizeof *rows), *y = malloc((size_t)list->n * sizeof *y);
    size_t bytes = (size_t)list->n * (size_t)D * sizeof(real);
    real *x = malloc(bytes), *train = malloc(bytes), *scores = malloc((size_t)list->n * 2 * sizeof *scores);
    memcpy(x, features, bytes);
    for (int i = 0; i < list->n; i++) {
        if (list->at[i].fold != fold) {
            rows[n] = i;
            y[n++] = list->at[i].label;
        }
    }
    for (int i = 0; i < n; i++) {
        memcpy(train + (size_t)i * (size_t)D, x + (size_t)rows[i] * (size_t)D, (size_t)D * sizeof *x);
    }
    int positive = 0;
    for (int i = 0; i < n; i++) {
        positive += y[i];
    }
    double prior = log((double)positive / (n - positive)); /* taken off, or the rarer class would hardly be guessed */
    Logistic l = {0};
    LogisticOptions options = {.C = modality[m].C, .iterations = 300, .tolerance = 1e-4};
    bool ok = mm_logistic_fit(train, y, n, D, 2, options, &l);
    mm_logistic_scores(&l, x, list->n, scores);
    for (int i = 0; i < list->n && ok; i++) {
        if (list->at[i].fold == fold) {
            guess[i] = (double)(scores[2 * i + 1] - scores[2 * i]) > prior;
        }
    }
    mm_logistic_free(&l);
    free(rows);
    free(y);
    free(x);
    free(train);
    free(scores);
}

/* Returns the balanced accuracy of all items together. */
static double measure(const SentimentList *list, Modality m)
{
    real *features = calloc((size_t)list->n * (size_t)modality[m].D, sizeof *features);
    int *guess = calloc((size_t)list->n, sizeof *guess), *truth = malloc((size_t)list->n * sizeof *truth);
#pragma omp parallel for schedule(dynamic, 8)
    for (int i = 0; i < list->n; i++) {
        modality[m].features(&list->at[i], features + (size_t)i * (size_t)modality[m].D);
        truth[i] = list->at[i].label;
    }
    if (m == MM_VOICE) { /* beside how this speaker always speaks */
        int *speaker = malloc((size_t)list->n * sizeof *speaker);
        for (int i = 0; i < list->n; i++) {
            speaker[i] = list->at[i].group;
        }
        mm_voice_standardise(features, list->n, MM_VOICE_SUMMARY, speaker);
        free(speaker);
    }
    for (int fold = 0; fold < MM_FOLDS; fold++) {
        predict_fold(list, m, fold, features, guess);
    }
    double balanced = mm_balanced_accuracy(guess, truth, list->n, 2);
    printf("%-6s %5d items %4d groups  accuracy %.3f  balanced %.3f  chance .500  majority %.3f   %s\n", mm_modality_name[m],
           list->n, list->groups, mm_accuracy(guess, truth, list->n), balanced, mm_majority(truth, list->n), list->source);
    free(features);
    free(guess);
    free(truth);
    return balanced;
}

int main(int argc, char **argv)
{
    static const double shipped[MM_MODALITIES] = {0.7, 0.6, 0.6}, fetched[MM_MODALITIES] = {0.79, 0.57, 0.66};
    Error err;
    Sentiment s;
    bool is_fetched = argc > 1 && strcmp(argv[1], "fetched") == 0;
    if (!(is_fetched ? mm_sentiment_load_fetched : mm_sentiment_load)("datasets", &s, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    bool ok = true;
    for (int m = 0; m < MM_MODALITIES; m++) {
        ok &= measure(&s.list[m], m) > (is_fetched ? fetched : shipped)[m];
    }
    mm_sentiment_free(&s);
    return ok ? 0 : 1;
}
