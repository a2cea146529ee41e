/* judge.h: what judge.c, expect.c and the table of exercises share. */
#ifndef EXERCISES_JUDGE_H
#define EXERCISES_JUDGE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct JudgedExercise {
    const char *name; /* of its folder */
    void (*run)(void);
} JudgedExercise;

extern const JudgedExercise judged_exercises[]; /* made by CMake from the folders; ends with a zero entry */

/* Where to write what is wrong in the present check; NULL: something is known already. judge_keep when it is written. */
FILE *judge_wrong(char **text);
void judge_keep(FILE *f, char *const *text);
const char *judge_mark(bool wrong); /* switches colour on or off, "" without colour */

#endif
