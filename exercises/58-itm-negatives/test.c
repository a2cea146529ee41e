/* Whose picture? */
#include "58.h"
#include "check.h"

enum { ITEMS = 6, MANY = 6000 };

typedef struct Count {
    int matched, wrong, same,
        of[ITEMS]; /* pairs; labels that are not true; others' texts of the own picture; whose picture came */
} Count;

/* pick: always the same item, in the second place of two. */
static Count draw_for(const int *picture, int n, int item)
{
    Item all[ITEMS] = {{0}};
    for (int i = 0; i < n; i++) {
        all[i].picture = picture[i];
    }
    const ItemSet set = {all, n, 1, 1};
    Rng rng = mm_rng(1, "pictures");
    Count c = {0};
    for (int k = 0; k < MANY; k++) {
        int pick[2] = {(item + 1) % n, item}, from[2] = {-1, -1}, matched[2] = {-1, -1};
        YOURS(draw_pictures)(&set, pick, 2, from, matched, &rng);
        bool inside = from[1] >= 0 && from[1] < n;
        c.matched += matched[1] == 1;
        c.wrong += !inside || (matched[1] == 1 ? from[1] != item : matched[1] != 0 || from[1] == item);
        c.same += inside && matched[1] == 0 && picture[from[1]] == picture[item];
        c.of[inside ? from[1] : 0]++;
    }
    return c;
}

void exercise_58(void)
{
    static const int apart[ITEMS] = {0, 1, 2, 3, 4, 5}, shared[ITEMS] = {0, 0, 0, 1, 1, 2}, one[3] = {4, 4, 4};
    Count c = draw_for(apart, ITEMS, 2);
    check("half", "half of the texts keep their picture", "matched[i] is 1 with probability 1/2, drawn for each text.");
    expect(fabs((double)c.matched / MANY - 0.5) < 0.03, "%.3f of them", (double)c.matched / MANY);
    check("label", "matched 1: the own picture, from[i] = pick[i]; 0: another's", "Of the text i the item is pick[i].");
    expect(c.wrong == 0, "%d of %d are not so", c.wrong, MANY);
    check("spread", "every other picture as often as the next", "mm_below(rng, set->n): any of the set, not only of the batch.");
    for (int i = 0; i < ITEMS; i++) {
        double want = i == 2 ? 0.5 : 0.5 / (ITEMS - 1), got = (double)c.of[i] / MANY;
        expect(fabs(got - want) < 0.03, "the picture of item %d came in %.3f of the draws, wanted %.3f", i, got, want);
    }
    check("last", "the last item of the set", "Any other picture will do, whether it comes before or after.");
    c = draw_for(apart, ITEMS, ITEMS - 1);
    expect(fabs((double)c.matched / MANY - 0.5) < 0.03, "%.3f keep their picture", (double)c.matched / MANY);
    check("same", "several texts of one picture",
          "Another text's picture may be the same: draw again while set->item[…].picture is.");
    c = draw_for(shared, ITEMS, 1);
    expect(c.same == 0, "in %d of %d draws the picture was called another's, and was the own", c.same, MANY);
    check("alone", "a set of one picture", "Look first whether there is another picture; if not, all texts keep theirs.");
    c = draw_for(one, 3, 1);
    expect(c.matched == MANY && c.wrong == 0, "%d of %d keep it", c.matched, MANY);
}
