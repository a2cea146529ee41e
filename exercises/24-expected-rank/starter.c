/* Exercise 24: The rank of the first relevant one, with ties. README.md beside this file says what is wanted; `./course test 24` judges it. */
#include "exercise.h"

typedef struct Place {
    int above, tied, relevant; /* relevant 0: the query has no relevant candidate */
} Place;

/* [median_rank] The mean rank of the first of the relevant ones: they divide the other tied candidates into relevant + 1 equal parts. */
double rank(Place p, int m)
{
    NOT_STARTED;
}
