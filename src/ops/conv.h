/* conv.h: what the three ways to convolve share: pointwise, depthwise and by columns. Private to src/ops. */
#ifndef MM_CONV_H
#define MM_CONV_H

#include "mm/ops.h"

typedef struct Conv {
    int B, C, H, W, O, kh, kw, oh, ow;
    int stride, pad, groups;
    int ph, pw;       /* a channel with its border of zeros */
    int k, positions; /* C / groups kh kw: numbers that make one of y; oh ow */
} Conv;

/* dw: the gradient to add to. dx: to write (beta 0) or to add to, see mm_grad_beta. NULL: not wanted. The bias's gradient is
 * conv.c's. */
void mm_conv_columns_forward(const Conv *c, Tensor *y);
void mm_conv_columns_backward(const Conv *c, Tensor *y, real *dx, real beta, real *dw);
void mm_conv_depthwise_forward(const Conv *c, Tensor *y);
void mm_conv_depthwise_backward(const Conv *c, Tensor *y, real *dx, real beta, real *dw);

#endif
