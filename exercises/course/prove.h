/* prove.h: do the tests of an exercise catch wrong answers? */
#ifndef COURSE_PROVE_H
#define COURSE_PROVE_H

#include "exercise.h"

enum { LEAST_MUTANTS = 4 };

/* starter.c is what make.c makes of the present source; write: makes it so. */
bool prove_starter(const char *root, const Exercise *e, bool write, Error *err);

/* The reference passes, the starter is "not started", and unless the first two are all that is asked for, each wrong answer of
 * mutants.tsv fails first in the check that is named there. The rows of the kill table go to `table` (may be NULL). */
bool prove_exercise(const char *root, const Exercise *e, bool mutants, FILE *table, Error *err);

/* exercises/KILLS.md: which check caught which wrong answer. Proves all exercises and writes it. */
bool kills_write(const Exercises *all, Error *err);
/* Whether the rows of one exercise, as prove_exercise gives them, are those that stand there. */
bool kills_agree(const char *root, const Exercise *e, const char *rows, Error *err);

#endif
