/* One merge of byte-pair encoding, on rows of ids with room for exactly as many. */
#include "22.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 8, TEXT = 128, A = 1, B = 2, C = 3, AB = 12, AA = 11 };

static const char *in_text(const int *ids, int n, char text[TEXT])
{
    int at = 0;
    text[0] = 0;
    for (int i = 0; i < n && i < MOST; i++) {
        at += snprintf(text + at, TEXT - (size_t)at, "%s%d", i ? " " : "", ids[i]);
    }
    return text;
}

/* The ids lie in memory of their own, so that a step over the end is seen. */
static void try(Merge m, int n, const int *before, int left, const int *after)
{
    int *ids = malloc((size_t)(n ? n : 1) * sizeof *ids);
    char name[2 * TEXT], text[TEXT], got[TEXT], want[TEXT];
    memcpy(ids, before, (size_t)n * sizeof *ids);
    int kept = YOURS(mm_merge_pair)(ids, n, m);
    snprintf(name, sizeof name, "%s with (%d, %d) -> %d", in_text(before, n, text), m.left, m.right, m.result);
    expect(kept == left, "%s: returned %d, want %d", name, kept, left);
    expect_text(name, in_text(ids, left, got), in_text(after, left, want));
    free(ids);
}

void exercise_22(void)
{
    const Merge ab = {A, B, AB}, aa = {A, A, AA};
    check("none", "a word without the pair stays as it is",
          "B A is not A B, and A C is not either: both the left and the right id must fit.");
    try(ab, 4, (const int[]){B, A, C, B}, 4, (const int[]){B, A, C, B});
    check("one", "a pair in the middle",
          "Write `result`, go on two places behind in the old row and one place behind in the new one.");
    try(ab, 4, (const int[]){C, A, B, C}, 3, (const int[]){C, AB, C});
    check("all", "every pair is merged, not the first alone", "Go on after a merge until the row ends.");
    try(ab, 5, (const int[]){A, B, C, A, B}, 3, (const int[]){AB, C, AB});
    check("overlap", "A A A holds the pair (A, A) once, from the left",
          "After a merge both old tokens are used up: the next pair begins two places further.");
    try(aa, 3, (const int[]){A, A, A}, 2, (const int[]){AA, A});
    try(aa, 4, (const int[]){A, A, A, A}, 2, (const int[]){AA, AA});
    check("again", "a token just made is not merged again", "Compare with the old ids, not with what you have written.");
    try((Merge){A, A, A}, 4, (const int[]){A, A, A, A}, 2, (const int[]){A, A});
    check("short", "words of one token and of none", "Look at the next token only where there is one.");
    try(ab, 1, (const int[]){A}, 1, (const int[]){A});
    try(ab, 0, (const int[]){0}, 0, (const int[]){0});
}
