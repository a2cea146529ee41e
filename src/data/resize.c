/* resize.c: pictures of another size, as Pillow computes them, to the bit.
 *
 * Making a picture n times smaller must average over n pixels, or fine patterns turn into false ones (aliasing). So the kernel
 * is stretched by the scale: every output pixel is a weighted mean of all the input pixels that its kernel covers. Columns and
 * rows are independent, hence two passes over one axis each, the first rounded to 8 bits.
 * Source: Pillow, src/libImaging/Resample.c (ImagingResampleHorizontal_8bpc and its vertical twin). */
#include "data/picture.h"
#include "io/memory.h"

#include <math.h>

enum { PRECISION = 22 }; /* weights are integers, in units of 2^-22 */

static double bilinear(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

/* Keys' cubic convolution with a = -1/2, which is Catmull-Rom. */
static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/* Of which input pixels an output pixel is made: n of them from `first` on, with the weights at `weight`. */
typedef struct Span {
    int first, n;
    int32_t *weight;
} Span;

static int32_t to_fixed(double w)
{
    return (int32_t)(w * (1 << PRECISION) + (w < 0 ? -0.5 : 0.5));
}

/* The kernel of output pixel i of an axis of `from` pixels that becomes one of `to`: weights w of inputs first .. first + n - 1, of sum
 * 1; returns n. */
static int kernel_weights(int from, int to, int i, Filter filter, int *first, double *w)
{
    double (*kernel)(double) = filter == MM_BICUBIC ? bicubic : bilinear;
    double scale = (double)from / to, stretch = scale < 1 ? 1 : scale;
    double support = (filter == MM_BICUBIC ? 2 : 1) * stretch, center = (i + 0.5) * scale, sum = 0;
    int begin = (int)(center - support + 0.5), end = (int)(center + support + 0.5);
    begin = begin < 0 ? 0 : begin;
    end = end > from ? from : end;
    for (int k = 0; k < end - begin; k++) {
        w[k] = kernel((begin + k - center + 0.5) * (1 / stretch));
        sum += w[k];
    }
    for (int k = 0; k < end - begin; k++) {
        w[k] /= sum;
    }
    *first = begin;
    return end - begin;
}

/* The most inputs that one output has. */
static int kernel_size(int from, int to, Filter filter)
{
    double stretch = from > to ? (double)from / to : 1;
    return (int)ceil((filter == MM_BICUBIC ? 2 : 1) * stretch) * 2 + 1;
}

/* Of the axis, n pixels from `begin` on are wanted: the span of each of them. All weights are one allocation, which spans[0].weight
 * owns. */
static Span *make_spans(int from, int to, int begin, int n, Filter filter)
{
    int most = kernel_size(from, to, filter);
    Span *spans = mm_take((size_t)n, sizeof *spans);
    int32_t *weights = mm_take((size_t)n * (size_t)most, sizeof *weights);
    double *w = mm_take((size_t)most, sizeof *w);
    for (int i = 0; i < n; i++) {
        spans[i].weight = weights + (size_t)i * (size_t)most;
        spans[i].n = kernel_weights(from, to, begin + i, filter, &spans[i].first, w);
        for (int k = 0; k < spans[i].n; k++) {
            spans[i].weight[k] = to_fixed(w[k]);
        }
    }
    free(w);
    return spans;
}

static void free_spans(Span *spans)
{
    free(spans[0].weight);
    free(spans);
}

/* One output value: `from` is the first input value of the span, the next ones lie `step` bytes apart. */
static unsigned char weighted_mean(const Span *s, const unsigned char *from, size_t step)
{
    int32_t sum = 1 << (PRECISION - 1); /* one half, so that the shift rounds */
    for (int k = 0; k < s->n; k++) {
        sum += from[(size_t)k * step] * s->weight[k];
    }
    sum >>= PRECISION; /* bicubic weights can be negative: the sum may leave 0 .. 255 */
    return (unsigned char)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

static Picture resize_columns(const Picture *p, int width, int left, int n, Filter filter)
{
    Picture out = mm_picture_new(n, p->height, p->channels);
    Span *spans = make_spans(p->width, width, left, n, filter);
    size_t pixel = (size_t)p->channels;
    unsigned char *to = out.pixels;
    for (int y = 0; y < p->height; y++) {
        const unsigned char *row = p->pixels + (size_t)y * (size_t)p->width * pixel;
        for (int x = 0; x < n; x++) {
            for (size_t c = 0; c < pixel; c++) {
                *to++ = weighted_mean(spans + x, row + (size_t)spans[x].first * pixel + c, pixel);
            }
        }
    }
    free_spans(spans);
    return out;
}

static Picture resize_rows(const Picture *p, int height, int top, int n, Filter filter)
{
    Picture out = mm_picture_new(p->width, n, p->channels);
    Span *spans = make_spans(p->height, height, top, n, filter);
    size_t row = (size_t)p->width * (size_t)p->channels;
    unsigned char *to = out.pixels;
    for (int y = 0; y < n; y++) {
        for (size_t x = 0; x < row; x++) {
            *to++ = weighted_mean(spans + y, p->pixels + (size_t)spans[y].first * row + x, row);
        }
    }
    free_spans(spans);
    return out;
}

/* Colour is multiplied by alpha before the mean is taken and divided by it afterwards, so that what hides under transparency
 * does not bleed into the edge. Rounded as Pillow's conversions RGBA -> RGBa -> RGBA (Convert.c). */
static void multiply_alpha(Picture *p)
{
    size_t n = (size_t)p->width * (size_t)p->height;
    for (unsigned char *pixel = p->pixels; pixel < p->pixels + 4 * n; pixel += 4) {
        for (int c = 0; c < 3; c++) {
            int product = pixel[c] * pixel[3] + 128;
            pixel[c] = (unsigned char)(((product >> 8) + product) >> 8);
        }
    }
}

static void divide_alpha(Picture *p)
{
    size_t n = (size_t)p->width * (size_t)p->height;
    for (unsigned char *pixel = p->pixels; pixel < p->pixels + 4 * n; pixel += 4) {
        for (int c = 0; c < 3 && pixel[3] != 0; c++) {
            int colour = 255 * pixel[c] / pixel[3];
            pixel[c] = (unsigned char)(colour > 255 ? 255 : colour);
        }
    }
}

Picture mm_resize_part(const Picture *p, int width, int height, Part part, Filter filter)
{
    Picture in = mm_picture_new(p->width, p->height, p->channels);
    memcpy(in.pixels, p->pixels, (size_t)p->width * (size_t)p->height * (size_t)p->channels);
    bool weigh = p->channels == 4 && (width != p->width || height != p->height);
    if (weigh) {
        multiply_alpha(&in);
    }
    Picture narrow = resize_columns(&in, width, part.left, part.width, filter);
    Picture out = resize_rows(&narrow, height, part.top, part.height, filter);
    if (weigh) {
        divide_alpha(&out);
    }
    mm_picture_free(&in);
    mm_picture_free(&narrow);
    return out;
}

Picture mm_picture_resize(const Picture *p, int width, int height, Filter filter)
{
    return mm_resize_part(p, width, height, (Part){0, 0, width, height}, filter);
}

/* ---- numbers that are no bytes ---- */

/* One axis of (rows, from, inner) becomes `to` long; `round`: to whole numbers, halves away from 0. */
static void resize_axis(const double *x, int rows, int from, int inner, int to, bool round, double *y)
{
    double *w = mm_take((size_t)kernel_size(from, to, MM_BICUBIC), sizeof *w);
    for (int i = 0; i < to; i++) {
        int first, n = kernel_weights(from, to, i, MM_BICUBIC, &first, w);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < inner; c++) {
                const double *in = x + ((size_t)r * (size_t)from + (size_t)first) * (size_t)inner + (size_t)c;
                double sum = 0;
                for (int k = 0; k < n; k++) {
                    sum += in[(size_t)k * (size_t)inner] * w[k];
                }
                y[((size_t)r * (size_t)to + (size_t)i) * (size_t)inner + (size_t)c] = round
                                                                                          ? copysign(floor(fabs(sum) + 0.5), sum)
                                                                                          : sum;
            }
        }
    }
    free(w);
}

double *mm_resize_numbers(const double *x, int height, int width, int inner, int to_height, int to_width, bool round)
{
    double *narrow = mm_take((size_t)height * (size_t)to_width, (size_t)inner * sizeof *narrow);
    double *y = mm_take((size_t)to_height * (size_t)to_width, (size_t)inner * sizeof *y);
    resize_axis(x, height, width, inner, to_width, round, narrow);
    resize_axis(narrow, 1, height, to_width * inner, to_height, round, y);
    free(narrow);
    return y;
}
