/* Soft targets. */
#include "61.h"
#include "check.h"
#include "mm/metrics.h"

static void gives(int matches, int n, double want)
{
    char name[48];
    snprintf(name, sizeof name, "%d of %d agree", matches, n);
    expect_number(name, YOURS(mm_vqa_score)(matches, n), want, 1e-12);
}

void exercise_61(void)
{
    check("none", "nobody gave this answer", "0 people agree, whoever is left out.");
    gives(0, 10, 0);
    check("one", "one of ten: .3, not 1/3",
          "If that one is left out, none of the others agrees; else one, which is worth 1/3: 9 of 10 times.");
    gives(1, 10, 0.3);
    check("two", "two of ten: .6", "Twice one of the two is left out, and one is left; eight times two.");
    gives(2, 10, 0.6);
    check("many", "three of ten .9, four of ten 1",
          "Three of the others who agree are enough: each of the ten values is 1 at most.");
    gives(3, 10, 0.9);
    gives(4, 10, 1);
    check("all", "all agree", "min(1, matches / 3).");
    gives(9, 10, 1);
    gives(10, 10, 1);
    check("five", "five people", "The mean is over the n people who answered.");
    gives(1, 5, 4 / 15.0);
    gives(5, 5, 1);
    check("nobody", "nobody was asked", "Do not divide by 0.");
    gives(0, 0, 0);
}
