/* Exercise 39: Above and below. README.md beside this file says what is wanted; `./course test 39` judges it. */
#include "exercise.h"

/* [order_scores] -|max(0, text - image)|: 0 where the image has at least as much of everything as its text says, so a text is above all the
 * images it describes. Vendrov et al. 2016 have the square of the length; the code of VSE++ has the length. */
Tensor *mm_order_scores(Graph *g, Tensor *image, Tensor *text, bool squared)
{
    int N = image->shape.d[0], D = mm_last(image->shape);
    NOT_STARTED;
}
