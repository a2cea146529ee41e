/* A backward that must fail one test and no other. */
#include "17.h"
#include "check.h"

enum { V = 6, D = 3, MOST = 6 };

/* Runs theirs and the right one from `start`. */
static void run(int rows, const int *ids, real start, real *got, real *want)
{
    real dy[MOST * D];
    draw(dy, (size_t)(rows * D), (real)0.5, 1, "dy");
    for (int k = 0; k < V * D; k++) {
        got[k] = want[k] = start;
    }
    for (int k = 0; k < rows * D; k++) {
        want[ids[k / D] * D + k % D] += dy[k];
    }
    YOURS(broken_embedding_backward)(got, ids, dy, rows, D);
}

static void must_be_right(int rows, const int *ids, real start)
{
    real got[V * D], want[V * D];
    run(rows, ids, start, got, want);
    expect_tensor("dtable", MM_SHAPE(V, D), got, want, 1e-12);
}

static void must_be_wrong(int rows, const int *ids)
{
    real got[V * D], want[V * D];
    double difference = 0;
    run(rows, ids, 0, got, want);
    for (int k = 0; k < V * D; k++) {
        difference = fmax(difference, fabs((double)(got[k] - want[k])));
    }
    expect(difference > 1e-6, "yours is right here: nothing is broken");
}

void exercise_17(void)
{
    check("in_order", "ids 0, 1, 2: still right",
          "Without repeated ids each row of dtable gets its one gradient, and no other row anything.");
    must_be_right(3, (const int[]){0, 1, 2}, 0);
    check("distinct", "ids 4, 0, 5, 2: still right", "Row i of dy belongs to row ids[i] of the table.");
    must_be_right(4, (const int[]){4, 0, 5, 2}, 0);
    check("adds", "the gradient was 10 before: still right",
          "To write instead of adding breaks this test too: it must be broken for repeated ids alone.");
    must_be_right(4, (const int[]){4, 0, 5, 2}, 10);
    check("broken", "ids 2, 4, 2: wrong", "This is the test that must fail: an id that stands twice, with another between.");
    must_be_wrong(3, (const int[]){2, 4, 2});
    check("always", "other repetitions: wrong too",
          "Whichever id it is that repeats, and whether the two are neighbours or not.");
    must_be_wrong(2, (const int[]){0, 0});
    must_be_wrong(5, (const int[]){1, 5, 3, 0, 5});
}
