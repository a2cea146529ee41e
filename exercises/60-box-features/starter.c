/* Exercise 60: Where a region is. README.md beside this file says what is wanted; `./course test 60` judges it. */
#include "exercise.h"

#include "05-uniter/batch.h"

bool box_numbers(const double corner[4], int width, int height, real box[UNITER_BOX], const char *what, Error *err)
{
    double w = corner[2] - corner[0], h = corner[3] - corner[1];
    if (width < 1 || height < 1) {
        return mm_error(err, "%s: a picture of %d x %d pixels has no boxes", what, width, height);
    }
    if (!(w > 0 && h > 0)) {
        return mm_error(err, "%s: the box from (%g, %g) to (%g, %g) is empty", what, corner[0], corner[1], corner[2], corner[3]);
    }
    if (!(corner[0] >= 0 && corner[1] >= 0 && corner[2] <= width && corner[3] <= height)) {
        return mm_error(err, "%s: the box from (%g, %g) to (%g, %g) is not in a picture of %d x %d", what, corner[0], corner[1],
                        corner[2], corner[3], width, height);
    }
    NOT_STARTED;
}
