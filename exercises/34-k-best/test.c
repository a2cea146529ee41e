/* The k best, in a heap whose root is the worst of them. */
#include "34.h"
#include "check.h"

enum { MOST = 20 };

/* Scores become entries at rows 0, 1, …; behind them lies one that is worse than all, which is not part of the heap. */
static void sinks(int n, const double *score, int i, const int *want)
{
    Neighbour heap[MOST + 1];
    for (int j = 0; j < n; j++) {
        heap[j] = (Neighbour){(real)score[j], j};
    }
    heap[n] = (Neighbour){-100, 99};
    YOURS(sift_down)(heap, n, i);
    for (int j = 0; j < n; j++) {
        expect(heap[j].at == want[j], "place %d: the entry of row %d, should be that of row %d", j, heap[j].at, want[j]);
    }
    expect(heap[n].at == 99, "what lies behind the heap was moved");
}

static bool before(Neighbour a, Neighbour b)
{
    return a.score != b.score ? a.score > b.score : a.at < b.at;
}

/* As mm_nearest does it, with scores of which many are equal. */
static void best_of_many(void)
{
    enum { MANY = 500 };
    Neighbour heap[MOST + 1] = {[MOST] = {-100, 999}};
    real score[MANY];
    draw(score, MANY, 0, 60, "scores");
    for (int j = 0; j < MANY; j++) {
        score[j] = floor(score[j]);
    }
    for (int j = 0; j < MOST; j++) {
        heap[j] = (Neighbour){score[j], j};
    }
    for (int i = MOST / 2 - 1; i >= 0; i--) {
        YOURS(sift_down)(heap, MOST, i);
    }
    for (int j = MOST; j < MANY; j++) {
        if (before((Neighbour){score[j], j}, heap[0])) {
            heap[0] = (Neighbour){score[j], j};
            YOURS(sift_down)(heap, MOST, 0);
        }
    }
    for (int j = 0; j < MANY; j++) {
        int better = 0, held = 0;
        for (int k = 0; k < MANY; k++) {
            better += before((Neighbour){score[k], k}, (Neighbour){score[j], j});
        }
        for (int k = 0; k < MOST; k++) {
            held += heap[k].at == j;
        }
        expect(held == (better < MOST), "row %d: %d are better, but it is %s", j, better, held ? "kept" : "not kept");
    }
}

void exercise_34(void)
{
    check("still", "the root is behind both children", "Then all is in order: the worst is at the root. Move nothing.");
    sinks(3, (const double[]){1, 5, 3}, 0, (const int[]){0, 1, 2});
    sinks(1, (const double[]){1}, 0, (const int[]){0});
    check("left", "the left child is the worst", "It rises to the root and the root takes its place.");
    sinks(3, (const double[]){9, 2, 5}, 0, (const int[]){1, 0, 2});
    check("right", "the right child is the worst",
          "The worse of the two rises. The other would then have one above it that is ahead of it.");
    sinks(3, (const double[]){9, 5, 2}, 0, (const int[]){2, 1, 0});
    check("last", "a parent with one child",
          "2 i + 2 may be n, which is behind the end: look at n before you look at the entry.");
    sinks(2, (const double[]){9, 5}, 0, (const int[]){1, 0});
    sinks(2, (const double[]){1, 5}, 0, (const int[]){0, 1});
    check("deep", "down several levels", "After the exchange go on from the child's place.");
    sinks(7, (const double[]){9, 2, 3, 4, 5, 6, 7}, 0, (const int[]){1, 3, 2, 0, 4, 5, 6});
    sinks(8, (const double[]){5, 3, 2, 4, 6, 8, 7, 9}, 0, (const int[]){2, 1, 0, 3, 4, 5, 6, 7});
    check("equal", "equal scores", "Of equal scores the later row is the worse one: let `ahead` decide, not the scores.");
    sinks(3, (const double[]){5, 5, 5}, 0, (const int[]){2, 1, 0});
    check("middle", "an entry that is not the root", "Begin at i.");
    sinks(6, (const double[]){1, 9, 2, 4, 6, 3}, 1, (const int[]){0, 3, 2, 1, 4, 5});
    check("many", "the 20 best of 500", "The root must be the worst after every exchange.");
    best_of_many();
}
