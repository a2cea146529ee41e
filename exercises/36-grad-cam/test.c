/* Grad-CAM. */
#include "36.h"
#include "check.h"

enum { H = 2, W = 3, PLACES = H * W };

/* Features and gradients as a tensor that has both; compared with the library. start: what is in map before. */
static void compare(int examples, int C, const real *a, const real *da, int example, real start)
{
    Tensor x = {.shape = MM_SHAPE(examples, C, H, W), .data = (real *)a, .grad = (real *)da};
    real got[PLACES], want[PLACES];
    for (int p = 0; p < PLACES; p++) {
        got[p] = start;
    }
    mm_grad_cam(&x, example, want);
    YOURS(mm_grad_cam)(&x, example, got);
    expect_tensor("map", MM_SHAPE(H, W), got, want, 1e-9);
}

void exercise_36(void)
{
    static const real one[PLACES] = {1, 0, 2, 0, 3, 0}, ones[PLACES] = {1, 1, 1, 1, 1, 1};
    static const real two[2 * PLACES] = {1, 2, 3, 4, 5, 6, 0, 1, 0, 1, 0, 1};
    static const real for_and_against[2 * PLACES] = {2, 2, 2, 2, 2, 2, -1, -1, -1, -1, -1, -1};
    static const real mixed[2 * PLACES] = {6, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 0};
    static const real against[PLACES] = {-1, -1, -1, -1, -1, -1};
    real a[3 * 4 * PLACES], da[3 * 4 * PLACES];
    draw(a, 3 * 4 * PLACES, 0, 1, "features");
    draw(da, 3 * 4 * PLACES, -1, 1, "gradients");
    check("one", "one channel that is asked for alike everywhere", "alpha is 1: the map is the channel.");
    compare(1, 1, one, ones, 0, 0);
    check("against", "a channel that speaks for, one that speaks against",
          "Add up all channels, also those with an alpha below 0, before anything is cut.");
    compare(1, 2, two, for_and_against, 0, 0);
    check("mean", "gradients that differ from place to place",
          "alpha is the mean of a channel's gradient over all places, one number for the channel.");
    compare(1, 2, two, mixed, 0, 0);
    check("cut", "a channel that speaks against, alone", "What is below 0 becomes 0.");
    compare(1, 1, one, against, 0, 0);
    check("old", "a map that is not zero before", "The caller does not clear it; begin with zeros.");
    compare(1, 2, two, mixed, 0, 5);
    check("batch", "the last of three examples, four channels", "a and da already point at the example.");
    compare(3, 4, a, da, 2, 0);
}
