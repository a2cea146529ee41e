/* Exercise 56: Squeeze and excite. README.md beside this file says what is wanted; `./course test 56` judges it. */
#include "exercise.h"

/* x times a factor for each channel of each picture: what the whole picture says of how much the channel matters */
/* x times a factor for each channel of each picture: what the whole picture says of how much the channel matters (Hu et al. 2018) */
Tensor *squeeze_excite(Graph *g, const Mbconv *m, Tensor *x)
{
    mm_push(g, "squeeze_excite");
    NOT_STARTED;
    mm_pop(g);
    return x;
}
