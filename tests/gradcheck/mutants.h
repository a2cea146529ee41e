/* mutants.h: wrong backwards that the gradient check must reject. */
#ifndef MM_TEST_MUTANTS_H
#define MM_TEST_MUTANTS_H

#include "mm/ops.h"

typedef struct Mutant {
    const char *op;
    const char *mistake; /* NULL: none; what the table's mistakes are made with is right, and must be accepted */
    void (*backward)(Tensor *y);
} Mutant;

/* Tables end with a zero entry. */
extern const Mutant mutants_any[]; /* for every op; the others name theirs */
#define MUTANTS(name) extern const Mutant mutants_##name[];
#include "mutants.def"
#undef MUTANTS
extern const Mutant *const mutant_tables[]; /* those of mutants.def; ends with NULL */

extern const Op *const all_ops[];    /* of ops.def; ends with NULL */
const Op *find_op(const char *name); /* NULL: there is none */
int mistakes_of(const Op *op);       /* how many are planted in this op alone */

/* What the right backward of y adds to each input, as the gradients of the inputs of the copy of y that is returned; NULL
 * for an input that needs none. The copy may be falsified first (another grad, data, saved or attr) and then be run. */
Tensor *copy_of(Tensor *y);
Tensor *run(Tensor *copy);
Tensor *right(Tensor *y); /* run(copy_of(y)) */
/* Adds what the copy's inputs got to the gradients of y's inputs; keep: those of input i only. */
void give(Tensor *y, const Tensor *copy);
void give_only(Tensor *y, const Tensor *copy, int i);
/* Adds slope(x, y, dy) dy to the gradient of an op's one input: a wrong f' of y = f(x). */
void give_slope(Tensor *y, double (*slope)(double x, double y, double dy));
#define SLOPE(name, expression)                                                                                                  \
    static double name##_slope(double x, double y, double dy)                                                                    \
    {                                                                                                                            \
        (void)x, (void)y, (void)dy;                                                                                              \
        return expression;                                                                                                       \
    }                                                                                                                            \
    static void name(Tensor *y)                                                                                                  \
    {                                                                                                                            \
        give_slope(y, name##_slope);                                                                                             \
    }

real *zeros(const Tensor *y, size_t n);
real *copied(const Tensor *y, const real *x, size_t n);

#endif
