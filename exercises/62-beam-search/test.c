/* The best beginnings. */
#include "62.h"
#include "check.h"

enum { ROOM = 8 };
static const int canary = -1234;

typedef struct List {
    Beam top[ROOM + 1]; /* the last is nobody's */
    int n;
} List;

/* Offers score[0 .. count - 1] in this order, token k with score k. */
static List offer_all(const double *score, int count, int width)
{
    List l = {.n = 0};
    for (int i = 0; i <= ROOM; i++) {
        l.top[i] = (Beam){0, canary, canary};
    }
    for (int k = 0; k < count; k++) {
        YOURS(offer)(l.top, &l.n, width, (Beam){score[k], 10 + k, k});
    }
    return l;
}

static void holds(const double *score, int count, int width, const int *token, int n)
{
    const List l = offer_all(score, count, width);
    expect_int("how many are kept", l.n, n);
    for (int i = 0; i < n && i < l.n; i++) {
        expect(l.top[i].token == token[i], "place %d holds what was offered as number %d, wanted %d", i, l.top[i].token,
               token[i]);
        expect(l.top[i].from == 10 + l.top[i].token && l.top[i].score == score[l.top[i].token],
               "place %d mixes two beginnings: token %d, from %d, score %g", i, l.top[i].token, l.top[i].from, l.top[i].score);
    }
    for (int i = width; i <= ROOM; i++) {
        expect(l.top[i].token == canary, "place %d was written to, and the width is %d", i, width);
    }
}

void exercise_62(void)
{
    check("one", "the first is kept", "top[0] = b, and *n becomes 1.");
    holds((const double[]){-1}, 1, 3, (const int[]){0}, 1);
    check("order", "three, the best first",
          "Find the place before which all are at least as good; move the others down, the last first.");
    holds((const double[]){-1, -2, -3}, 3, 3, (const int[]){0, 1, 2}, 3);
    holds((const double[]){-3, -1, -2}, 3, 3, (const int[]){1, 2, 0}, 3);
    check("equal", "of equals the one that came first", "Go on only past what is worse, not past what is equal.");
    holds((const double[]){-2, -2, -1}, 3, 3, (const int[]){2, 0, 1}, 3);
    check("full", "a worse one, where there is no more room",
          "If its place would be `width`, it is not among the best: leave all as it is.");
    holds((const double[]){-1, -2, -3}, 3, 2, (const int[]){0, 1}, 2);
    holds((const double[]){-1, -2}, 2, 1, (const int[]){0}, 1);
    check("better", "a better one, where there is no more room", "The last of `width` falls out; *n stays.");
    holds((const double[]){-3, -2, -1}, 3, 2, (const int[]){2, 1}, 2);
    if (!right_so_far()) {
        return; /* a list that has grown too long would not survive a hundred */
    }
    check("many", "a hundred, the best five", "");
    double score[100];
    for (int k = 0; k < 100; k++) {
        score[k] = -(double)(k * 37 % 100);
    }
    holds(score, 100, 5, (const int[]){0, 73, 46, 19, 92}, 5);
}
