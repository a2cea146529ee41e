/* models.h: the models that the benchmark times. peers.py has the same in PyTorch. */
#ifndef BENCH_MODELS_H
#define BENCH_MODELS_H

#include "05-uniter/losses.h"
#include "mm/nn.h"
#include "model.h"

typedef struct Bench {
    Params *params;
    int batch;
    Clip clip;
    Vit vit;
    Bert bert;
    Uniter uniter;
    Rnn rnn;
    Mbconv mbconv[6];
    Efficientnet efficientnet;
    Linear head;
    real *x;   /* pixels, or the features of a sequence or of regions */
    real *box; /* regions */
    int *ids;  /* tokens */
} Bench;

typedef struct BenchModel {
    const char *name, *about;
    int batch;
    bool inference;
    void (*init)(Bench *b);
    Tensor *(*forward)(Graph *g, Bench *b); /* the loss; in inference the output */
} BenchModel;

extern const BenchModel bench_models[]; /* ends with a zero entry */

/* Element i of an input, the same number in C and in Python: (7919 i mod 2001) / 1000 - 1, or 7919 i mod n. */
real *bench_reals(size_t n);
int *bench_ids(size_t n, int below);

#endif
