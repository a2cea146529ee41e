/* mutants.h: wrong backwards that the gradient check must reject. */
#ifndef MM_TEST_MUTANTS_H
#define MM_TEST_MUTANTS_H

#include "mm/ops.h"

typedef struct Mutant {
    const char *op, *mistake;
    void (*backward)(Tensor *y);
} Mutant;

/* One table a file; each ends with a zero entry. */
extern const Mutant mutants_any[], mutants_elementwise[], mutants_products[], mutants_norms[], mutants_pictures[], mutants_rows[],
    mutants_sequences[];

const Op *find_op(const char *name); /* in ops.def; NULL if it is not there */

/* What the right backward of y adds to each input, as the gradients of the inputs of the copy of y that is returned; NULL
 * for an input that needs none. The copy may be falsified first (another grad, data, saved or attr) and then be run. */
Tensor *copy_of(Tensor *y);
Tensor *run(Tensor *copy);
Tensor *right(Tensor *y); /* run(copy_of(y)) */
/* Adds what the copy's inputs got to the gradients of y's inputs; keep: those of input i only. */
void give(Tensor *y, const Tensor *copy);
void give_only(Tensor *y, const Tensor *copy, int i);
real *zeros(const Tensor *y, size_t n);
real *copied(const Tensor *y, const real *x, size_t n);

#endif
