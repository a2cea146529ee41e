/* study.h: ways to fuse, each trained several times, every time with another fold of the data for the test; and what they then say. */
#ifndef FUSION_STUDY_H
#define FUSION_STUDY_H

#include "feelings.h"
#include "jobs.h"
#include "opinions.h"
#include "variants.h"

/* The options that commands of the sentiment data share. */
typedef struct StudyOptions {
    Common common;
    DataSet set;
    const char *table; /* own triples; NULL: none */
    int runs;
    bool validate; /* fold 0 is left out of everything, and the others are the test in turn */
    Recipe recipe;
} StudyOptions;

StudyOptions study_defaults(int runs);
extern const struct argp_child study_children[]; /* of which the first, and only, input is a StudyOptions */
error_t study_parse(int key, char *arg,
                    struct argp_state *state); /* the parser of a command whose input is one and that has no more options */

enum { MOST_RUNS = 20, TESTED = 1000 };

typedef struct Study {
    Feelings feelings;
    int runs, kinds, folds;
    Fold fold[MM_FOLDS]; /* (folds) */
    Question question[MM_FOLDS];
    Task task[MM_FOLDS];
    Triple *test;       /* (runs, TESTED) */
    Learning *job;      /* (runs, kinds) */
    Opinions *opinions; /* (runs), or NULL: study_teach */
    Task *ready;        /* (runs): the tasks of these */
} Study;

/* Loads the data, splits it, draws the tests. */
bool study_new(const StudyOptions *o, Question (*question)(const Fold *fold), Study *s, Error *err);
/* Trains models, each modality by itself, to tell positive from negative. What study_learn trains from then on reads how positive an item
 * is to those of them that have not seen it. */
bool study_teach(Study *s, const StudyOptions *o, Error *err);
/* Trains recipe[0 .. kinds-1], `runs` times each. */
void study_jobs(Study *s, const StudyOptions *o, const Recipe *recipe, int kinds); /* all but the training */
bool study_learn(Study *s, const StudyOptions *o, const Recipe *recipe, int kinds, Error *err);
void study_free(Study *s);
const Task *study_task(const Study *s, int run); /* run r has fold r mod folds */

/* p (runs, TESTED): what net `kind` of each run says of its test. rule counts for late fusion. */
void study_predict(const Study *s, int kind, const Disturb *d, LateRule rule, real *p);
/* The part that is right in each run. */
void study_accuracy(const Study *s, const real *p, double *accuracy);
double study_majority(const Study *s);
/* p's accuracy over all runs less that of q (NULL: less nothing), with the 95 % interval of a bootstrap that draws whole sentences. */
Interval study_difference(const Study *s, const real *p, const real *q);
/* "early" in all fusions: fills recipe (FUSIONS). */
void study_all_fusions(const Recipe *base, Recipe *recipe);

#endif
