/* The counting of neighbours. */
#include "21.h"
#include "check.h"

enum { A = 1, B = 2, C = 3 };

static Word word(int *ids, int n)
{
    return (Word){.ids = ids, .n = n, .count = 1000}; /* count as such is not what is to be added */
}

static void expect_pair(PairTable *t, int left, int right, int want)
{
    char name[32];
    snprintf(name, sizeof name, "(%d, %d)", left, right);
    expect_int(name, *mm_pair_value(t, left, right, 0), want);
}

void exercise_21(void)
{
    PairTable t = {0};
    Word abc = word((int[]){A, B, C}, 3), aba = word((int[]){A, B, A, B}, 4);
    check("pairs", "the word 1 2 3 has the pairs (1, 2) and (2, 3)", "Each token with the one after it, the last with nothing.");
    YOURS(count_pairs)(&t, &abc, 1);
    expect_pair(&t, A, B, 1);
    expect_pair(&t, B, C, 1);
    expect_int("the number of different pairs", t.n, 2);
    check("count", "a word that counts 7",
          "Add `count`, the argument: a word that occurs 7 times counts 7 for each of its pairs.");
    YOURS(count_pairs)(&t, &abc, 7);
    expect_pair(&t, A, B, 8);
    check("twice", "1 2 1 2 holds (1, 2) twice and (2, 1) once", "Every place counts, and (2, 1) is another pair than (1, 2).");
    YOURS(count_pairs)(&t, &aba, 1);
    expect_pair(&t, A, B, 10);
    expect_pair(&t, B, A, 1);
    check("down", "counting down with -1", "count may be negative: add it, whatever its sign.");
    YOURS(count_pairs)(&t, &aba, -1);
    expect_pair(&t, A, B, 8);
    expect_pair(&t, B, A, 0);
    check("short", "words of one token and of none have no pair", "Is there a token after this one? n - 1 may be 0, or -1.");
    Word one = word((int[]){A}, 1), none = word((int[]){A}, 0);
    YOURS(count_pairs)(&t, &one, 1);
    YOURS(count_pairs)(&t, &none, 1);
    expect_int("the number of different pairs", t.n, 3);
    mm_pair_free(&t);
}
