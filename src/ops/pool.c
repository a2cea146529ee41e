/* pool.c: a picture made smaller by averages. */
#include "mm/ops.h"

/* [avgpool2d] y[v,u] = mean of the s x s window at (v s, u s); each pixel of the window gets dy / s^2. What is left over at the
 * right and at the bottom is dropped, as PyTorch does. */
typedef struct PoolAttr {
    int size;
} PoolAttr;

static Shape avgpool2d_shape(const Tensor *y)
{
    int size = ((const PoolAttr *)y->attr)->size;
    Shape x = y->in[0]->shape;
    if (x.rank != 4 || size < 1 || x.d[2] < size || x.d[3] < size) {
        mm_op_fail(y, "x must be (B, C, H, W) with H and W at least the window's %d", size);
    }
    return MM_SHAPE(x.d[0], x.d[1], x.d[2] / size, x.d[3] / size);
}

/* y += (or, backward, x += ) share of every pixel and its window. */
static void walk(const Tensor *y, const real *from, real *to, bool backward)
{
    int s = ((const PoolAttr *)y->attr)->size, oh = y->shape.d[2], ow = y->shape.d[3];
    int H = y->in[0]->shape.d[2], W = y->in[0]->shape.d[3], planes = y->shape.d[0] * y->shape.d[1];
    real share = 1 / (real)(s * s);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int plane = 0; plane < planes; plane++) {
        for (int i = 0; i < oh * s * ow * s; i++) {
            int v = i / (ow * s), u = i % (ow * s);
            size_t small = (size_t)plane * (size_t)(oh * ow) + (size_t)(v / s * ow + u / s);
            size_t large = (size_t)plane * (size_t)(H * W) + (size_t)(v * W + u);
            to[backward ? large : small] += share * from[backward ? small : large];
        }
    }
}

static void avgpool2d_forward(Tensor *y)
{
    for (size_t i = 0; i < y->n; i++) {
        y->data[i] = 0;
    }
    walk(y, y->in[0]->data, y->data, false);
}

static void avgpool2d_backward(Tensor *y)
{
    walk(y, y->grad, mm_grad(y->in[0]), true);
}

static Tensor *build_halves(Graph *g, Tensor *const *x)
{
    return mm_avgpool2d(g, x[0], 2);
}

const Op mm_op_avgpool2d = {
    .name = "avgpool2d",
    .symbol = "avg pool",
    .equation = "avgpool2d",
    .shape = avgpool2d_shape,
    .forward = avgpool2d_forward,
    .backward = avgpool2d_backward,
    .check = (Check[]){{"2x2", build_halves, {MM_DIMS(3, 2, 4, 6)}, 1},
                       {"odd sizes", build_halves, {MM_DIMS(1, 3, 5, 7)}, 1},
                       {0}},
};

Tensor *(mm_avgpool2d)(Graph *g, Tensor *x, int size, Site site)
{
    return mm_apply(g, &mm_op_avgpool2d, &(PoolAttr){size}, sizeof(PoolAttr), 1, &x, site);
}
