/* unary.h: what the ops y = f(x) of one element have in common besides their mathematics. Private to src/ops. */
#ifndef MM_UNARY_H
#define MM_UNARY_H

#include "mm/ops.h"

static inline Shape mm_same_shape(const Tensor *y)
{
    return y->in[0]->shape;
}

/* Given NAME_forward and NAME_backward, defines the op NAME without options and its wrapper mm_NAME(g, x). The gradient check
 * draws x from [LOW, HIGH], where f is smooth or nearly so. */
#define UNARY(NAME, SYMBOL, LOW, HIGH)                                                                                           \
    static Tensor *build_##NAME(Graph *g, Tensor *const *x)                                                                      \
    {                                                                                                                            \
        return mm_##NAME(g, x[0]);                                                                                               \
    }                                                                                                                            \
    const Op mm_op_##NAME = {                                                                                                    \
        .name = #NAME,                                                                                                           \
        .symbol = SYMBOL,                                                                                                        \
        .equation = #NAME,                                                                                                       \
        .shape = mm_same_shape,                                                                                                  \
        .forward = NAME##_forward,                                                                                               \
        .backward = NAME##_backward,                                                                                             \
        .check = (Check[]){{"scalar", build_##NAME, {{0}}, 1, .low = (real)(LOW), .high = (real)(HIGH)},                         \
                           {"matrix", build_##NAME, {MM_DIMS(3, 5)}, 1, .low = (real)(LOW), .high = (real)(HIGH)},               \
                           {0}},                                                                                                 \
    };                                                                                                                           \
    Tensor *(mm_##NAME)(Graph * g, Tensor * x, Site site)                                                                        \
    {                                                                                                                            \
        return mm_apply(g, &mm_op_##NAME, NULL, 0, 1, &x, site);                                                                 \
    }

#endif
