/* pool.c: a picture made smaller by averages or maxima of its windows. */
#include "mm/ops.h"

#include <tgmath.h>

/* Where windows lie along one side of the picture. */
typedef struct Side {
    int size, windows; /* pixels; how many windows */
    int window, stride, pad;
} Side;

typedef struct Planes {
    Side v, u; /* down and across */
    int n;     /* a plane is one channel of one picture */
} Planes;

/* The pixels from .. to - 1 that window i sees, and how many the window counts with those of the border. */
typedef struct Span {
    int from, to, count;
} Span;

static Span span_at(Side s, int i)
{
    int from = i * s.stride - s.pad, to = from + s.window, end = s.size + s.pad;
    int count = (to < end ? to : end) - from;
    return (Span){from > 0 ? from : 0, to < s.size ? to : s.size, count};
}

static Side side_of(const Pool2d *o, int size)
{
    if (o->size == 0) {
        return (Side){size, 1, size, size, 0};
    }
    int stride = o->stride ? o->stride : o->size, room = size + 2 * o->pad - o->size;
    int windows = (room + (o->ceil ? stride - 1 : 0)) / stride + 1;
    if ((windows - 1) * stride >= size + o->pad) { /* ceil: the last window would see nothing of the picture */
        windows--;
    }
    return (Side){size, windows, o->size, stride, o->pad};
}

static Planes describe(const Tensor *y)
{
    Shape x = y->in[0]->shape;
    return (Planes){side_of(y->attr, x.d[2]), side_of(y->attr, x.d[3]), x.d[0] * x.d[1]};
}

static Shape pool2d_shape(const Tensor *y)
{
    const Pool2d *o = y->attr;
    Shape x = y->in[0]->shape;
    if (o->size < 0 || o->stride < 0 || o->pad < 0 || 2 * o->pad > o->size) {
        mm_op_fail(y, "size %d, stride %d and pad %d make no sense; pad is at most half the size", o->size, o->stride, o->pad);
    }
    if (x.rank != 4 || x.d[2] + 2 * o->pad < o->size || x.d[3] + 2 * o->pad < o->size) {
        mm_op_fail(y, "x must be (B, C, H, W) with H and W at least the window's %d", o->size);
    }
    return MM_SHAPE(x.d[0], x.d[1], side_of(o, x.d[2]).windows, side_of(o, x.d[3]).windows);
}

/* [avgpool2d] y[v,u] = mean of window (v, u), so each pixel of the window gets dy / its size. Pixels of the border are zeros that
 * count; what a last window has beyond the border does not count, as in PyTorch. */
static real sum_of(const real *x, int W, Span v, Span u)
{
    real sum = 0;
    for (int j = v.from; j < v.to; j++) {
        for (int i = u.from; i < u.to; i++) {
            sum += x[j * W + i];
        }
    }
    return sum;
}

static real sum_of_all(const real *x, int n)
{
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++) {
        sum += x[i];
    }
    return sum;
}

static void add_to_window(real *dx, int W, Span v, Span u, real part)
{
    for (int j = v.from; j < v.to; j++) {
        for (int i = u.from; i < u.to; i++) {
            dx[j * W + i] += part;
        }
    }
}

/* 1 / the size of a window; nearly all are whole, and these are not divided one by one */
static real share_of(const Planes *p, Span v, Span u, real whole)
{
    return v.count == p->v.window && u.count == p->u.window ? whole : 1 / (real)(v.count * u.count);
}

static void avgpool2d_forward(Tensor *y)
{
    Planes p = describe(y);
    real whole = 1 / (real)(p.v.window * p.u.window);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (int plane = 0; plane < p.n; plane++) {
        const real *x = y->in[0]->data + (size_t)plane * (size_t)(p.v.size * p.u.size);
        real *out = y->data + (size_t)plane * (size_t)(p.v.windows * p.u.windows);
        if (p.v.window == p.v.size && p.u.window == p.u.size) {
            *out = whole * sum_of_all(x, p.v.size * p.u.size);
            continue;
        }
        for (int i = 0; i < p.v.windows; i++) {
            Span v = span_at(p.v, i);
            for (int k = 0; k < p.u.windows; k++) {
                Span u = span_at(p.u, k);
                out[i * p.u.windows + k] = share_of(&p, v, u, whole) * sum_of(x, p.u.size, v, u);
            }
        }
    }
}

static void avgpool2d_backward(Tensor *y)
{
    Planes p = describe(y);
    real *grad = mm_grad(y->in[0]), whole = 1 / (real)(p.v.window * p.u.window);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (int plane = 0; plane < p.n; plane++) {
        real *dx = grad + (size_t)plane * (size_t)(p.v.size * p.u.size);
        const real *dy = y->grad + (size_t)plane * (size_t)(p.v.windows * p.u.windows);
        for (int i = 0; i < p.v.windows; i++) {
            Span v = span_at(p.v, i);
            for (int k = 0; k < p.u.windows; k++) {
                Span u = span_at(p.u, k);
                add_to_window(dx, p.u.size, v, u, share_of(&p, v, u, whole) * dy[i * p.u.windows + k]);
            }
        }
    }
}

static Tensor *build_halves(Graph *g, Tensor *const *x)
{
    return mm_avgpool2d(g, x[0], (Pool2d){.size = 2});
}

static Tensor *build_all(Graph *g, Tensor *const *x)
{
    return mm_avgpool2d(g, x[0], (Pool2d){0});
}

static Tensor *build_overlapping(Graph *g, Tensor *const *x)
{
    return mm_avgpool2d(g, x[0], (Pool2d){.size = 3, .stride = 2, .pad = 1, .ceil = true});
}

const Op mm_op_avgpool2d = {
    .name = "avgpool2d",
    .symbol = "avg pool",
    .equation = "avgpool2d",
    .shape = pool2d_shape,
    .forward = avgpool2d_forward,
    .backward = avgpool2d_backward,
    .check = (Check[]){{"2x2", build_halves, {MM_DIMS(3, 2, 4, 6)}, 1},
                       {"odd sizes", build_halves, {MM_DIMS(1, 3, 5, 7)}, 1},
                       {"the whole picture", build_all, {MM_DIMS(2, 3, 4, 5)}, 1},
                       {"overlapping, padded, ceil", build_overlapping, {MM_DIMS(2, 2, 6, 5)}, 1},
                       {0}},
};

Tensor *(mm_avgpool2d)(Graph *g, Tensor *x, Pool2d options, Site site)
{
    return mm_apply(g, &mm_op_avgpool2d, &options, sizeof options, 1, &x, site);
}

/* [maxpool2d] y[v,u] = the largest pixel of window (v, u), and that pixel gets dy: of several equal ones the first. Which it was
 * is found again in the way back, since that is cheaper than to keep it. NaN counts as largest, so that it shows. */
static int largest(const real *x, int W, Span v, Span u)
{
    int best = v.from * W + u.from;
    for (int j = v.from; j < v.to; j++) {
        for (int i = u.from; i < u.to; i++) {
            real candidate = x[j * W + i];
            best = candidate > x[best] || isnan(candidate) ? j * W + i : best;
        }
    }
    return best;
}

/* At every window: out = the largest, or dx of the largest += dy. */
static void maxpool2d_walk(const Tensor *y, real *out, const real *dy, real *dx)
{
    Planes p = describe(y);
#pragma omp parallel for if (y->in[0]->n > MM_GRAIN)
    for (int plane = 0; plane < p.n; plane++) {
        size_t in = (size_t)plane * (size_t)(p.v.size * p.u.size), at = (size_t)plane * (size_t)(p.v.windows * p.u.windows);
        const real *x = y->in[0]->data + in;
        for (int i = 0; i < p.v.windows; i++) {
            Span v = span_at(p.v, i);
            for (int k = 0; k < p.u.windows; k++, at++) {
                int best = largest(x, p.u.size, v, span_at(p.u, k));
                if (dx) {
                    dx[in + (size_t)best] += dy[at];
                } else {
                    out[at] = x[best];
                }
            }
        }
    }
}

static void maxpool2d_forward(Tensor *y)
{
    maxpool2d_walk(y, y->data, NULL, NULL);
}

static void maxpool2d_backward(Tensor *y)
{
    maxpool2d_walk(y, NULL, y->grad, mm_grad(y->in[0]));
}

static Tensor *build_max_halves(Graph *g, Tensor *const *x)
{
    return mm_maxpool2d(g, x[0], (Pool2d){.size = 2});
}

static Tensor *build_max_overlapping(Graph *g, Tensor *const *x)
{
    return mm_maxpool2d(g, x[0], (Pool2d){.size = 3, .stride = 2, .pad = 1});
}

static Tensor *build_max_ceil(Graph *g, Tensor *const *x)
{
    return mm_maxpool2d(g, x[0], (Pool2d){.size = 2, .stride = 2, .ceil = true});
}

const Op mm_op_maxpool2d = {
    .name = "maxpool2d",
    .symbol = "max pool",
    .equation = "maxpool2d",
    .shape = pool2d_shape,
    .forward = maxpool2d_forward,
    .backward = maxpool2d_backward,
    .check = (Check[]){{"2x2", build_max_halves, {MM_DIMS(3, 2, 4, 6)}, 1},
                       {"overlapping, padded", build_max_overlapping, {MM_DIMS(2, 2, 6, 5)}, 1},
                       {"ceil", build_max_ceil, {MM_DIMS(2, 2, 3, 5)}, 1},
                       {0}},
};

Tensor *(mm_maxpool2d)(Graph *g, Tensor *x, Pool2d options, Site site)
{
    return mm_apply(g, &mm_op_maxpool2d, &options, sizeof options, 1, &x, site);
}
