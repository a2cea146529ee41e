/* pixels.c: the baseline that learns nothing. Two pictures are as similar as their colours are, place by place. */
#include "io/memory.h"
#include "mm/metrics.h"

#include <math.h>

enum { SIDE = 16, FEATURES = MM_PIXEL_FEATURES };

/* (FEATURES): the colours of a 16 x 16 version on white, as a vector of length 1. */
static void to_features(const Picture *p, real *to)
{
    Picture flat = mm_picture_flatten(p, mm_white), tiny = mm_picture_resize(&flat, SIDE, SIDE, MM_BICUBIC);
    double squares = 0;
    for (int i = 0; i < FEATURES; i++) {
        squares += tiny.pixels[i] * tiny.pixels[i];
    }
    double scale = squares > 0 ? 1 / sqrt(squares) : 0; /* black has no direction: similar to nothing */
    for (int i = 0; i < FEATURES; i++) {
        to[i] = (real)(tiny.pixels[i] * scale);
    }
    mm_picture_free(&flat);
    mm_picture_free(&tiny);
}

real *mm_pixel_features(const Picture *picture, int n)
{
    real *features = mm_take((size_t)n * FEATURES, sizeof *features);
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        to_features(picture + i, features + (size_t)i * FEATURES);
    }
    return features;
}

void mm_pixel_neighbour(const Picture *query, int n, const Picture *stored, const int *stored_label, int m, int n_labels,
                        real *similarity)
{
    real *q = mm_pixel_features(query, n), *s = mm_pixel_features(stored, m);
    real *cosine = mm_take((size_t)n * (size_t)m, sizeof *cosine);
    mm_gemm(1, n, m, FEATURES, 1, (Mat){q, FEATURES, 1, 0}, (Mat){s, 1, FEATURES, 0}, 0, (Mat){cosine, m, 1, 0});
    for (size_t i = 0; i < (size_t)n * (size_t)n_labels; i++) {
        similarity[i] = -(real)INFINITY;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            if (stored_label[j] < 0 || stored_label[j] >= n_labels) {
                mm_fail((FailHandler){0}, "mm_pixel_neighbour: label %d of %d", stored_label[j], n_labels);
            }
            real *best = similarity + (size_t)i * (size_t)n_labels + stored_label[j];
            real c = cosine[(size_t)i * (size_t)m + (size_t)j];
            *best = c > *best ? c : *best;
        }
    }
    free(q);
    free(s);
    free(cosine);
}

Recall mm_emoji_pixel_recall(const EmojiSet *emoji, int style, const EmojiTest *test)
{
    int stored = 0, concepts = emoji->concepts.n;
    Picture *picture = mm_take((size_t)emoji->n, sizeof *picture);
    int *label = mm_take((size_t)emoji->n, sizeof *label), *all = mm_take((size_t)concepts, sizeof *all);
    real *similarity = mm_take((size_t)test->n * (size_t)concepts, sizeof *similarity);
    bool *candidate = mm_take((size_t)concepts, sizeof *candidate);
    for (int i = 0; i < test->n; i++) {
        candidate[test->concept[i]] = true;
    }
    for (int i = 0; i < emoji->n; i++) {
        if (emoji->at[i].style != style && candidate[emoji->at[i].concept]) {
            picture[stored] = emoji->at[i].picture;
            label[stored++] = emoji->at[i].concept;
        }
    }
    for (int c = 0; c < concepts; c++) {
        all[c] = c;
    }
    mm_pixel_neighbour(test->picture, test->n, picture, label, stored, concepts, similarity);
    Recall r = mm_recall(similarity, test->n, concepts, test->concept, all);
    free(candidate);
    free(picture);
    free(label);
    free(all);
    free(similarity);
    return r;
}
