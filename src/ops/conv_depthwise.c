/* conv_depthwise.c: convolution of each channel with its own kernel, by direct sums: with one channel in and one out a matrix
 * product would be a matrix times a vector.
 *
 * A plane, one channel of one picture, is laid out with its border so that its lines follow each other without a gap. Then the
 * sum for position p is
 *     y[p] = sum over j, i of w[j,i] x[p + j pitch + i]
 * for all positions of all lines in one long loop, which compilers turn into vector instructions however small the picture is.
 * Positions that lie across the end of a line are computed too and thrown away.
 *
 * With a stride s > 1 the plane is first dealt to s x s phases: phase (a, b) has each s-th line from a on and of these each s-th
 * pixel from b on. A tap (j, i) of the kernel reads only phase (j mod s, i mod s), and there with a stride of 1. So a stride
 * means a sum over phases of small convolutions without one.
 *
 * The way back is of the same kind. dx of a phase is the convolution of dy, with a border of zeros, with the kernel turned by
 * 180 degrees; dw[j,i] = sum over p of dy[p] x[p + j pitch + i]. Threads share out the channels; the pictures of a channel
 * are visited in order by one thread. */
#include "conv.h"

#include <omp.h>
#include <string.h>

/* region lanes */
enum { LANES = 16 }; /* sums that run side by side, so that they can be vectors; loops go on to a multiple */
/* end lanes */

/* The taps of the kernel that read one phase. */
typedef struct Taps {
    int a, b, rows, cols;
    real *w, *turned; /* (rows, cols); turned by 180 degrees */
    real *sums;       /* (rows, cols, LANES): dw in the making */
} Taps;

/* What a thread works with. */
typedef struct Work {
    int lines, pitch;   /* of a phase */
    int n, whole;       /* numbers that a loop over the positions, or over a phase, runs through: multiples of LANES */
    size_t phase, size; /* elements of a phase with room for what loops read beyond it; of everything */
    size_t margin;      /* zeros before dy */
    real *x, *y, *dy;   /* phases; positions, or one phase of dx; positions after the margin */
    Taps *taps;         /* one a phase */
} Work;

static int round_up(int n)
{
    return (n + LANES - 1) / LANES * LANES;
}

static Work measure(const Conv *c)
{
    int s = c->stride, phases = s * s, taps = c->kh * c->kw;
    Work w = {.lines = (c->ph + s - 1) / s, .pitch = (c->pw + s - 1) / s};
    w.n = round_up(c->oh * w.pitch);
    w.whole = round_up(w.lines * w.pitch);
    w.margin = (size_t)round_up(((c->kh - 1) / s) * w.pitch + (c->kw - 1) / s);
    w.phase = (size_t)w.whole + w.margin + LANES;
    w.size = (size_t)phases * w.phase + (size_t)w.whole + w.margin + w.phase; /* x, y, dy */
    w.size += (size_t)round_up(2 * taps) + (size_t)(taps * LANES);            /* weights twice, sums */
    return w;
}

/* Memory for every thread: numbers that are all 0, and taps. */
static Work *make_work(const Conv *c, Tensor *y)
{
    Work one = measure(c);
    int threads = mm_threads(), phases = c->stride * c->stride;
    Work *work = mm_scratch(y->graph, (size_t)threads * sizeof *work);
    for (int t = 0; t < threads; t++) {
        work[t] = one;
        work[t].x = mm_scratch(y->graph, one.size * sizeof(real));
        work[t].y = memset(work[t].x, 0, one.size * sizeof(real));
        work[t].y += (size_t)phases * one.phase;
        work[t].dy = work[t].y + one.whole + one.margin;
        work[t].taps = mm_scratch(y->graph, (size_t)phases * sizeof(Taps));
        real *weights = work[t].dy + one.phase, *sums = weights + round_up(2 * c->kh * c->kw);
        for (int k = 0; k < phases; k++) {
            int a = k / c->stride, b = k % c->stride;
            int rows = (c->kh - a + c->stride - 1) / c->stride, cols = (c->kw - b + c->stride - 1) / c->stride;
            rows = rows > 0 && cols > 0 ? rows : 0;
            work[t].taps[k] = (Taps){a, b, rows, cols, weights, weights + rows * cols, sums};
            weights += 2 * rows * cols;
            sums += rows * cols * LANES;
        }
    }
    return work;
}

static void take_weights(const Conv *c, const Work *w, const real *weight)
{
    for (int k = 0; k < c->stride * c->stride; k++) {
        const Taps *t = &w->taps[k];
        for (int i = 0; i < t->rows * t->cols; i++) {
            int row = t->a + i / t->cols * c->stride, col = t->b + i % t->cols * c->stride;
            t->w[i] = t->turned[t->rows * t->cols - 1 - i] = weight[row * c->kw + col];
        }
    }
}

/* Lines or pixels of a phase that lie in the picture: from .. to - 1; the rest is border. */
typedef struct Span {
    int from, to;
} Span;

static Span inside(const Conv *c, int size, int phase)
{
    int s = c->stride, before = c->pad - phase;
    return (Span){before > 0 ? (before + s - 1) / s : 0, (size + before + s - 1) / s};
}

/* to[i] = from[i stride]. With a constant stride the compiler knows which vector instructions that takes. */
static inline void take(real *restrict to, const real *restrict from, int n, int stride)
{
    for (int i = 0; i < n; i++) {
        to[i] = from[i * stride];
    }
}

static void take_line(real *to, const real *from, int n, int stride)
{
    switch (stride) {
    case 1: take(to, from, n, 1); break;
    case 2: take(to, from, n, 2); break;
    default: take(to, from, n, stride);
    }
}

static void deal_plane(const Conv *c, const Work *w, const real *x)
{
    for (int k = 0; k < c->stride * c->stride; k++) {
        const Taps *t = &w->taps[k];
        Span v = inside(c, c->H, t->a), u = inside(c, c->W, t->b);
        for (int line = v.from; line < v.to && t->rows; line++) {
            real *to = w->x + (size_t)k * w->phase + line * w->pitch + u.from;
            const real *from = x + (line * c->stride + t->a - c->pad) * c->W + u.from * c->stride + t->b - c->pad;
            take_line(to, from, u.to - u.from, c->stride);
        }
    }
}

/* dx of one phase, at w->y, written or added to where it belongs in dx of the plane. */
static void place_phase(const Conv *c, const Work *w, const Taps *t, real *dx, bool add)
{
    Span v = inside(c, c->H, t->a), u = inside(c, c->W, t->b);
    for (int line = v.from; line < v.to; line++) {
        const real *from = w->y + line * w->pitch + u.from;
        real *to = dx + (line * c->stride + t->a - c->pad) * c->W + u.from * c->stride + t->b - c->pad;
        for (int i = 0; i < u.to - u.from; i++) {
            to[i * c->stride] = add ? to[i * c->stride] + from[i] : from[i];
        }
    }
}

/* out[p] = (add: out[p] +) the sum over j, i of w[j,i] in[p + j pitch + i], for p < n. LANES positions at a time, as vectors: gcc
 * makes none of them out of a loop over p that has 9 or 25 taps in it. */
typedef real Eight __attribute__((vector_size(8 * sizeof(real)), aligned(sizeof(real))));

static inline void correlate(real *restrict out, const real *restrict in, int n, int pitch, const real *restrict w, int rows,
                             int cols, bool add)
{
    for (int p = 0; p < n; p += LANES) {
        Eight sum[LANES / 8] = {0};
        for (int v = 0; v < LANES / 8 && add; v++) {
            sum[v] = ((const Eight *)(out + p))[v];
        }
        for (int j = 0; j < rows; j++) {
            for (int i = 0; i < cols; i++) {
                const Eight *x = (const Eight *)(in + p + j * pitch + i);
                for (int v = 0; v < LANES / 8; v++) {
                    sum[v] += w[j * cols + i] * x[v];
                }
            }
        }
        for (int v = 0; v < LANES / 8; v++) {
            ((Eight *)(out + p))[v] = sum[v];
        }
    }
}

/* sums[j,i,lane] += dy[p] in[p + j pitch + i] over the p < n that leave the rest `lane` */
static void tap_sums(real *restrict sums, const real *restrict dy, const real *restrict in, int n, int pitch, int rows, int cols)
{
    /* region tap_sums */
    for (int j = 0; j < rows; j++) {
        for (int i = 0; i < cols; i++) {
            real sum[LANES];
            memcpy(sum, sums + (j * cols + i) * LANES, sizeof sum);
            for (int p = 0; p < n; p += LANES) {
#pragma omp simd
                for (int lane = 0; lane < LANES; lane++) {
                    sum[lane] += dy[p + lane] * in[p + lane + j * pitch + i];
                }
            }
            memcpy(sums + (j * cols + i) * LANES, sum, sizeof sum);
        }
    }
    /* end tap_sums */
}

/* The sizes that kernels of 3 and 5 come to with strides of 1 and 2, as constants: their loops over taps are unrolled. */
static void convolve(real *out, const real *in, int n, int pitch, const real *w, int rows, int cols, bool add)
{
    switch (10 * rows + cols) {
    case 11: correlate(out, in, n, pitch, w, 1, 1, add); break;
    case 12: correlate(out, in, n, pitch, w, 1, 2, add); break;
    case 21: correlate(out, in, n, pitch, w, 2, 1, add); break;
    case 22: correlate(out, in, n, pitch, w, 2, 2, add); break;
    case 23: correlate(out, in, n, pitch, w, 2, 3, add); break;
    case 32: correlate(out, in, n, pitch, w, 3, 2, add); break;
    case 33: correlate(out, in, n, pitch, w, 3, 3, add); break;
    case 55: correlate(out, in, n, pitch, w, 5, 5, add); break;
    default: correlate(out, in, n, pitch, w, rows, cols, add);
    }
}

static void forward_plane(const Conv *c, const Work *w, const real *x, real bias, real *y)
{
    deal_plane(c, w, x);
    for (int k = 0; k < c->stride * c->stride; k++) { /* phase 0 has taps, and sets y; the others add to it */
        const Taps *t = &w->taps[k];
        if (t->rows) {
            convolve(w->y, w->x + (size_t)k * w->phase, w->n, w->pitch, t->w, t->rows, t->cols, k > 0);
        }
    }
    for (int v = 0; v < c->oh; v++) {
        for (int u = 0; u < c->ow; u++) {
            y[v * c->ow + u] = w->y[v * w->pitch + u] + bias;
        }
    }
}

void mm_conv_depthwise_forward(const Conv *c, Tensor *y)
{
    const real *x = y->in[0]->data, *weight = y->in[1]->data, *bias = y->n_in == 3 ? y->in[2]->data : NULL;
    const Work *work = make_work(c, y);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int channel = 0; channel < c->C; channel++) {
        const Work *w = &work[omp_get_thread_num()];
        take_weights(c, w, weight + channel * c->k);
        for (int b = 0; b < c->B; b++) {
            size_t plane = (size_t)b * (size_t)c->C + (size_t)channel;
            forward_plane(c, w, x + plane * (size_t)(c->H * c->W), bias ? bias[channel] : 0,
                          y->data + plane * (size_t)c->positions);
        }
    }
}

/* x, dx and dy of one plane; sums for dw. x or dx may be NULL. */
static void backward_plane(const Conv *c, const Work *w, const real *x, real *dx, bool add, const real *dy)
{
    for (int v = 0; v < c->oh; v++) {
        memcpy(w->dy + v * w->pitch, dy + v * c->ow, (size_t)c->ow * sizeof(real));
    }
    if (x) {
        deal_plane(c, w, x);
    }
    for (int k = 0; k < c->stride * c->stride; k++) {
        const Taps *t = &w->taps[k];
        if (x && t->rows) {
            tap_sums(t->sums, w->dy, w->x + (size_t)k * w->phase, w->n, w->pitch, t->rows, t->cols);
        }
        if (dx && t->rows) {
            const real *from = w->dy - (t->rows - 1) * w->pitch - (t->cols - 1);
            convolve(w->y, from, w->whole, w->pitch, t->turned, t->rows, t->cols, false);
        } else if (dx) {
            memset(w->y, 0, (size_t)w->whole * sizeof(real)); /* no tap reads these pixels */
        }
        if (dx) {
            place_phase(c, w, t, dx, add);
        }
    }
}

/* Adds the lanes of each sum to dw (kh, kw) and clears them. */
static void add_sums(const Conv *c, const Work *w, real *dw)
{
    for (int k = 0; k < c->stride * c->stride; k++) {
        const Taps *t = &w->taps[k];
        for (int i = 0; i < t->rows * t->cols; i++) {
            real sum = 0;
            for (int lane = 0; lane < LANES; lane++) {
                sum += t->sums[i * LANES + lane];
                t->sums[i * LANES + lane] = 0;
            }
            dw[(t->a + i / t->cols * c->stride) * c->kw + t->b + i % t->cols * c->stride] += sum;
        }
    }
}

void mm_conv_depthwise_backward(const Conv *c, Tensor *y, real *dx, real beta, real *dw)
{
    const real *x = y->in[0]->data;
    const Work *work = make_work(c, y);
    size_t picture = (size_t)(c->H * c->W);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (int channel = 0; channel < c->C; channel++) {
        const Work *w = &work[omp_get_thread_num()];
        take_weights(c, w, y->in[1]->data + channel * c->k);
        for (int b = 0; b < c->B; b++) {
            size_t plane = (size_t)b * (size_t)c->C + (size_t)channel;
            backward_plane(c, w, dw ? x + plane * picture : NULL, dx ? dx + plane * picture : NULL, beta != 0,
                           y->grad + plane * (size_t)c->positions);
        }
        if (dw) {
            add_sums(c, w, dw + channel * c->k);
        }
    }
}
