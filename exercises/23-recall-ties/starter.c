/* Exercise 23: Recall@K, with ties. README.md beside this file says what is wanted; `./course test 23` judges it. */
#include "exercise.h"

typedef struct Place {
    int above, tied, relevant; /* relevant 0: the query has no relevant candidate */
} Place;

/* [recall_at_k] How likely one of the relevant candidates is among the first k: 1 - C(tied - relevant, j) / C(tied, j), where j = k - above
 * places are left for the tied ones. Multiplied out, the second term is the chance to draw j candidates that are not relevant. */
double hit(Place p, int k)
{
    NOT_STARTED;
}
