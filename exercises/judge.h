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
const char *judge_graph(void); /* the folder to draw to instead of judging; NULL: none */
/* In that case draws the graph of an entry of op's checks, with backward and with op's own. */
struct Op;
struct Check;
struct Tensor;
void judge_draw_op(const struct Op *op, void (*backward)(struct Tensor *y), const struct Check *check);
const char *judge_mark(bool wrong); /* switches colour on or off, "" without colour */

#endif
