/* learn.h: what the commands of `learn` share. */
#ifndef COURSE_LEARN_H
#define COURSE_LEARN_H

#include "exercise.h"
#include "run.h"

/* What a learner has done, kept in exercises/progress.tsv: a text file that goes with the tree. */
typedef struct Record {
    bool passed;
    int hints; /* shown so far */
} Record;

typedef struct Learn {
    Exercises all;
    Record *record; /* one an exercise */
    bool colour, terminal;
} Learn;

void progress_read(Learn *l);
void progress_write(const Learn *l);
Record *record_of(Learn *l, const Exercise *e);
const Exercise *next_exercise(const Learn *l); /* the first that is not passed; NULL: all are */

/* Makes mine.c from the starter if it is not there; true if it was made. */
bool start_exercise(const Learn *l, const Exercise *e, bool *made, Error *err);
/* Judges mine.c, prints all that came out and keeps the record. */
Verdict show_verdict(Learn *l, const Exercise *e);
void print_progress_bar(const Learn *l);

/* Judges at each save, goes on to the next exercise when one is passed. once: ends after one save. poll: looks at the file's
 * time instead of being told, for file systems that tell nothing. */
int watch(Learn *l, const Exercise *e, bool once, bool poll);

/* The gradient graph of the test, with the learner's function and with the reference, to out/exercises/NN-name/. false: nothing could
 * be read or written; otherwise j, which the caller frees, says what was drawn. */
bool draw_graph(const Learn *l, const Exercise *e, Judged *j, Error *err);

int command_hint(Learn *l, const Exercise *e, int n, char **args);
int command_reset(Learn *l, const Exercise *e, int n, char **args);
int command_solution(Learn *l, const Exercise *e, int n, char **args);
int command_graph(Learn *l, const Exercise *e, int n, char **args);
int command_diff(Learn *l, const Exercise *e, int n, char **args);

#endif
