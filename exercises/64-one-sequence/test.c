/* One sequence of words and regions. */
#include "64.h"
#include "check.h"

enum { D = 2, T = 3, R = 2 };

/* Row r of `both` holds (r, 10 r). Of each example only words and regions are compared: padding may be anything that is a row. */
static void compare(int B, const int *words, const int *regions)
{
    Graph *g = mm_graph_new(1);
    const UniterBatch b = {.B = B, .T = T, .R = R, .words = words, .regions = regions};
    Tensor *both = mm_input(g, MM_SHAPE(B, T + R, D), NULL);
    int L = 0;
    for (int i = 0; i < B * (T + R); i++) {
        both->data[i * D] = i;
        both->data[i * D + 1] = 10 * i;
    }
    for (int i = 0; i < B; i++) {
        L = words[i] + regions[i] > L ? words[i] + regions[i] : L;
    }
    const Tensor *x = YOURS(gather)(g, &b, both, L);
    bool right = mm_shape_equal(x->shape, MM_SHAPE(B, L, D));
    expect(right, "the sequence must be (%d, %d, %d)", B, L, D);
    for (int i = 0; i < B && right; i++) {
        for (int at = 0; at < words[i] + regions[i]; at++) {
            int want = i * (T + R) + (at < words[i] ? at : T + at - words[i]), got = (int)x->data[(i * L + at) * D];
            expect(got == want, "example %d, place %d: row %d of the two, wanted row %d", i, at, got, want);
            expect(x->data[(i * L + at) * D + 1] == 10 * x->data[(i * L + at) * D], "a row is mixed of two");
        }
    }
    mm_graph_free(g);
}

void exercise_64(void)
{
    check("words", "an example without regions", "A place below words[i] holds that word: row i (T + R) + place.");
    compare(1, (const int[]){3}, (const int[]){0});
    check("order", "three words, two regions: in this order", "Region r of an example is row T + r of its rows in `both`.");
    compare(1, (const int[]){3}, (const int[]){2});
    check("gap", "two words of three, two regions",
          "Regions follow the last word of this example at once, without the text's padding.");
    compare(1, (const int[]){2}, (const int[]){2});
    if (!right_so_far()) {
        return; /* a row beyond the last would end the test */
    }
    check("second", "two examples of different lengths", "Each example has T + R rows in `both`, and lengths of its own.");
    compare(2, (const int[]){3, 1}, (const int[]){2, 1});
    compare(2, (const int[]){1, 2}, (const int[]){1, 2});
    check("long", "L is less than T + R", "");
    compare(2, (const int[]){1, 1}, (const int[]){2, 1});
}
