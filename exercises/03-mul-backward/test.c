/* The part of a product's backward that belongs to its left operand, piece by piece as the engine calls it. */
#include "03.h"
#include "check.h"

enum { ROWS = 3, COLUMNS = 5, N = ROWS * COLUMNS };

/* a (COLUMNS) under b (ROWS, COLUMNS): the engine visits a once for each row. */
static void repeated(real *got, real *want)
{
    real a[COLUMNS], b[N], dy[N];
    draw(a, COLUMNS, -1, 1, "a");
    draw(b, N, -1, 1, "b");
    draw(dy, N, -1, 1, "dy");
    for (int c = 0; c < COLUMNS; c++) {
        got[c] = want[c] = 0;
    }
    for (int r = 0; r < ROWS; r++) {
        YOURS(mul_da)((Run){.n = COLUMNS, .a = a, .b = b + r * COLUMNS, .dy = dy + r * COLUMNS, .out = got});
        for (int c = 0; c < COLUMNS; c++) {
            want[c] += b[r * COLUMNS + c] * dy[r * COLUMNS + c];
        }
    }
}

static void one_piece(size_t n, const real *a, const real *b, const real *dy, const real *want)
{
    real out[4] = {0};
    YOURS(mul_da)((Run){.n = n, .a = a, .b = b, .dy = dy, .out = out});
    expect_tensor("da", MM_SHAPE((int)n), out, want, 0);
}

void exercise_03(void)
{
    check("other", "it is b that is multiplied",
          "The gradient of a is b times dy: how much y moves when a does depends on b, not on a.");
    one_piece(4, (const real[]){2, 3, 5, 7}, (const real[]){10, -20, 30, 40}, (const real[]){1, 1, 1, 1},
              (const real[]){10, -20, 30, 40});
    check("upstream", "the gradient from above counts", "Multiply by r.dy[i], with its sign.");
    one_piece(4, (const real[]){2, 3, 5, 7}, (const real[]){10, 20, 30, 40}, (const real[]){1, -2, 0, 3},
              (const real[]){10, -40, 0, 120});
    check(
        "repeats", "a (5) under b (3, 5): three visits add up",
        "a is used in each of three rows, so its gradient is a sum of three: use `+=`, or the last visit wipes out the others.");
    real got[COLUMNS], want[COLUMNS];
    repeated(got, want);
    expect_tensor("da", MM_SHAPE(COLUMNS), got, want, 1e-12);
    check("length", "pieces of one number and of two", "Does the loop run over all r.n elements, and no further?");
    one_piece(1, (const real[]){2}, (const real[]){3}, (const real[]){4}, (const real[]){12});
    one_piece(2, (const real[]){2, 2}, (const real[]){3, 5}, (const real[]){4, 1}, (const real[]){12, 5});
}
