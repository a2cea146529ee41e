/* conv_columns.c: convolution as a matrix product. The patches under all positions, written side by side, are a matrix: columns
 * (C kh kw, positions). Then
 *     Y = W columns        dW = dY columns^T        dcolumns = W^T dY, added back to where each number was taken from
 * and with groups the same for each group's rows. Several pictures, a pack, share one product so that it is large enough for the
 * matrix unit; columns are made again in backward, which costs less than keeping them (they are kh kw times the picture).
 *
 * The packs are dealt to a fixed number of lanes. A lane has its own scratch memory and its own sum for dW, and the lanes are
 * added in order: the same bits for any number of threads. */
#include "conv.h"
#include "mat.h"

#include <string.h>

enum { LANES = 8, PACK_COLUMNS = 512 };

typedef struct Packs {
    int pack, lanes;                 /* pictures in a pack */
    size_t columns, outputs, padded; /* elements of a lane's scratch: two matrices and a channel */
} Packs;

static Packs deal(const Conv *c)
{
    Packs p = {.pack = c->positions < PACK_COLUMNS ? PACK_COLUMNS / c->positions : 1};
    int share = (c->B + LANES / 2 - 1) / (LANES / 2); /* few positions: leave work for several threads all the same */
    p.pack = p.pack < share ? p.pack : share;
    int packs = (c->B + p.pack - 1) / p.pack;
    p.lanes = packs < LANES ? packs : LANES;
    p.columns = (size_t)(c->k * c->groups) * (size_t)(p.pack * c->positions);
    p.outputs = (size_t)c->O * (size_t)(p.pack * c->positions);
    p.padded = (size_t)(c->ph * c->pw);
    return p;
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
    /* region add_lines */
    for (int v = 0; v < lines; v++) {
        for (int u = 0; u < width; u++) {
            to[v * pitch * stride + u * stride] += from[v * width + u];
        }
    }
    /* end add_lines */
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

/* The way back: dx (C, H, W) = or += what each number of the columns contributed. */
static void add_columns(const Conv *c, const real *columns, size_t row, real *padded, real *dx, bool add)
{
    for (int channel = 0; channel < c->C; channel++, dx += c->H * c->W) {
        memset(padded, 0, (size_t)(c->ph * c->pw) * sizeof(real));
        for (int k = 0; k < c->kh * c->kw; k++, columns += row) {
            add_plane(c, padded + k / c->kw * c->pw + k % c->kw, columns);
        }
        for (int v = 0; v < c->H; v++) {
            const real *line = padded + (v + c->pad) * c->pw + c->pad;
            for (int u = 0; u < c->W; u++) {
                dx[v * c->W + u] = add ? dx[v * c->W + u] + line[u] : line[u];
            }
        }
    }
}

/* Copies between y (B, O, positions) and the (O, pack x positions) matrix of a pack's pictures. */
static void exchange(const Conv *c, int first, int count, real *y, real *pack, bool to_pack)
{
    size_t P = (size_t)c->positions;
    for (int b = 0; b < count; b++) {
        for (int o = 0; o < c->O; o++) {
            real *outside = y + ((size_t)(first + b) * (size_t)c->O + (size_t)o) * P;
            real *inner = pack + (size_t)o * (size_t)count * P + (size_t)b * P;
            memcpy(to_pack ? inner : outside, to_pack ? outside : inner, P * sizeof(real));
        }
    }
}

static void take_pack(const Conv *c, const real *x, int first, int count, real *padded, real *columns)
{
    for (int b = 0; b < count; b++) {
        take_columns(c, x + (size_t)(first + b) * (size_t)(c->C * c->H * c->W), padded,
                     columns + (size_t)b * (size_t)c->positions, (size_t)(count * c->positions));
    }
}

/* Y of one pack, in its own layout: W columns for each group of channels, plus the bias if there is one. */
static void forward_pack(const Conv *c, const Tensor *y, size_t n, const real *columns, real *out)
{
    const real *bias = y->n_in == 3 ? y->in[2]->data : NULL, *w = y->in[1]->data;
    size_t k = (size_t)c->k, O = (size_t)(c->O / c->groups);
    for (size_t o = 0; o < (size_t)c->O && bias; o++) {
        for (size_t i = 0; i < n; i++) {
            out[o * n + i] = bias[o];
        }
    }
    for (size_t g = 0; g < (size_t)c->groups; g++) {
        mm_gemm(1, (int)O, (int)n, c->k, 1, mm_by_rows(w + g * O * k, (int)k), mm_by_rows(columns + g * k * n, (int)n),
                bias != NULL, mm_by_rows(out + g * O * n, (int)n));
    }
}

void mm_conv_columns_forward(const Conv *c, Tensor *y)
{
    Packs p = deal(c);
    size_t lane_size = p.columns + p.outputs + p.padded;
    real *scratch = mm_scratch(y->graph, (size_t)p.lanes * lane_size * sizeof *scratch);
#pragma omp parallel for
    for (int lane = 0; lane < p.lanes; lane++) {
        real *columns = scratch + (size_t)lane * lane_size, *out = columns + p.columns;
        for (int first = lane * p.pack; first < c->B; first += p.lanes * p.pack) {
            int count = c->B - first < p.pack ? c->B - first : p.pack;
            take_pack(c, y->in[0]->data, first, count, out + p.outputs, columns);
            forward_pack(c, y, (size_t)(count * c->positions), columns, out);
            exchange(c, first, count, y->data, out, false);
        }
    }
}

static void pack_dw(const Conv *c, size_t n, const real *dy, const real *columns, real *dw)
{
    size_t k = (size_t)c->k, O = (size_t)(c->O / c->groups);
    for (size_t g = 0; g < (size_t)c->groups; g++) {
        mm_gemm(1, (int)O, c->k, (int)n, 1, mm_by_rows(dy + g * O * n, (int)n), mm_by_columns(columns + g * k * n, (int)n), 1,
                mm_by_rows(dw + g * O * k, (int)k));
    }
}

static void pack_dcolumns(const Conv *c, size_t n, const real *dy, const real *w, real *columns)
{
    size_t k = (size_t)c->k, O = (size_t)(c->O / c->groups);
    for (size_t g = 0; g < (size_t)c->groups; g++) {
        mm_gemm(1, c->k, (int)n, (int)O, 1, mm_by_columns(w + g * O * k, (int)k), mm_by_rows(dy + g * O * n, (int)n), 0,
                mm_by_rows(columns + g * k * n, (int)n));
    }
}

/* One pack: dw += dY columns^T, and dx gets W^T dY put back, written or added. Either may be NULL. */
static void backward_pack(const Conv *c, const Packs *p, Tensor *y, int first, int count, real *columns, real *dw, real *dx,
                          bool add)
{
    real *dy = columns + p->columns, *padded = dy + p->outputs;
    size_t n = (size_t)(count * c->positions), picture = (size_t)(c->C * c->H * c->W);
    exchange(c, first, count, y->grad, dy, true);
    if (dw) {
        take_pack(c, y->in[0]->data, first, count, padded, columns);
        pack_dw(c, n, dy, columns, dw);
    }
    if (dx) {
        pack_dcolumns(c, n, dy, y->in[1]->data, columns);
        for (int b = 0; b < count; b++) {
            add_columns(c, columns + (size_t)b * (size_t)c->positions, n, padded, dx + (size_t)(first + b) * picture, add);
        }
    }
}

void mm_conv_columns_backward(const Conv *c, Tensor *y, real *dx, real beta, real *dw)
{
    Packs p = deal(c);
    size_t nw = dw ? y->in[1]->n : 0, work = p.columns + p.outputs + p.padded, lane_size = work + nw;
    real *scratch = mm_scratch(y->graph, (size_t)p.lanes * lane_size * sizeof *scratch);
#pragma omp parallel for
    for (int lane = 0; lane < p.lanes; lane++) {
        real *columns = scratch + (size_t)lane * lane_size, *sum = columns + work;
        memset(sum, 0, nw * sizeof(real));
        for (int first = lane * p.pack; first < c->B; first += p.lanes * p.pack) {
            int count = c->B - first < p.pack ? c->B - first : p.pack;
            backward_pack(c, &p, y, first, count, columns, dw ? sum : NULL, dx, beta != 0);
        }
    }
    for (int lane = 0; lane < p.lanes && dw; lane++) {
        const real *sum = scratch + (size_t)lane * lane_size + work;
        for (size_t i = 0; i < nw; i++) {
            dw[i] += sum[i];
        }
    }
}
