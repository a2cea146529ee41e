/* The mean rank of the first relevant candidate. */
#include "24.h"
#include "check.h"

#include "mm/metrics.h"

static void at(int above, int tied, int relevant, int m, double want)
{
    char name[96];
    snprintf(name, sizeof name, "above %d, tied %d, relevant %d, of %d", above, tied, relevant, m);
    expect_number(name, YOURS(rank)((Place){above, tied, relevant}, m), want, 1e-12);
}

/* One query over m candidates: its median rank is its rank. */
static void as_library(const real *score, const int *label, int m, Place p)
{
    Recall r = mm_recall(score, 1, m, (const int[]){0}, label);
    expect_number("one query", YOURS(rank)(p, m), r.median_rank, 1e-12);
}

void exercise_24(void)
{
    check("no_ties", "alone with its score", "Ranks count from 1: with nothing above, the rank is 1.");
    at(0, 1, 1, 10, 1);
    at(6, 1, 1, 10, 7);
    check("none", "nothing is relevant", "Then the rank is m + 1, after all candidates.");
    at(0, 0, 0, 10, 11);
    at(0, 10, 0, 10, 11);
    check("tied", "ten tied, one relevant: in the middle", "The mean of 1 .. 10 is 5.5: (tied + 1) / 2.");
    at(0, 10, 1, 10, 5.5);
    at(3, 10, 1, 20, 8.5);
    check("several", "several of the tied are relevant",
          "With all 3 of 3 relevant the first one is at place 1. Is the division one of integers?");
    at(0, 3, 3, 10, 1);
    at(0, 10, 3, 10, 2.75);
    at(2, 4, 2, 10, 2 + 5.0 / 3);
    check("library", "queries whose scores are given, against the library", "Work this one out on paper.");
    as_library((const real[]){5, 3, 3, 1}, (const int[]){1, 0, 2, 0}, 4, (Place){1, 2, 1});
    as_library((const real[]){2, 2, 2, 2, 2}, (const int[]){0, 1, 0, 3, 3}, 5, (Place){0, 5, 2});
}
