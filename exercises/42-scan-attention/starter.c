/* Exercise 42: Words that look for their place. README.md beside this file says what is wanted; `./course test 42` judges it. */
#include "exercise.h"

static Tensor *unit(Graph *g, Tensor *x)
{
    Shape s = x->shape;
    s.d[s.rank - 1] = 1;
    return mm_div(g, x, mm_reshape(g, mm_affine(g, mm_norm(g, x, -1), 1, (real)1e-8), s));
}

/* [scan] For each query q_j the mean of all contexts k_i, weighted by how much they look at it: first each context shares out its
 * attention over the queries (leaky ReLU, length 1), then each query shares out its over the contexts (softmax).
 * query (N, Q, D), context (N, C, D) -> cosine of each query with its mean (N, Q) */
Tensor *relevance(Graph *g, Tensor *query, Tensor *context, real temperature)
{
    NOT_STARTED;
}
