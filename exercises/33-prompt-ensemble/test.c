/* A classifier made of texts. */
#include "33.h"
#include "check.h"
#include "mm/metrics.h"

enum { D = 3, MOST = 6 };

/* Texts and classes, compared with the library. start: what is in weights before. */
static void compare(const real *embedding, const int *label, int n, int classes, real start)
{
    real got[MOST * D], want[MOST * D];
    for (int i = 0; i < classes * D; i++) {
        got[i] = start;
    }
    mm_prompt_ensemble(embedding, label, n, classes, D, want);
    YOURS(mm_prompt_ensemble)(embedding, label, n, classes, D, got);
    expect_tensor("weights", MM_SHAPE(classes, D), got, want, 1e-9);
}

/* Six texts, each of length 1. */
static void unit_texts(real *e)
{
    draw(e, MOST * D, -1, 1, "texts");
    for (int i = 0; i < MOST; i++) {
        real squares = e[i * D] * e[i * D] + e[i * D + 1] * e[i * D + 1] + e[i * D + 2] * e[i * D + 2];
        for (int d = 0; d < D; d++) {
            e[i * D + d] /= sqrt(squares);
        }
    }
}

void exercise_33(void)
{
    static const int one_each[3] = {0, 1, 2}, mixed[6] = {1, 0, 1, 1, 0, 2}, gap[4] = {3, 0, 0, 1}, twins[6] = {0, 0, 1, 1, 2, 2};
    real e[MOST * D];
    unit_texts(e);
    check("one", "one text a class, of length 1", "Then the weights are the embeddings.");
    compare(e, one_each, 3, 3, 0);
    check("unit", "two texts a class: the length of the result",
          "The mean of two directions is shorter than 1. Bring each row of weights to length 1 at the end.");
    real w[3 * D] = {0};
    YOURS(mm_prompt_ensemble)(e, twins, 6, 3, D, w);
    for (int c = 0; c < 3; c++) {
        expect_number("its length", (double)sqrt(w[c * D] * w[c * D] + w[c * D + 1] * w[c * D + 1] + w[c * D + 2] * w[c * D + 2]),
                      1, 1e-9);
    }
    check("mean", "several texts a class, in any order", "Add every text to the row of its own class, label[i].");
    compare(e, mixed, 6, 3, 0);
    check("lengths", "the same texts, of other lengths",
          "Only the direction of a text counts: divide it by its length before it is added, or a long one counts for several.");
    for (int i = 0; i < MOST * D; i++) {
        e[i] *= (real)(1 + i / D);
    }
    compare(e, mixed, 6, 3, 0);
    check("old", "weights that are not zero before", "The caller does not clear weights; begin with zeros.");
    compare(e, mixed, 6, 3, 5);
    check("gap", "a class without a text", "Its row is zeros, which to_unit leaves as they are.");
    compare(e, gap, 4, 4, 5);
    check("zeros", "a text of zeros", "It has no direction; 0 / 0 would spread NaN over its class. Leave it out.");
    e[0] = e[1] = e[2] = 0;
    compare(e, mixed, 6, 3, 0);
}
