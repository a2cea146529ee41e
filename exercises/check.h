/* check.h: what the test of an exercise is written with.
 *
 * A test is a list of checks. Each has an id, says what it looks at and holds the hint for whoever fails it. The simplest come
 * first, and one that recognises a particular mistake before the general one: the first that fails is shown in full, with its
 * hint; of the others one line each. */
#ifndef EXERCISES_CHECK_H
#define EXERCISES_CHECK_H

#include "mm/inspect.h"
#include "mm/ops.h"

#include <math.h>
#include <string.h>

/* The learner's function of this name, with its type. */
#define YOURS(function) ((__typeof__(function) *)yours(#function))
void *yours(const char *function);
/* For a milestone: the learner's function of another exercise, or NULL if they have not passed it. */
#define PASSED(exercise, function) ((__typeof__(function) *)passed(exercise, #function))
void *passed(const char *exercise, const char *function);

/* Opens a check; what follows belongs to it. Of its expectations the first that fails is kept. */
void check(const char *id, const char *what, const char *hint);

bool right_so_far(void); /* for a check that a wrong answer would not survive */

void expect(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3))); /* the text says what is wrong */
void expect_int(const char *name, long got, long want);
void expect_text(const char *name, const char *got, const char *want);
/* |got - want| <= tolerance (|want| + 1) */
void expect_number(const char *name, double got, double want, double tolerance);
/* All elements, each as above; shown side by side where they are few. */
void expect_tensor(const char *name, Shape shape, const real *got, const real *want, double tolerance);
/* backward of op against finite differences (mm_gradcheck) */
void expect_gradient(const Op *op, void (*backward)(Tensor *y));
/* backward of op and theirs on the same inputs and the same upstream gradient: every input's gradient, which starts at `start`,
 * must agree within 1e-9. c: an entry of op->check, or one's own. */
void expect_backward(const Op *op, void (*theirs)(Tensor *y), const Check *c, double start);
/* The test failed without a reason in the answer: a mistake of the exercise. */
_Noreturn void broken_test(const char *what);

/* Numbers in [low, high], the same in every run for the same name. */
void draw(real *x, size_t n, double low, double high, const char *name);

/* For `./course graph`, in which case it does not return: draws what build makes with the learner's function and without. */
void draw_pair(Tensor *(*build)(Graph *g, Params *ps, bool theirs, void *context), void *context);

/* Prints what is worth knowing beside the verdict, such as the figure that a milestone reached. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
