/* The softmax of a row. */
#include "06.h"
#include "check.h"

enum { MOST = 8 };

static void try(int n, const real *x, const real *want)
{
    real p[MOST] = {0};
    YOURS(mm_softmax_row)(p, x, n);
    expect_tensor("p", MM_SHAPE(n), p, want, 1e-12);
}

static void in_place(void)
{
    real x[4];
    draw(x, 4, -1, 1, "x");
    real p[4], sum = 0, want[4];
    for (int i = 0; i < 4; i++) {
        sum += want[i] = exp(x[i]);
        p[i] = x[i];
    }
    for (int i = 0; i < 4; i++) {
        want[i] /= sum;
    }
    YOURS(mm_softmax_row)(p, p, 4);
    expect_tensor("p", MM_SHAPE(4), p, want, 1e-12);
}

void exercise_06(void)
{
    check("by_hand", "the scores ln 1, ln 2, ln 5",
          "Their exponentials are 1, 2 and 5, so p is 1/8, 2/8 and 5/8. Is each divided by the sum of all?");
    try(3, (const real[]){log((real)1), log((real)2), log((real)5)}, (const real[]){0.125, 0.25, 0.625});
    check("large", "scores of 800 and 801", "e^800 is infinite. Subtract the largest score before exp: p stays the same.");
    try(2, (const real[]){800, 801}, (const real[]){1 / (1 + exp((real)1)), 1 / (1 + exp((real)-1))});
    check("negative", "scores of -800 and -801",
          "e^-800 is 0, and 0 divided by 0 is no number. The largest score is -800: the search for it must not start at 0.");
    try(2, (const real[]){-800, -801}, (const real[]){1 / (1 + exp((real)-1)), 1 / (1 + exp((real)1))});
    check("largest", "the largest score stands first, in the middle, last",
          "Is it the largest that is subtracted, and does the search for it look at every score, the last one too?");
    try(3, (const real[]){800, 0, 0}, (const real[]){1, 0, 0});
    try(3, (const real[]){0, 800, 0}, (const real[]){0, 1, 0});
    try(3, (const real[]){0, 0, 800}, (const real[]){0, 0, 1});
    check("masked", "a score of minus infinity gets exactly 0", "e^-infinity is 0; nothing special is needed.");
    try(3, (const real[]){1, -INFINITY, 1}, (const real[]){0.5, 0, 0.5});
    check("one", "a single score", "Alone it has probability 1.");
    try(1, (const real[]){-3}, (const real[]){1});
    check("in_place", "p and x are the same array", "Do not read x[i] again once p[i] is written.");
    in_place();
}
