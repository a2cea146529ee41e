/* axis.h: one axis of a shape, with the dimensions left and right of it taken together: (outer, n, inner). Element k of the
 * axis at outer o and inner i is number (o n + k) inner + i. */
#ifndef MM_AXIS_H
#define MM_AXIS_H

#include "mm/core.h"

typedef struct Axis {
    size_t outer, n, inner;
} Axis;

/* axis: 0 .. rank-1 */
static inline Axis mm_axis(Shape s, int axis)
{
    Axis a = {1, (size_t)s.d[axis], 1};
    for (int i = 0; i < s.rank; i++) {
        *(i < axis ? &a.outer : &a.inner) *= i == axis ? 1 : (size_t)s.d[i];
    }
    return a;
}

/* For an op's shape check: the axis counted from 0, negative ones being counted from the end. */
static inline int mm_axis_check(const Tensor *y, Shape s, int axis)
{
    int from_0 = axis < 0 ? s.rank + axis : axis;
    if (from_0 < 0 || from_0 >= s.rank) {
        mm_op_fail(y, "there is no axis %d: the tensor has %d dimensions, counted from 0, or from the end as -1, -2, …", axis,
                   s.rank);
    }
    return from_0;
}

#endif
