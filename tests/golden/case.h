/* case.h: one operation, forward and backward, against its golden in operations.json; the gradients of a model. */
#ifndef GOLDEN_CASE_H
#define GOLDEN_CASE_H

#include "fill.h"
#include "golden.h"

/* One operation: inputs, then the upstream gradient, are drawn in this order from Lcg(1), as in make_goldens.py. */
typedef struct Case {
    Golden golden;
    Graph *g;
    Params *ps; /* the inputs, so that they have gradients */
    Lcg lcg;
} Case;

Case begin(const char *name);
Tensor *input(Case *c, Shape shape, double scale);
/* Compares y; draws dy; goes back from y; compares the gradient of every input. */
void end(Case *c, Tensor *y);
bool end_agrees(Case *c, Tensor *y); /* the same without failing */

/* The gradient of every parameter times draws of Lcg(54321), summed, in the order of names, must be the number that the golden has
 * under the parameter's name: this tells which is wrong. */
void compare_gradients(Golden golden, Params *ps);

#endif
