/* conv.c: convolution. Which of three ways is taken depends on the shapes alone: a product in place when each pixel is taken by
 * itself, direct sums when each channel is (conv_depthwise.c), and else a product with the patches (conv_columns.c). */
#include "conv.h"
#include "mat.h"

#include <string.h>

/* [conv2d] y[b,o,v,u] = bias[o] + sum over c,j,i of weight[o,c,j,i] x[b, first + c, v stride - pad + j, u stride - pad + i],
 * with 0 outside of x. The O outputs are cut into `groups` equal parts, and part p sees only its own C/groups channels, which
 * begin with first = p C/groups. groups = C = O is the depthwise convolution: a kernel a channel. */
static Shape conv2d_shape(const Tensor *y)
{
    const Conv2d *o = y->attr;
    Shape x = y->in[0]->shape, w = y->in[1]->shape;
    if (o->stride < 1 || o->groups < 1 || o->pad < 0 || o->extra < 0) {
        mm_op_fail(y, "stride %d, pad %d, extra %d and groups %d make no sense", o->stride, o->pad, o->extra, o->groups);
    }
    if (x.rank != 4 || w.rank != 4 || x.d[1] != w.d[1] * o->groups) {
        mm_op_fail(y, "x is (B, C, H, W) and weight (O, C/groups, kh, kw) with the same C; groups is %d", o->groups);
    }
    if (w.d[0] % o->groups != 0) {
        mm_op_fail(y, "%d outputs cannot be shared out among %d groups", w.d[0], o->groups);
    }
    int border = 2 * o->pad + o->extra;
    if (x.d[2] + border < w.d[2] || x.d[3] + border < w.d[3]) {
        mm_op_fail(y, "the kernel is larger than the padded picture");
    }
    if (y->n_in == 3 && !mm_shape_equal(y->in[2]->shape, MM_SHAPE(w.d[0]))) {
        mm_op_fail(y, "bias must be (%d)", w.d[0]);
    }
    return MM_SHAPE(x.d[0], w.d[0], (x.d[2] + border - w.d[2]) / o->stride + 1, (x.d[3] + border - w.d[3]) / o->stride + 1);
}

static Conv describe(const Tensor *y)
{
    const Conv2d *o = y->attr;
    Shape x = y->in[0]->shape, w = y->in[1]->shape;
    int border = 2 * o->pad + o->extra;
    return (Conv){.B = x.d[0],
                  .C = x.d[1],
                  .H = x.d[2],
                  .W = x.d[3],
                  .O = w.d[0],
                  .kh = w.d[2],
                  .kw = w.d[3],
                  .oh = y->shape.d[2],
                  .ow = y->shape.d[3],
                  .stride = o->stride,
                  .pad = o->pad,
                  .groups = o->groups,
                  .ph = x.d[2] + border,
                  .pw = x.d[3] + border,
                  .k = w.d[1] * w.d[2] * w.d[3],
                  .positions = y->shape.d[2] * y->shape.d[3]};
}

static bool is_depthwise(const Conv *c)
{
    return c->groups > 1 && c->groups == c->C && c->O == c->C;
}

/* A 1x1 kernel mixes the channels of each pixel: Y = W X with X (C, H W) as it lies. A single pixel a picture makes one product
 * of the whole batch; small pictures are better gathered into one, by columns. */
enum { ENOUGH_PIXELS = 128 };

static bool is_pointwise(const Conv *c)
{
    bool pixels = c->kh == 1 && c->kw == 1 && c->stride == 1 && c->ph == c->H && c->pw == c->W && c->groups == 1;
    return pixels && (c->positions == 1 || c->positions >= ENOUGH_PIXELS);
}

/* x or y as matrices (channels, pixels): one a picture, or, with one pixel a picture, one whose columns are the pictures. */
static Mat pixels_of(const Conv *c, const real *p, int channels)
{
    return c->positions == 1 ? mm_by_columns(p, channels) : (Mat){(real *)p, c->positions, 1, (ptrdiff_t)channels * c->positions};
}

static void pointwise_product(const Conv *c, int m, int k, Mat w, Mat from, real beta, Mat to)
{
    bool one = c->positions == 1;
    mm_gemm(one ? 1 : c->B, m, one ? c->B : c->positions, k, 1, w, from, beta, to);
}

static void pointwise_forward(const Conv *c, Tensor *y)
{
    const real *bias = y->n_in == 3 ? y->in[2]->data : NULL;
    size_t P = (size_t)c->positions;
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int row = 0; row < c->B * c->O; row++) {
        for (size_t i = 0; i < P && bias; i++) {
            y->data[(size_t)row * P + i] = bias[row % c->O];
        }
    }
    pointwise_product(c, c->O, c->C, mm_by_rows(y->in[1]->data, c->C), pixels_of(c, y->in[0]->data, c->C), bias != NULL,
                      pixels_of(c, y->data, c->O));
}

static Mat transposed(Mat m)
{
    return (Mat){m.p, m.cs, m.rs, m.batch};
}

/* dW += dY X^T, summed over the pictures: those of a lane in one sum, then lane by lane, for any number of threads alike. */
static void pointwise_dw(const Conv *c, Tensor *y, real *dw)
{
    enum { LANES = 8 };
    Mat dy = pixels_of(c, y->grad, c->O), x = pixels_of(c, y->in[0]->data, c->C);
    if (c->positions == 1) {
        mm_gemm(1, c->O, c->C, c->B, 1, dy, transposed(x), 1, mm_by_rows(dw, c->C));
        return;
    }
    size_t nw = y->in[1]->n;
    int lanes = c->B < LANES ? c->B : LANES;
    real *sums = mm_scratch(y->graph, (size_t)lanes * nw * sizeof *sums);
#pragma omp parallel for
    for (int lane = 0; lane < lanes; lane++) {
        for (int b = lane; b < c->B; b += lanes) {
            Mat dy_b = dy, x_b = transposed(x);
            dy_b.p += b * dy.batch;
            x_b.p += b * x.batch;
            mm_gemm(1, c->O, c->C, c->positions, 1, dy_b, x_b, b != lane, mm_by_rows(sums + (size_t)lane * nw, c->C));
        }
    }
    for (int lane = 0; lane < lanes; lane++) {
        for (size_t i = 0; i < nw; i++) {
            dw[i] += sums[(size_t)lane * nw + i];
        }
    }
}

static void pointwise_backward(const Conv *c, Tensor *y, real *dx, real beta, real *dw)
{
    if (dx) {
        pointwise_product(c, c->C, c->O, mm_by_columns(y->in[1]->data, c->C), pixels_of(c, y->grad, c->O), beta,
                          pixels_of(c, dx, c->C));
    }
    if (dw) {
        pointwise_dw(c, y, dw);
    }
}

static void conv2d_forward(Tensor *y)
{
    Conv c = describe(y);
    (is_depthwise(&c) ? mm_conv_depthwise_forward : is_pointwise(&c) ? pointwise_forward : mm_conv_columns_forward)(&c, y);
}

static void backward_bias(const Conv *c, const real *dy, real *db)
{
    size_t O = (size_t)c->O, P = (size_t)c->positions;
#pragma omp parallel for if ((size_t)c->B * O * P > MM_GRAIN)
    for (size_t o = 0; o < O; o++) {
        for (size_t b = 0; b < (size_t)c->B; b++) {
            real sum = 0;
#pragma omp simd reduction(+ : sum)
            for (size_t i = (b * O + o) * P; i < (b * O + o + 1) * P; i++) {
                sum += dy[i];
            }
            db[o] += sum;
        }
    }
}

static void conv2d_backward(Tensor *y)
{
    Conv c = describe(y);
    real *dw = mm_grad(y->in[1]), *db = y->n_in == 3 ? mm_grad(y->in[2]) : NULL, beta, *dx = mm_grad_beta(y->in[0], &beta);
    if (is_depthwise(&c)) {
        mm_conv_depthwise_backward(&c, y, dx, beta, dw);
    } else if (is_pointwise(&c)) {
        pointwise_backward(&c, y, dx, beta, dw);
    } else {
        mm_conv_columns_backward(&c, y, dx, beta, dw);
    }
    if (db) {
        backward_bias(&c, y->grad, db);
    }
}

static Tensor *build_padded(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], x[2], (Conv2d){.pad = 1});
}

static Tensor *build_strided(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], x[2], (Conv2d){.stride = 2, .pad = 1});
}

static Tensor *build_patches(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], NULL, (Conv2d){.stride = 2});
}

static Tensor *build_plain(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], x[2], (Conv2d){0});
}

static Tensor *build_grouped(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], x[2], (Conv2d){.pad = 1, .groups = 2});
}

/* As TensorFlow pads a picture of even size for a stride of 2: nothing before, kernel - 2 after. */
static Tensor *build_keras(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], NULL, (Conv2d){.stride = 2, .extra = 1});
}

static Tensor *build_depthwise(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], x[2], (Conv2d){.pad = x[1]->shape.d[2] / 2, .groups = x[0]->shape.d[1]});
}

static Tensor *build_depthwise_keras(Graph *g, Tensor *const *x)
{
    int side = x[1]->shape.d[2];
    return mm_conv2d(g, x[0], x[1], NULL, (Conv2d){.stride = 2, .pad = side / 2 - 1, .extra = 1, .groups = x[0]->shape.d[1]});
}

/* Some pixels are read by no tap. The product in front has no gradient yet when conv2d writes it. */
static Tensor *build_depthwise_far(Graph *g, Tensor *const *x)
{
    Conv2d o = {.stride = 3, .pad = 1, .groups = x[0]->shape.d[1]};
    return mm_conv2d(g, mm_affine(g, x[0], (real)1.5, 0), x[1], NULL, o);
}

const Op mm_op_conv2d = {
    .name = "conv2d",
    .symbol = "conv",
    .equation = "conv2d",
    .shape = conv2d_shape,
    .forward = conv2d_forward,
    .backward = conv2d_backward,
    .check =
        (Check[]){{"3x3, pad 1", build_padded, {MM_DIMS(2, 3, 5, 4), MM_DIMS(4, 3, 3, 3), MM_DIMS(4)}, 3},
                  {"stride 2", build_strided, {MM_DIMS(2, 2, 7, 4), MM_DIMS(3, 2, 3, 3), MM_DIMS(3)}, 3},
                  {"1x1, stride 2", build_patches, {MM_DIMS(2, 3, 4, 5), MM_DIMS(2, 3, 1, 1)}, 2},
                  {"1x1", build_plain, {MM_DIMS(2, 3, 2, 3), MM_DIMS(4, 3, 1, 1), MM_DIMS(4)}, 3},
                  {"1x1, many pixels", build_plain, {MM_DIMS(2, 2, 16, 8), MM_DIMS(3, 2, 1, 1), MM_DIMS(3)}, 3},
                  {"1x1, one pixel", build_plain, {MM_DIMS(3, 4, 1, 1), MM_DIMS(2, 4, 1, 1), MM_DIMS(2)}, 3},
                  {"patches", build_patches, {MM_DIMS(3, 2, 4, 6), MM_DIMS(5, 2, 2, 2)}, 2},
                  {"kernel wider than the picture", build_strided, {MM_DIMS(1, 2, 3, 1), MM_DIMS(2, 2, 3, 3), MM_DIMS(2)}, 3},
                  {"two groups", build_grouped, {MM_DIMS(2, 4, 3, 4), MM_DIMS(6, 2, 3, 3), MM_DIMS(6)}, 3},
                  {"padded at the end only", build_keras, {MM_DIMS(2, 2, 4, 6), MM_DIMS(3, 2, 3, 3)}, 2},
                  {"depthwise", build_depthwise, {MM_DIMS(2, 3, 5, 4), MM_DIMS(3, 1, 3, 3), MM_DIMS(3)}, 3},
                  {"depthwise, 5x5", build_depthwise, {MM_DIMS(1, 2, 3, 6), MM_DIMS(2, 1, 5, 5), MM_DIMS(2)}, 3},
                  {"depthwise, stride 2", build_depthwise_keras, {MM_DIMS(2, 2, 6, 4), MM_DIMS(2, 1, 3, 3)}, 2},
                  {"depthwise, 5x5, stride 2, odd", build_depthwise_keras, {MM_DIMS(2, 2, 7, 5), MM_DIMS(2, 1, 5, 5)}, 2},
                  {"depthwise, stride over the kernel", build_depthwise_far, {MM_DIMS(2, 2, 7, 5), MM_DIMS(2, 1, 2, 2)}, 2},
                  {0}},
};

Tensor *(mm_conv2d)(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, Conv2d o, Site site)
{
    o.stride = o.stride ? o.stride : 1;
    o.groups = o.groups ? o.groups : 1;
    return mm_apply(g, &mm_op_conv2d, &o, sizeof o, bias ? 3 : 2, (Tensor *[]){x, weight, bias}, site);
}
