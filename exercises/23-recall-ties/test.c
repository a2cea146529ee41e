/* How likely a query is a hit. */
#include "23.h"
#include "check.h"

static void at(int above, int tied, int relevant, int k, double want)
{
    char name[96];
    snprintf(name, sizeof name, "above %d, tied %d, relevant %d, K %d", above, tied, relevant, k);
    expect_number(name, YOURS(hit)((Place){above, tied, relevant}, k), want, 1e-12);
}

void exercise_23(void)
{
    check("no_ties", "the best relevant candidate stands alone", "It is in place above + 1: a hit if that is at most K.");
    at(0, 1, 1, 1, 1);
    at(4, 1, 1, 5, 1);
    at(4, 1, 1, 10, 1);
    check("too_low", "K or more candidates are above", "No place is left: 0.");
    at(1, 1, 1, 1, 0);
    at(5, 1, 1, 5, 0);
    at(7, 3, 2, 5, 0);
    check("nothing", "nothing is relevant", "A query without a relevant candidate is never a hit, however large K is.");
    at(0, 10, 0, 5, 0);
    at(0, 0, 0, 5, 0);
    check("tied", "ten tied, one relevant, one place",
          "All orders are equally likely. One place of ten: 1/10. To count a tie as a hit would be too good.");
    at(0, 10, 1, 1, 0.1);
    check("several", "several places, several relevant ones",
          "Every place is a chance, and drawing is without replacement: after a wrong one there is one wrong less and one "
          "candidate less. 1 - (7 6) / (10 9) for 3 of 10 "
          "and K = 2.");
    at(0, 10, 1, 5, 0.5);
    at(3, 10, 1, 5, 0.2);
    at(0, 10, 3, 2, 1 - 42.0 / 90);
    at(0, 4, 2, 2, 1 - 2.0 / 12);
    check("certain", "more places than wrong candidates", "Then a hit is certain: 1. Does a factor become negative in yours?");
    at(0, 10, 3, 8, 1);
    at(0, 3, 3, 10, 1);
    at(0, 4, 2, 9, 1);
}
