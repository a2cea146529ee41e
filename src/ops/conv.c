/* conv.c: convolution as a matrix product. */
#include "mm/ops.h"

#include <string.h>

/* [conv2d] y[b,o,v,u] = bias[o] + sum over c,j,i of weight[o,c,j,i] x[b,c, v stride - pad + j, u stride - pad + i], 0 outside.
 *
 * The patches under all positions, written side by side, are a matrix: columns (C kh kw, positions). Then
 *     Y = W columns        dW = dY columns^T        dcolumns = W^T dY, added back to where each number was taken from
 * Several pictures share one product so that it is large enough for the matrix unit; columns are made again in backward,
 * which costs less than keeping them (they are kh kw times the picture).
 *
 * The groups of pictures are dealt to a fixed number of lanes. A lane has its own scratch memory and its own sum for dW,
 * and the lanes are added in order: the same bits for any number of threads. */
enum { LANES = 8, GROUP_COLUMNS = 512 };

typedef struct ConvAttr {
    int stride, pad;
} ConvAttr;

typedef struct Conv {
    int B, C, H, W, O, kh, kw, oh, ow, stride, pad;
    int ph, pw;        /* a channel with its border */
    int k, positions;  /* C kh kw, oh ow */
    int group, groups; /* pictures in a group, number of groups */
    int lanes;
    size_t columns, outputs, padded; /* elements of a lane's scratch: two matrices and a channel */
} Conv;

static Conv describe(const Tensor *y)
{
    const ConvAttr *a = y->attr;
    Shape x = y->in[0]->shape, w = y->in[1]->shape;
    Conv c = {.B = x.d[0], .C = x.d[1], .H = x.d[2], .W = x.d[3], .O = w.d[0], .kh = w.d[2], .kw = w.d[3]};
    c.stride = a->stride;
    c.pad = a->pad;
    c.oh = y->shape.d[2];
    c.ow = y->shape.d[3];
    c.ph = c.H + 2 * c.pad;
    c.pw = c.W + 2 * c.pad;
    c.k = c.C * c.kh * c.kw;
    c.positions = c.oh * c.ow;
    c.group = c.positions < GROUP_COLUMNS ? GROUP_COLUMNS / c.positions : 1;
    int share = (c.B + LANES / 2 - 1) / (LANES / 2); /* few positions: leave work for several threads all the same */
    c.group = c.group < share ? c.group : share;
    c.groups = (c.B + c.group - 1) / c.group;
    c.lanes = c.groups < LANES ? c.groups : LANES;
    c.columns = (size_t)c.k * (size_t)(c.group * c.positions);
    c.outputs = (size_t)c.O * (size_t)(c.group * c.positions);
    c.padded = (size_t)(c.ph * c.pw);
    return c;
}

static Shape conv2d_shape(const Tensor *y)
{
    const ConvAttr *a = y->attr;
    Shape x = y->in[0]->shape, w = y->in[1]->shape;
    if (x.rank != 4 || w.rank != 4 || x.d[1] != w.d[1]) {
        mm_op_fail(y, "x is (B, C, H, W) and weight (O, C, kh, kw) with the same C");
    }
    if (a->stride < 1 || a->pad < 0) {
        mm_op_fail(y, "stride %d and pad %d make no sense", a->stride, a->pad);
    }
    int oh = (x.d[2] + 2 * a->pad - w.d[2]) / a->stride + 1, ow = (x.d[3] + 2 * a->pad - w.d[3]) / a->stride + 1;
    if (x.d[2] + 2 * a->pad < w.d[2] || x.d[3] + 2 * a->pad < w.d[3]) {
        mm_op_fail(y, "the kernel is larger than the padded picture");
    }
    if (y->n_in == 3 && !mm_shape_equal(y->in[2]->shape, MM_SHAPE(w.d[0]))) {
        mm_op_fail(y, "bias must be (%d)", w.d[0]);
    }
    return MM_SHAPE(x.d[0], w.d[0], oh, ow);
}

/* A plane of lines of `width` numbers, `pitch` apart, to or from one with no gaps. Inlined with a constant width, the inner loop
 * becomes a few vector instructions; most pictures are 4, 8, 16 or 32 wide somewhere on their way. */
static inline void copy_lines(real *to, const real *from, int lines, int width, int pitch, int stride)
{
    for (int v = 0; v < lines; v++) {
        for (int u = 0; u < width; u++) {
            to[v * width + u] = from[v * pitch * stride + u * stride];
        }
    }
}

static inline void add_lines(real *to, const real *from, int lines, int width, int pitch, int stride)
{
    for (int v = 0; v < lines; v++) {
        for (int u = 0; u < width; u++) {
            to[v * pitch * stride + u * stride] += from[v * width + u];
        }
    }
}

static void copy_plane(const Conv *c, real *columns, const real *padded)
{
    int key = c->stride == 1 ? c->ow : 0;
    switch (key) {
    case 4: copy_lines(columns, padded, c->oh, 4, c->pw, 1); break;
    case 8: copy_lines(columns, padded, c->oh, 8, c->pw, 1); break;
    case 16: copy_lines(columns, padded, c->oh, 16, c->pw, 1); break;
    case 32: copy_lines(columns, padded, c->oh, 32, c->pw, 1); break;
    default: copy_lines(columns, padded, c->oh, c->ow, c->pw, c->stride);
    }
}

static void add_plane(const Conv *c, real *padded, const real *columns)
{
    int key = c->stride == 1 ? c->ow : 0;
    switch (key) {
    case 4: add_lines(padded, columns, c->oh, 4, c->pw, 1); break;
    case 8: add_lines(padded, columns, c->oh, 8, c->pw, 1); break;
    case 16: add_lines(padded, columns, c->oh, 16, c->pw, 1); break;
    case 32: add_lines(padded, columns, c->oh, 32, c->pw, 1); break;
    default: add_lines(padded, columns, c->oh, c->ow, c->pw, c->stride);
    }
}

/* One channel x (H, W) with its border of zeros: (ph, pw). */
static void pad_channel(const Conv *c, const real *x, real *padded)
{
    memset(padded, 0, (size_t)(c->ph * c->pw) * sizeof(real));
    for (int v = 0; v < c->H; v++) {
        memcpy(padded + (v + c->pad) * c->pw + c->pad, x + v * c->W, (size_t)c->W * sizeof(real));
    }
}

/* One picture x (C, H, W) -> its columns; a row of the matrix is `row` long. */
static void take_columns(const Conv *c, const real *x, real *padded, real *columns, size_t row)
{
    for (int channel = 0; channel < c->C; channel++) {
        pad_channel(c, x + (size_t)channel * (size_t)(c->H * c->W), padded);
        for (int k = 0; k < c->kh * c->kw; k++, columns += row) {
            copy_plane(c, columns, padded + k / c->kw * c->pw + k % c->kw);
        }
    }
}

/* The way back: dx (C, H, W) += what each number of the columns contributed. */
static void add_columns(const Conv *c, const real *columns, size_t row, real *padded, real *dx)
{
    for (int channel = 0; channel < c->C; channel++, dx += c->H * c->W) {
        memset(padded, 0, (size_t)(c->ph * c->pw) * sizeof(real));
        for (int k = 0; k < c->kh * c->kw; k++, columns += row) {
            add_plane(c, padded + k / c->kw * c->pw + k % c->kw, columns);
        }
        for (int v = 0; v < c->H; v++) {
            const real *line = padded + (v + c->pad) * c->pw + c->pad;
            for (int u = 0; u < c->W; u++) {
                dx[v * c->W + u] += line[u];
            }
        }
    }
}

static Mat matrix(const real *p, size_t row_stride, bool transposed)
{
    return transposed ? (Mat){(real *)p, 1, (ptrdiff_t)row_stride, 0} : (Mat){(real *)p, (ptrdiff_t)row_stride, 1, 0};
}

/* Copies between y (B, O, positions) and the (O, group x positions) matrix of a group's pictures. */
static void exchange(const Conv *c, int first, int count, real *y, real *group, bool to_group)
{
    size_t P = (size_t)c->positions;
    for (int b = 0; b < count; b++) {
        for (int o = 0; o < c->O; o++) {
            real *outside = y + ((size_t)(first + b) * (size_t)c->O + (size_t)o) * P;
            real *inner = group + (size_t)o * (size_t)count * P + (size_t)b * P;
            memcpy(to_group ? inner : outside, to_group ? outside : inner, P * sizeof(real));
        }
    }
}

static void take_group(const Conv *c, const real *x, int first, int count, real *padded, real *columns)
{
    for (int b = 0; b < count; b++) {
        take_columns(c, x + (size_t)(first + b) * (size_t)(c->C * c->H * c->W), padded,
                     columns + (size_t)b * (size_t)c->positions, (size_t)(count * c->positions));
    }
}

/* Y of one group, in its own layout: W columns, plus the bias if there is one. */
static void forward_group(const Conv *c, const Tensor *y, size_t n, const real *columns, real *out)
{
    const real *bias = y->n_in == 3 ? y->in[2]->data : NULL;
    for (int o = 0; o < c->O && bias; o++) {
        for (size_t i = 0; i < n; i++) {
            out[(size_t)o * n + i] = bias[o];
        }
    }
    mm_gemm(1, c->O, (int)n, c->k, 1, matrix(y->in[1]->data, (size_t)c->k, false), matrix(columns, n, false), bias != NULL,
            matrix(out, n, false));
}

static void conv2d_forward(Tensor *y)
{
    Conv c = describe(y);
    size_t lane_size = c.columns + c.outputs + c.padded;
    real *scratch = mm_scratch(y->graph, (size_t)c.lanes * lane_size * sizeof *scratch);
#pragma omp parallel for
    for (int lane = 0; lane < c.lanes; lane++) {
        real *columns = scratch + (size_t)lane * lane_size, *out = columns + c.columns;
        for (int first = lane * c.group; first < c.B; first += c.lanes * c.group) {
            int count = c.B - first < c.group ? c.B - first : c.group;
            take_group(&c, y->in[0]->data, first, count, out + c.outputs, columns);
            forward_group(&c, y, (size_t)(count * c.positions), columns, out);
            exchange(&c, first, count, y->data, out, false);
        }
    }
}

static void conv2d_backward_bias(const Conv *c, const real *dy, real *db)
{
    for (int b = 0; b < c->B; b++) {
        for (int o = 0; o < c->O; o++) {
            real sum = 0;
            for (int i = 0; i < c->positions; i++) {
                sum += dy[((size_t)b * (size_t)c->O + (size_t)o) * (size_t)c->positions + (size_t)i];
            }
            db[o] += sum;
        }
    }
}

/* One group: dw += dY columns^T, and dx gets W^T dY put back. Either may be NULL. */
static void backward_group(const Conv *c, Tensor *y, int first, int count, real *columns, real *dw, real *dx)
{
    real *dy = columns + c->columns, *padded = dy + c->outputs;
    size_t n = (size_t)(count * c->positions), picture = (size_t)(c->C * c->H * c->W);
    exchange(c, first, count, y->grad, dy, true);
    if (dw) {
        take_group(c, y->in[0]->data, first, count, padded, columns);
        mm_gemm(1, c->O, c->k, (int)n, 1, matrix(dy, n, false), matrix(columns, n, true), 1, matrix(dw, (size_t)c->k, false));
    }
    if (dx) {
        mm_gemm(1, c->k, (int)n, c->O, 1, matrix(y->in[1]->data, (size_t)c->k, true), matrix(dy, n, false), 0,
                matrix(columns, n, false));
        for (int b = 0; b < count; b++) {
            add_columns(c, columns + (size_t)b * (size_t)c->positions, n, padded, dx + (size_t)(first + b) * picture);
        }
    }
}

static void conv2d_backward(Tensor *y)
{
    Conv c = describe(y);
    real *dx = mm_grad(y->in[0]), *dw = mm_grad(y->in[1]), *db = y->n_in == 3 ? mm_grad(y->in[2]) : NULL;
    size_t nw = dw ? y->in[1]->n : 0, work = c.columns + c.outputs + c.padded, lane_size = work + nw;
    real *scratch = mm_scratch(y->graph, (size_t)c.lanes * lane_size * sizeof *scratch);
#pragma omp parallel for
    for (int lane = 0; lane < c.lanes; lane++) {
        real *columns = scratch + (size_t)lane * lane_size, *sum = columns + work;
        memset(sum, 0, nw * sizeof(real));
        for (int first = lane * c.group; first < c.B; first += c.lanes * c.group) {
            int count = c.B - first < c.group ? c.B - first : c.group;
            backward_group(&c, y, first, count, columns, dw ? sum : NULL, dx);
        }
    }
    for (int lane = 0; lane < c.lanes && dw; lane++) {
        const real *sum = scratch + (size_t)lane * lane_size + work;
        for (size_t i = 0; i < nw; i++) {
            dw[i] += sum[i];
        }
    }
    if (db) {
        conv2d_backward_bias(&c, y->grad, db);
    }
}

static Tensor *build_padded(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], x[2], 1, 1);
}

static Tensor *build_strided(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], x[2], 2, 1);
}

static Tensor *build_patches(Graph *g, Tensor *const *x)
{
    return mm_conv2d(g, x[0], x[1], NULL, 2, 0);
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
                  {"patches", build_patches, {MM_DIMS(3, 2, 4, 6), MM_DIMS(5, 2, 2, 2)}, 2},
                  {"kernel wider than the picture", build_strided, {MM_DIMS(1, 2, 3, 1), MM_DIMS(2, 2, 3, 3), MM_DIMS(2)}, 3},
                  {0}},
};

Tensor *(mm_conv2d)(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, int stride, int pad, Site site)
{
    return mm_apply(g, &mm_op_conv2d, &(ConvAttr){stride, pad}, sizeof(ConvAttr), bias ? 3 : 2, (Tensor *[]){x, weight, bias},
                    site);
}
