/* fewshot.h: classifiers that learn from a few pictures of each class. */
#ifndef CLIP_FEWSHOT_H
#define CLIP_FEWSHOT_H

#include "probe.h"

struct json_t;

/* Examples: features and classes. */
typedef struct Set {
    real *x; /* (n, D) */
    int *y;  /* (n) */
    int n;
} Set;

/* Copies of examples order[0] … order[n - 1]; the caller frees. */
Set set_take(const real *x, const int *y, const int *order, int n, size_t D);
void set_free(Set *s);
/* Accuracy on test of a logistic regression on train (probe.c). */
double probe_with(Set train, Set test, int D, int classes, double C);

enum { SHOTS = 5, REPEATS = 5 }; /* 1, 2, 4, 8, 16 pictures a class; draws of each */

/* Mean over the draws, and the half of the interval that holds the mean of all draws with 95 %. */
typedef struct Spread {
    double mean, half;
} Spread;

typedef struct FewShot {
    int shot[SHOTS];
    Spread features[SHOTS], pixels[SHOTS];
} FewShot;

FewShot fewshot_measure(const Clip *clip, const Task *t, uint64_t seed);
void fewshot_print(const FewShot *f);
struct json_t *fewshot_json(const FewShot *f);
/* OUT/probe/TASK.tsv and, if gnuplot is there, TASK.svg; all: the accuracy with all labels. */
bool fewshot_draw(const FewShot *f, const Task *t, const double *zero, double all, const char *out, Error *err);

#endif
