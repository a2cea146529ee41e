/* LAMB's trust ratio. */
#include "52.h"
#include "check.h"

enum { MANY = 1000 };

static void ratio(size_t n, const real *p, const real *r, double want)
{
    expect_number("the ratio", (double)YOURS(trust_ratio)(p, r, n), want, 1e-9);
}

void exercise_52(void)
{
    check("ratio", "p = (3, 4), r = (0, 2)", "|p| is 5 and |r| is 2: lengths, not sums of squares, and p over r.");
    ratio(2, (const real[]){3, 4}, (const real[]){0, 2}, 2.5);
    check("zero_p", "a parameter of zeros", "With a ratio of 0 it would stay 0 for ever: 1 in its place.");
    ratio(2, (const real[]){0, 0}, (const real[]){1, 2}, 1);
    check("zero_r", "an update of zeros", "|p| / 0 is infinite, and infinity times 0 is not a number: 1 in its place.");
    ratio(2, (const real[]){1, 2}, (const real[]){0, 0}, 1);
    check("sign", "one number, and an update against it", "Lengths have no sign: the update keeps its own.");
    ratio(1, (const real[]){-2}, (const real[]){0.5}, 4);
    check("many", "a thousand numbers", "All of them count, and their number does not.");
    real p[MANY], r[MANY];
    for (int i = 0; i < MANY; i++) {
        p[i] = i % 2 ? 3 : -3;
        r[i] = 2;
    }
    ratio(MANY, p, r, 1.5);
    ratio(2, (const real[]){1e-20, 0}, (const real[]){0, 1e-22}, 100);
}
