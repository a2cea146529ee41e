/* compare.h: what `align compare` compares (experiments.c), trains and measures (compare.c), and says (compare_report.c). */
#ifndef ALIGN_COMPARE_H
#define ALIGN_COMPARE_H

#include "learner.h"
#include "measure.h"
#include "program.h"

enum { MOST_VARIANTS = 8, MOST_RUNS = 20 };

/* What is trained on, and how. */
typedef struct Variant {
    char name[48]; /* "30 % wrong" */
    SetOptions set;
    Recipe recipe;
} Variant;

typedef struct Experiment {
    const char *name, *question;
    /* Makes variants of base; returns how many. */
    int (*variants)(const Variant *base, const Sources *sources, Variant *v);
    int reference; /* which of them the others are compared with */
    bool curve;    /* they are in an order, and drawn with a line */
    bool fetched;  /* variants have what was fetched: two more styles of emoji, IconPark's icons */
} Experiment;

extern const Experiment experiments[]; /* ends with {0} */
const Experiment *experiment_named(const char *name);

/* Of all runs of a variant on one test. */
typedef struct Outcome {
    double *hit[2]; /* (runs, pictures): of each picture, whether its text is the first, or among the first ten */
    Recall pixels;  /* the pixel nearest neighbour, trained on the same pairs, of the first run */
    int pairs;
} Outcome;

enum { AT_1, AT_10 };
extern const int hit_at[2];

typedef struct Comparison {
    const Experiment *experiment;
    int runs, variants, tests;
    Variant variant[MOST_VARIANTS];
    int64_t seen; /* pairs that each model sees, the same one again counted again */
    unsigned long long seed;
    Sources sources;
    PairSet set; /* of the first variant and run: its tests are those of all */
    Outcome outcome[MOST_VARIANTS][MOST_TESTS];
    double seconds;
} Comparison;

/* How a variant does beside the reference. */
typedef struct Difference {
    Interval pictures, seeds; /* of R@10 less the reference's: were there other test pictures; were there other seeds */
    const char *verdict;      /* "better" or "worse" if both intervals say so, else "tie" */
} Difference;

MeanSd comparison_recall(const Comparison *c, int variant, int test, int at);
Difference comparison_difference(const Comparison *c, int variant, int test);

void comparison_print(const Comparison *c);
void comparison_print_json(const Comparison *c);
bool comparison_draw(const Comparison *c, const char *out, Error *err); /* OUT/compare-NAME.tsv and .svg */

#endif
