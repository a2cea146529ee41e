/* augment.c: a picture as it might also have been drawn. Turned, scaled, moved, recoloured, on another background. */
#include "mm/data.h"

#include <tgmath.h>

typedef struct View {
    double m[2][3];      /* from the output's coordinates, both in [-1, 1], to the input's */
    double colour[3][3]; /* times RGB … */
    double offset;       /* … plus this */
    double background[3];
    int hole[4]; /* left, top, right, bottom of what is wiped out */
} View;

static double around(Rng *rng, double range)
{
    return (2 * mm_uniform(rng) - 1) * range;
}

static void draw_geometry(View *v, const Augment *a, Rng *rng)
{
    double angle = around(rng, a->rotate), size = exp(around(rng, a->scale)), stretch = exp(around(rng, a->scale / 2));
    double mirror = mm_uniform(rng) < a->flip ? -1 : 1, shear = around(rng, a->shear), c = cos(angle), s = sin(angle);
    v->m[0][0] = mirror * size * stretch * c;
    v->m[0][1] = size * (shear * c - s);
    v->m[0][2] = around(rng, 2 * a->shift);
    v->m[1][0] = mirror * size * stretch * s;
    v->m[1][1] = size * (c + shear * s);
    v->m[1][2] = around(rng, 2 * a->shift);
}

/* contrast (saturation mixed with grey) (hue turned about the grey axis), then brightness */
static void draw_colour(View *v, const Augment *a, Rng *rng)
{
    static const double luma[3] = {0.299, 0.587, 0.114};
    double turn = around(rng, 2 * 3.141592653589793 * a->hue), saturation = 1 + around(rng, a->saturation);
    double contrast = 1 + around(rng, a->contrast), c = cos(turn), s = sin(turn) / sqrt(3.0), third = (1 - c) / 3;
    const double hue[3][3] = {
        {c + third, third - s, third + s}, {third + s, c + third, third - s}, {third - s, third + s, c + third}};
    for (int j = 0; j < 3; j++) {
        double grey = 0;
        for (int k = 0; k < 3; k++) {
            grey += luma[k] * hue[k][j];
        }
        for (int i = 0; i < 3; i++) {
            v->colour[i][j] = contrast * (saturation * hue[i][j] + (1 - saturation) * grey);
        }
    }
    v->offset = 0.5 - 0.5 * contrast + around(rng, a->brightness);
}

static View draw_view(const Augment *a, int size, Rng *rng)
{
    View v = {.background = {1, 1, 1}};
    draw_geometry(&v, a, rng);
    draw_colour(&v, a, rng);
    if (mm_uniform(rng) < a->background) {
        for (int k = 0; k < 3; k++) {
            v.background[k] = mm_uniform(rng);
        }
    }
    if (mm_uniform(rng) < a->cutout) {
        double half = (0.1 + 0.15 * mm_uniform(rng)) * size, x = mm_uniform(rng) * size, y = mm_uniform(rng) * size;
        v.hole[0] = (int)(x - half);
        v.hole[1] = (int)(y - half);
        v.hole[2] = (int)(x + half);
        v.hole[3] = (int)(y + half);
    }
    return v;
}

/* Bilinear, in colour times alpha, transparent outside: sum[0..2] colour, sum[3] alpha, all 0..1. */
static void sample(const Picture *p, double x, double y, double sum[4])
{
    int left = (int)floor(x), top = (int)floor(y);
    sum[0] = sum[1] = sum[2] = sum[3] = 0;
    for (int k = 0; k < 4; k++) {
        int px = left + k % 2, py = top + k / 2;
        if (px < 0 || py < 0 || px >= p->width || py >= p->height) {
            continue;
        }
        const unsigned char *q = p->pixels + (size_t)(py * p->width + px) * 4;
        double weight = (k % 2 ? x - left : left + 1 - x) * (k / 2 ? y - top : top + 1 - y) / 255, alpha = q[3] / 255.0 * weight;
        sum[0] += q[0] * alpha;
        sum[1] += q[1] * alpha;
        sum[2] += q[2] * alpha;
        sum[3] += 255 * alpha;
    }
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

void mm_augment(const Picture *p, const Augment *a, Rng rng, int size, real *pixels)
{
    View v = draw_view(a, size, &rng);
    size_t plane = (size_t)(size * size);
    for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
            double u = (2 * column + 1.0) / size - 1, w = (2 * row + 1.0) / size - 1, s[4];
            double x = v.m[0][0] * u + v.m[0][1] * w + v.m[0][2], y = v.m[1][0] * u + v.m[1][1] * w + v.m[1][2];
            bool hole = column >= v.hole[0] && column < v.hole[2] && row >= v.hole[1] && row < v.hole[3];
            sample(p, ((x + 1) * p->width - 1) / 2, ((y + 1) * p->height - 1) / 2, s);
            for (int k = 0; k < 3; k++) {
                double c = v.colour[k][0] * s[0] + v.colour[k][1] * s[1] + v.colour[k][2] * s[2] + v.offset * s[3];
                double over = clamp(c, 0, s[3]) + (1 - s[3]) * v.background[k];
                pixels[(size_t)k * plane + (size_t)(row * size + column)] = (real)(hole ? 0.5 : over);
            }
        }
    }
}
