/* Exercise 37: A margin to every wrong answer. README.md beside this file says what is wanted; `./course test 37` judges it. */
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
Tensor *violations(Graph *g, Tensor *scores, const int *labels, real margin)
{
    NOT_STARTED;
}
