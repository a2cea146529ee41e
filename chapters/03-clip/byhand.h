/* byhand.h: CLIP's loss and its gradients written out for a few pairs, with neither ops nor tape, in double precision: what
 * `clip example` sets beside the tape's numbers. Letters are model.c's.
 *
 *     E = F W                     both towers: features (N, width) times projection (width, embed)
 *     I, T = rows of E / length   E of the pictures, E of the texts
 *     S = I T^T                   cosines (N, N)
 *     Z = e^s S                   logits
 *     P, Q = softmax of the rows of Z, of its columns
 *     L = (mean_i -ln P_ii + mean_i -ln Q_ii) / 2
 *
 * and back, with 1 the identity matrix:
 *
 *     dL/dZ = (P + Q - 2 1) / 2N
 *     dL/ds = sum_ij dL/dZ_ij Z_ij
 *     dL/dI = e^s dL/dZ T,  dL/dT = e^s (dL/dZ)^T I
 *     dL/dE_i = (dL/dI_i - (dL/dI_i . I_i) I_i) / |E_i|        what points along I_i cannot change a length that stays 1
 *     dL/dW = F^T dL/dE,  dL/dF = dL/dE W^T */
#ifndef CLIP_BYHAND_H
#define CLIP_BYHAND_H

#include "mm/core.h"

typedef struct Matrix {
    int rows, columns;
    double *at; /* row-major */
} Matrix;

Matrix matrix_new(int rows, int columns); /* zeros; the caller frees */
/* A copy of a tensor's data or gradient with its last dimension as columns; turned: transposed. */
Matrix matrix_of(const Tensor *t, const real *numbers, bool turned);
void matrix_free(Matrix *m);
double matrix_difference(Matrix a, Matrix b); /* the largest |a_ij - b_ij|; NaN counts as infinity */
double matrix_largest(Matrix a);              /* the largest |a_ij| */

/* One tower's way into the loss. */
typedef struct Side {
    Matrix f, w, e, unit;         /* F, W, E, and I or T */
    Matrix d_f, d_w, d_e, d_unit; /* their gradients */
} Side;

typedef struct ByHand {
    int n; /* pairs */
    Side image, text;
    Matrix s, S, Z, P, Q, d_s, d_S, d_Z; /* s and d_s (1, 1) */
    double image_to_text, text_to_image, loss;
} ByHand;

/* From f and w of both sides, which it takes over, and s: all the rest. */
ByHand by_hand(Matrix image_f, Matrix image_w, Matrix text_f, Matrix text_w, double s);
void by_hand_free(ByHand *h);

#endif
