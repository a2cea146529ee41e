/* The targets of the cross-entropy. */
#include "12.h"
#include "check.h"

enum { N = 2, K = 4 };
static const int labels[N] = {2, 0};
static const real soft[N * K] = {0.5, 0.25, 0.25, 0, 0, 0, 1, 0};

static void row(const CrossEntropyAttr *a, size_t i, const real *want)
{
    real got[K];
    for (size_t k = 0; k < K; k++) {
        got[k] = YOURS(target)(a, i, k, K);
    }
    expect_tensor("t", MM_SHAPE(1, K), got, want, 1e-12);
}

void exercise_12(void)
{
    check("hard", "without smoothing: 1 for the label, 0 for the others", "Compare k with the label of row i, a->labels[i].");
    const CrossEntropyAttr hard = {.labels = labels};
    row(&hard, 0, (const real[]){0, 0, 1, 0});
    row(&hard, 1, (const real[]){1, 0, 0, 0});
    check("sums_to_1", "the targets of a row sum to 1 for every e",
          "(1 - e) for the label and e/K for each of the K classes, the label too. Is it K classes, not K - 1?");
    for (int e = 1; e <= 9; e++) {
        const CrossEntropyAttr a = {.labels = labels, .smoothing = (real)e / 10};
        double sum = 0;
        for (size_t k = 0; k < K; k++) {
            sum += (double)YOURS(target)(&a, 0, k, K);
        }
        expect_number("the sum", sum, 1, 1e-12);
    }
    check("smoothed", "e = 0.2: 0.05 each, and 0.8 more for the label", "e/K is 0.05; the label has 0.8 + 0.05.");
    row(&(CrossEntropyAttr){.labels = labels, .smoothing = (real)0.2}, 0, (const real[]){0.05, 0.05, 0.85, 0.05});
    check("soft", "given distributions, with and without smoothing",
          "Row i of a->soft begins at i * K; smoothing is applied to it as well.");
    row(&(CrossEntropyAttr){.soft = soft}, 0, soft);
    row(&(CrossEntropyAttr){.soft = soft, .smoothing = (real)0.2}, 1, (const real[]){0.05, 0.05, 0.85, 0.05});
    check("all", "e = 1: nothing is left of the label", "Then every class gets 1/K.");
    row(&(CrossEntropyAttr){.labels = labels, .smoothing = 1}, 1, (const real[]){0.25, 0.25, 0.25, 0.25});
}
