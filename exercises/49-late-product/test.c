/* Late fusion by product. */
#include "49.h"
#include "check.h"

enum { MANY = 1000 };

static void gives(const real *p, int n, int K, const real *wanted)
{
    real out[3] = {-7, -7, -7};
    YOURS(mm_late_product)(p, n, K, out);
    expect_tensor("p", MM_SHAPE(K), out, wanted, 1e-9);
}

void exercise_49(void)
{
    check("one", "of one modality: what it says",
          "The exponential of a logarithm is the number itself, and the whole adds up to 1.");
    gives((const real[]){(real)0.3, (real)0.7}, 1, 2, (const real[]){(real)0.3, (real)0.7});
    gives((const real[]){3, 1}, 1, 2, (const real[]){(real)0.75, (real)0.25}); /* whatever the scale */
    check("agree", "(.2, .8) twice: odds of 4 times 4 to 1", "Odds are multiplied: logarithms of all modalities are added.");
    gives((const real[]){(real)0.2, (real)0.8, (real)0.2, (real)0.8}, 2, 2, (const real[]){1 / (real)17, 16 / (real)17});
    check("disagree", "(.5, .25, .25) and (.1, .1, .8)", "Modality m of class k is p[m * K + k].");
    gives((const real[]){(real)0.5, (real)0.25, (real)0.25, (real)0.1, (real)0.1, (real)0.8}, 2, 3,
          (const real[]){2 / (real)11, 1 / (real)11, 8 / (real)11});
    check("zero", "two modalities rule out one class each", "ln 0 is minus infinity: add 1e-30 first.");
    gives((const real[]){0, 1, 1, 0}, 2, 2, (const real[]){(real)0.5, (real)0.5});
    check("many", "a thousand modalities of (.01, .02, .01)",
          "exp of a very small number is 0, and 0 / 0 no number: take the largest sum away before exp.");
    real p[3 * MANY];
    for (int i = 0; i < MANY; i++) {
        p[3 * i] = p[3 * i + 2] = (real)0.01;
        p[3 * i + 1] = (real)0.02;
    }
    gives(p, MANY, 3, (const real[]){0, 1, 0});
}
