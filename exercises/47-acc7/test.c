/* Acc-7. */
#include "47.h"
#include "check.h"

#include "mm/metrics.h"

#include <stdio.h>

static void one(double guess, double truth, int limit, bool right)
{
    char name[64];
    snprintf(name, sizeof name, "guess %g, truth %g, limit %d", guess, truth, limit);
    expect_number(name, YOURS(mm_rounded_accuracy)((const real[]){(real)guess}, (const real[]){(real)truth}, 1, limit), right,
                  1e-12);
}

void exercise_47(void)
{
    check("near", "guesses near a whole number", "Round both; they are right when the results are equal.");
    one(1.8, 2, 3, true);
    one(1.2, 2, 3, false);
    one(-0.7, -1.2, 3, true);
    one(0.3, -0.4, 3, true);
    check("halves", "guesses half way between",
          "np.round brings halves to the even neighbour: 0.5 and -0.5 to 0, 1.5 and 2.5 to 2.");
    one(0.5, 0, 3, true);
    one(1.5, 2, 3, true);
    one(2.5, 2, 3, true);
    one(-0.5, 0, 3, true);
    one(-2.5, -2, 3, true);
    check("clip_guess", "guesses beyond the scale", "What is beyond the limit counts as the limit.");
    one(7, 3, 3, true);
    one(-7, -3, 3, true);
    check("clip_truth", "truths beyond the limit: Acc-5", "The truth is clipped too: with limit 2, a 3 counts as a 2.");
    one(2.1, 3, 2, true);
    one(-2, -3, 2, true);
    check("mean", "several, and none", "The part of all n; 0 where there are none.");
    expect_number("two of four", YOURS(mm_rounded_accuracy)((const real[]){1, 2, 3, 0}, (const real[]){1, 1, 3, 1}, 4, 3), 0.5,
                  1e-12);
    expect_number("of none", YOURS(mm_rounded_accuracy)((const real[]){0}, (const real[]){0}, 0, 3), 0, 1e-12);
}
