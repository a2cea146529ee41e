/* The answer of exercise 31: the second form of a score that the library has in its first. */
#include "exercise.h"

/* Scores by distance: -factor/2 |image_i - text_j|^2, (N, M). */
Tensor *scores_by_distance(Graph *g, Tensor *image, Tensor *text, real factor)
{
    /* region distance */
    int N = image->shape.d[0], M = text->shape.d[0], D = image->shape.d[1];
    Tensor *i = mm_reshape(g, image, MM_SHAPE(N, 1, D)), *t = mm_reshape(g, text, MM_SHAPE(1, M, D));
    Tensor *d = mm_sub(g, i, t); /* (N, M, D) */
    return mm_affine(g, mm_sum(g, mm_mul(g, d, d), -1), -factor / 2, 0);
    /* end distance */
}
