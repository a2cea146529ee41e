/* recurrent.h: what LSTM and GRU share: their inputs, and every product but the walk through time. Private to src/ops.
 *
 * Inputs: x (B, T, I), weight_ih (G, I), weight_hh (G, H), bias_ih (G), bias_hh (G), with G = 4H or 3H rows, a block of H for
 * each gate. Nothing depends on the state before but weight_hh h, so weight_ih x is one product over all steps. */
#ifndef MM_RECURRENT_H
#define MM_RECURRENT_H

#include "mm/core.h"

typedef struct RecurrentAttr {
    const int *length; /* B lengths, or NULL: all are T. Past its end a sequence has states of 0, which get no gradient */
} RecurrentAttr;

typedef struct Recurrent {
    int B, T, I, H, G;
    const int *length;
} Recurrent;

enum { X, WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH, RECURRENT_INPUTS };

/* gates: 4 or 3. y is (B, T, H). */
Shape mm_recurrent_shape(const Tensor *y, int gates);
Recurrent mm_recurrent(const Tensor *y);
Tensor *mm_recurrent_apply(Graph *g, const Op *op, Tensor *const *in, const int *length, Site site);

/* gate (B, T, G) = x weight_ih^T + bias_ih */
void mm_recurrent_products(const Tensor *y, real *gate);
/* to (B rows of G, `stride` apart) += h_(t-1) weight_hh^T; t > 0 */
void mm_recurrent_step(const Tensor *y, int t, real *to, int stride);
/* dh (B, H) = beta dh + dgate_t weight_hh, where dgate is (B, T, G) */
void mm_recurrent_step_back(const Tensor *y, int t, const real *dgate, real beta, real *dh);
/* Adds to all gradients. d_ih (B, T, G) is that of x weight_ih^T + bias_ih, d_hh that of h weight_hh^T + bias_hh; they may be
 * one array. Clears the first step of d_hh. */
void mm_recurrent_gradients(Tensor *y, const real *d_ih, real *d_hh);

#endif
