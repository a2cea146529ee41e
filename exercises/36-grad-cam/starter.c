/* Exercise 36: Grad-CAM. README.md beside this file says what is wanted; `./course test 36` judges it. */
#include "exercise.h"

/* [grad_cam] Selvaraju et al. 2017. A_c is channel c of a map of features, S the number to be explained:
 *     alpha_c = mean over places of dS/dA_c,  map = max(0, sum_c alpha_c A_c)
 * how much S asks for each channel, times where that channel is. */
void mm_grad_cam(const Tensor *x, int example, real *map)
{
    int C = x->shape.d[1], places = x->shape.d[2] * x->shape.d[3];
    const real *a = x->data + (size_t)example * (size_t)(C * places), *da = x->grad + (size_t)example * (size_t)(C * places);
    NOT_STARTED;
}
