/* Exercise 15: Attention, backward. README.md beside this file says what is wanted; `./course test 15` judges it. */
#include "exercise.h"

#include "ops/rows.h"

#include <omp.h>

typedef struct AttentionAttr {
    int heads;
    bool causal;
} AttentionAttr;

typedef struct Head {
    int t, d;
    real scale;
    size_t q, k, v, y, p; /* offsets of this head in qkv, y and P */
    ptrdiff_t stride;     /* from a token to the next in qkv: 3D; in y it is D */
} Head;

static Head head_at(const Tensor *y, int index)
{
    const AttentionAttr *a = y->attr;
    size_t T = (size_t)y->shape.d[1], D = (size_t)y->shape.d[2], d = D / (size_t)a->heads;
    size_t b = (size_t)(index / a->heads), h = (size_t)(index % a->heads), q = b * T * 3 * D + h * d;
    return (Head){.t = (int)T,
                  .d = (int)d,
                  .scale = 1 / sqrt((real)d),
                  .q = q,
                  .k = q + D,
                  .v = q + 2 * D,
                  .y = b * T * D + h * d,
                  .p = (size_t)index * T * T,
                  .stride = 3 * (ptrdiff_t)D};
}

static Mat rows_of(const real *p, ptrdiff_t stride)
{
    return (Mat){(real *)p, stride, 1, 0};
}

static Mat columns_of(const real *p, ptrdiff_t stride)
{
    return (Mat){(real *)p, 1, stride, 0};
}

void attention_backward(Tensor *y)
{
    const AttentionAttr *a = y->attr;
    int B = y->shape.d[0], T = y->shape.d[1], D = y->shape.d[2], n = B * a->heads;
    size_t square = (size_t)T * (size_t)T;
    const real *qkv = y->in[0]->data;
    real *dqkv = mm_grad(y->in[0]), *scratch = mm_scratch(y->graph, (size_t)mm_threads() * 2 * square * sizeof *scratch);
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        Head h = head_at(y, i);
        const real *p = y->saved + h.p, *dy = y->grad + h.y;
        real *dp = scratch + (size_t)omp_get_thread_num() * 2 * square, *ds = memset(dp + square, 0, square * sizeof *ds);
        NOT_STARTED;
    }
}
