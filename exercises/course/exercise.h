/* exercise.h: what the program `learn` knows of an exercise, and the files it makes of it. */
#ifndef COURSE_EXERCISE_H
#define COURSE_EXERCISE_H

#include "region.h"

enum { EXERCISE_NAME = 96, HINTS = 3 };

typedef struct Exercise {
    char name[EXERCISE_NAME]; /* of its folder: "08-softmax-backward" */
    char title[EXERCISE_NAME];
    char chapter[32]; /* "engine", "ch03" */
    char minutes[16];
    char *hint[HINTS];
    char *folder, *mine; /* paths */
} Exercise;

typedef struct Exercises {
    const char *root; /* of the tree */
    Exercise *at;
    int n;
} Exercises;

/* All folders exercises/NN-name, in order, with what their README.md says. */
bool exercises_read(const char *root, Exercises *all, Error *err);
void exercises_free(Exercises *all);
/* By number ("8", "08") or by a part of its name that no other has; NULL: err says which there are. */
const Exercise *exercises_find(const Exercises *all, const char *name, Error *err);

/* The files that are made of template.c.in and of the regions that it names:
 *   STARTER    what a learner begins with: the function with a gap
 *   SOLUTION   the same with the region of the real source in the gap
 *   PROTOTYPE  what the test includes: the given types, and the function's first line
 *   SIGNATURE  that line alone */
typedef enum Made { STARTER, SOLUTION, PROTOTYPE, SIGNATURE } Made;
char *exercise_make(const char *root, const Exercise *e, Made which, Error *err); /* the caller frees */
/* Where the answer is: path and region, "src/ops/rows.c" and "softmax_row_backward". */
typedef struct Answer {
    char file[256], region[64];
} Answer;
bool exercise_answer(const Exercise *e, Answer *answer, Error *err);

#endif
