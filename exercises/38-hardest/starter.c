/* Exercise 38: All wrong answers, or the worst. README.md beside this file says what is wanted; `./course test 38` judges it. */
#include "exercise.h"

/* A constant (rows, columns): `there` at each row's label, `elsewhere` in its other columns. labels NULL: the diagonal. */
static Tensor *at_labels(Graph *g, Tensor *scores, const int *labels, real there, real elsewhere)
{
    Shape s = scores->shape;
    Tensor *t = mm_input(g, s, NULL);
    for (int i = 0; i < s.d[0]; i++) {
        for (int j = 0; j < s.d[1]; j++) {
            t->data[(size_t)i * (size_t)s.d[1] + (size_t)j] = j == (labels ? labels[i] : i) ? there : elsewhere;
        }
    }
    return t;
}

/* [hinge] max(0, margin + s_ij - s_i,label(i)): by how much a wrong column comes too near to the right one. 0 at the label. (N, M) */
static Tensor *violations(Graph *g, Tensor *scores, const int *labels, real margin)
{
    Tensor *own = mm_sum(g, mm_mul(g, scores, at_labels(g, scores, labels, 1, 0)), 1); /* (N) */
    Tensor *lead = mm_sub(g, scores, mm_reshape(g, own, MM_SHAPE(scores->shape.d[0], 1)));
    return mm_mul(g, mm_relu(g, mm_affine(g, lead, 1, margin)), at_labels(g, scores, labels, 0, 1));
}

/* Each row's own column is on the diagonal. */
Tensor *one_way(Graph *g, Tensor *scores, real margin, bool hardest)
{
    Tensor *cost = violations(g, scores, NULL, margin); /* (N, N) */
    NOT_STARTED;
}
