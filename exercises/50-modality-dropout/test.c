/* Modality dropout. */
#include "50.h"
#include "check.h"

enum { N = 3, MANY = 20000 };

/* The part of MANY examples in which each modality is there afterwards; returns the part in which nothing is. */
static double drop(const real *there, double p, double *left)
{
    Rng rng = mm_rng(1, "dropout");
    double nothing = 0;
    memset(left, 0, N * sizeof *left);
    for (int i = 0; i < MANY; i++) {
        real present[N];
        double sum = 0;
        memcpy(present, there, sizeof present);
        YOURS(mm_modality_dropout)(present, N, p, &rng);
        for (int m = 0; m < N; m++) {
            expect(present[m] == 0 || present[m] == 1, "present[%d] is %g", m, (double)present[m]);
            left[m] += (double)present[m] / MANY;
            sum += (double)present[m];
        }
        nothing += sum == 0;
    }
    return nothing / MANY;
}

static void near_to(const char *what, int m, double got, double want)
{
    expect(fabs(got - want) < 0.015, "%s: modality %d is there in %.3f of the examples, wanted %.3f", what, m, got, want);
}

void exercise_50(void)
{
    static const real all[N] = {1, 1, 1}, two[N] = {1, 0, 1}, none[N] = {0, 0, 0};
    double left[N];
    check("none", "p = 0: nothing is left out", "mm_uniform(rng) >= p holds with probability 1 - p.");
    drop(all, 0, left);
    for (int m = 0; m < N; m++) {
        near_to("p = 0", m, left[m], 1);
    }
    check("missing", "the second is missing from the start", "What is not there stays 0, also when one must come back.");
    drop(two, 0.7, left);
    expect(left[1] == 0, "the missing one is there in %.3f of the examples", left[1]);
    check("often", "p = .2: each is there in .8 of the examples, and a little more", "Each is left out with probability p.");
    drop(all, 0.2, left);
    for (int m = 0; m < N; m++) {
        near_to("p = .2", m, left[m], 0.8 + 0.008 / 3);
    }
    check("stays", "p = .7: never all of them", "If all that were there would go, one comes back.");
    double nothing = drop(all, 0.7, left);
    expect(nothing == 0, "of %.3f of the examples nothing is left", nothing);
    check("fair", "whichever comes back is each as often",
          "Draw mm_below of how many were there, and bring back that one alone.");
    for (int m = 0; m < N; m++) {
        near_to("p = .7", m, left[m], 0.3 + 0.343 / 3);
    }
    drop(two, 0.7, left);
    for (int m = 0; m < N; m += 2) {
        near_to("two of three, p = .7", m, left[m], 0.3 + 0.49 / 2);
    }
    check("nothing", "an example that has nothing keeps nothing", "Nothing can come back where nothing was.");
    nothing = drop(none, 0.5, left);
    expect(nothing == 1, "in %.3f of the examples something is there", 1 - nothing);
}
