/* run.h: an answer is compiled to a shared object and judged by the program `judge`. */
#ifndef COURSE_RUN_H
#define COURSE_RUN_H

#include "exercise.h"

enum { PASSED = 0, FAILED = 1, NOT_STARTED = 77 }; /* as exit statuses of `learn test` */

typedef enum Verdict { RIGHT, WRONG, UNTOUCHED, NO_COMPILE, CRASH, TIME_OUT, BROKEN } Verdict;

typedef struct Judged {
    Verdict verdict;
    char first[64];        /* the first check that failed, or in which the program crashed */
    int checks, wrong;     /* that ended, and ended badly */
    char *compiler, *said; /* what the compiler and the judge printed */
    double seconds;
} Judged;

/* text: C; shown: the path that the compiler's messages name. It is compiled as `variant`, a name for the files that are made.
 * more: further arguments of the judge, ended by NULL; may be NULL. strict: a warning is an error. */
typedef struct Job {
    const char *root;
    const Exercise *exercise;
    const char *text, *shown, *variant;
    char *const *more;
    const char *graph; /* a folder to draw to, instead of being judged */
    bool strict, colour;
} Job;

Judged judge_answer(const Job *job);
void judged_free(Judged *j);
char *compiled_path(const Exercise *e, const char *variant, const char *ending); /* of the files made; the caller frees */

#endif
