/* mm/inspect.h: what went on in a graph: are its gradients right, and what flowed where. */
#ifndef MM_INSPECT_H
#define MM_INSPECT_H

#include <stdio.h>

#include "mm/core.h"

/* ---- are the gradients right? (gradcheck.c, modelcheck.c; in double: link mm64) ---- */

/* The worst element of a gradient check, in a form that can be printed. */
typedef struct Gradcheck {
    const char *op, *check; /* names of the op and of the entry of its check table */
    int input;              /* which input, and which element of it */
    size_t index;
    double numeric, analytic, error; /* error = |numeric - analytic| / (|numeric| + |analytic| + 0.001) */
    size_t compared;                 /* how many elements were compared */
    char text[512];                  /* all that in words; what is wrong, if something is */
} Gradcheck;

/* Compares an op's backward with central differences: every element of every input of every entry of op->check, from a
 * random upstream gradient. Each case is run with all inputs as parameters, with each alone (the others need no gradient),
 * and with one tensor in two places where the shapes allow it. Gradients start non-zero, so `=` for `+=` is seen.
 *
 * backward (NULL: the op's own) stands in for op->backward: a learner's, or a planted mistake.
 * Returns whether everything agrees within MM_GRADCHECK_TOLERANCE. worst (may be NULL): the worst element of all, or of the
 * first entry that fails: tables begin with what is simplest. */
bool mm_gradcheck(const Op *op, void (*backward)(Tensor *y), Gradcheck *worst);
#define MM_GRADCHECK_TOLERANCE 1e-6

/* A whole model: its loss as a function of its parameters. Must be the same function at every call. */
typedef Tensor *(*ModelLoss)(Graph *g, void *model);

typedef struct ModelCheck {
    double loss;
    double numeric, analytic, error; /* of the worst direction */
    char text[512];
} ModelCheck;

/* Compares the gradient of loss along random directions v of all the parameters, gradient . v, with the central difference
 * (loss(p + h v) - loss(p - h v)) / 2h: two evaluations a direction, whatever the size. The parameters are left as they
 * were, their gradients are the model's. Returns whether each direction agrees within tolerance. */
bool mm_modelcheck(Params *ps, ModelLoss loss, void *model, int directions, double tolerance, ModelCheck *worst);

#endif
