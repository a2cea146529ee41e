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

/* A plane is one channel of one picture: (H, W) in x, (oh, ow) in y. */
typedef struct Planes {
    int size, oh, ow, H, W, n;
    real share;
} Planes;

static Planes describe(const Tensor *y)
{
    int size = ((const PoolAttr *)y->attr)->size;
    Shape x = y->in[0]->shape;
    return (Planes){size, y->shape.d[2], y->shape.d[3], x.d[2], x.d[3], x.d[0] * x.d[1], 1 / (real)(size * size)};
}

static void avgpool2d_forward(Tensor *y)
{
    Planes p = describe(y);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int plane = 0; plane < p.n; plane++) {
        const real *x = y->in[0]->data + (size_t)plane * (size_t)(p.H * p.W);
        real *out = y->data + (size_t)plane * (size_t)(p.oh * p.ow);
        for (int v = 0; v < p.oh; v++) {
            for (int u = 0; u < p.ow; u++) {
                const real *window = x + v * p.size * p.W + u * p.size;
                real sum = 0;
                for (int j = 0; j < p.size; j++) {
                    for (int i = 0; i < p.size; i++) {
                        sum += window[j * p.W + i];
                    }
                }
                out[v * p.ow + u] = p.share * sum;
            }
        }
    }
}

static void avgpool2d_backward(Tensor *y)
{
    Planes p = describe(y);
    real *grad = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int plane = 0; plane < p.n; plane++) {
        real *dx = grad + (size_t)plane * (size_t)(p.H * p.W);
        const real *dy = y->grad + (size_t)plane * (size_t)(p.oh * p.ow);
        for (int v = 0; v < p.oh; v++) {
            for (int u = 0; u < p.ow; u++) {
                real *window = dx + v * p.size * p.W + u * p.size, part = p.share * dy[v * p.ow + u];
                for (int j = 0; j < p.size; j++) {
                    for (int i = 0; i < p.size; i++) {
                        window[j * p.W + i] += part;
                    }
                }
            }
        }
    }
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
