/* Where a region is. */
#include "60.h"
#include "check.h"

static void gives(double left, double top, double right, double bottom, int width, int height, const real *want)
{
    const double corner[4] = {left, top, right, bottom};
    real box[UNITER_BOX] = {-7, -7, -7, -7, -7, -7, -7};
    Error err;
    expect(YOURS(box_numbers)(corner, width, height, box, "a box", &err), "the box is in the picture, and was refused");
    expect_tensor("box", MM_SHAPE(UNITER_BOX), box, want, 1e-9);
}

void exercise_60(void)
{
    check("whole", "the whole of a picture of 10 x 10", "Every number is a part of the picture's: 0 to 1.");
    gives(0, 0, 10, 10, 10, 10, (const real[]){0, 0, 1, 1, 1, 1, 1});
    check("part", "a quarter of it, at the lower right",
          "left, top, right, bottom, width, height, area. The width is right - left.");
    gives(5, 5, 10, 10, 10, 10, (const real[]){(real)0.5, (real)0.5, 1, 1, (real)0.5, (real)0.5, (real)0.25});
    check("order", "a box that is wide and low", "The fifth number is the width, the sixth the height.");
    gives(2, 4, 10, 6, 10, 10, (const real[]){(real)0.2, (real)0.4, 1, (real)0.6, (real)0.8, (real)0.2, (real)0.16});
    check("oblong", "a picture of 20 x 10", "left and right as parts of the width, top and bottom of the height.");
    gives(5, 5, 10, 10, 20, 10, (const real[]){(real)0.25, (real)0.5, (real)0.5, 1, (real)0.25, (real)0.5, (real)0.125});
}
