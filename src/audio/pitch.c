/* pitch.c: how high a voice is: the distance at which a stretch of sound resembles itself most (Boersma 1993, as Praat does it). */
#include "audio/frames.h"
#include "io/memory.h"

#include <kissfft/kiss_fftr.h>
#include <tgmath.h>

static const double lowest = 60, highest = 500; /* hertz: what voices reach in speech */
static const double band = 2000; /* what is above says little about the pitch, and makes peaks too sharp to place */

/* One length of frame: three periods of the lowest voice. */
typedef struct Correlator {
    int n, fft;
    int bins;            /* of the spectrum that count: those below `band` */
    float *x;            /* (fft): a frame, zeros behind it, so that its end does not meet its beginning */
    double *hann;        /* (n) */
    double *window;      /* (n): autocorrelation of the Hann window, which falls with the distance all by itself */
    double *correlation; /* (n) */
    kiss_fftr_cfg forward, back;
    kiss_fft_cpx *spectrum;
} Correlator;

/* correlation[d] = sum_i x_i x_{i+d}: the inverse transform of |FFT(x)|^2 */
static void correlate(Correlator *c)
{
    kiss_fftr(c->forward, c->x, c->spectrum);
    for (int k = 0; k <= c->fft / 2; k++) {
        kiss_fft_cpx z = c->spectrum[k];
        c->spectrum[k] = (kiss_fft_cpx){k < c->bins ? z.r * z.r + z.i * z.i : 0, 0};
    }
    kiss_fftri(c->back, c->spectrum, c->x);
    for (int d = 0; d < c->n; d++) {
        c->correlation[d] = (double)c->x[d] / c->fft;
    }
    memset(c->x, 0, (size_t)c->fft * sizeof *c->x);
}

static Correlator correlator(int rate)
{
    Correlator c = {.n = (int)(3 * rate / lowest)};
    c.fft = 2 * kiss_fftr_next_fast_size_real(c.n);
    c.bins = (int)(band * c.fft / rate);
    c.x = mm_take((size_t)c.fft, sizeof *c.x);
    c.window = mm_take((size_t)c.n, sizeof *c.window);
    c.correlation = mm_take((size_t)c.n, sizeof *c.correlation);
    c.forward = kiss_fftr_alloc(c.fft, 0, NULL, NULL);
    c.back = kiss_fftr_alloc(c.fft, 1, NULL, NULL);
    c.spectrum = mm_take((size_t)c.fft / 2 + 1, sizeof *c.spectrum);
    c.hann = mm_hann(c.n);
    for (int i = 0; i < c.n; i++) {
        c.x[i] = (float)c.hann[i];
    }
    correlate(&c);
    memcpy(c.window, c.correlation, (size_t)c.n * sizeof *c.window);
    return c;
}

static void end_correlator(Correlator *c)
{
    free(c->x);
    free(c->window);
    free(c->hann);
    free(c->correlation);
    kiss_fftr_free(c->forward);
    kiss_fftr_free(c->back);
    free(c->spectrum);
}

/* Of the peaks of r between the two distances the best: twice the period is as good as the period, so of two that are equal the shorter. */
static double best_period(const double *r, int from, int to, double *height)
{
    double best = 0, period = 0;
    *height = 0;
    for (int d = from; d <= to; d++) {
        if (r[d] < r[d - 1] || r[d] < r[d + 1]) {
            continue;
        }
        double bend = r[d - 1] - 2 * r[d] + r[d + 1]; /* a parabola through the three */
        double shift = bend < 0 ? (r[d - 1] - r[d + 1]) / (2 * bend) : 0, top = r[d] - bend * shift * shift / 2;
        double worth = top - 0.01 * log2((double)d / from);
        if (worth > best) {
            best = worth;
            period = d + shift;
            *height = top;
        }
    }
    return period;
}

/* [pitch] r(d) = a(d) w(0) / (a(0) w(d)): a the autocorrelation of the windowed frame, w that of the window. Of a periodic frame r is 1 at the period. */
static void frame_pitch(Correlator *c, int rate, real *hertz, real *voicing)
{
    correlate(c);
    double power = c->correlation[0], height = 0, period = 0;
    if (power > 1e-9 * c->n) {
        for (int d = 0; d < c->n / 2; d++) {
            c->correlation[d] *= c->window[0] / (power * c->window[d]);
        }
        period = best_period(c->correlation, (int)(rate / highest), (int)(rate / lowest), &height);
    }
    *hertz = period > 0 ? (real)(rate / period) : 0;
    *voicing = (real)fmin(height, 1);
}

void mm_pitch(const FrontEnd *f, const Sound *s, real *hertz, real *voicing)
{
    Sound copy;
    const Sound *at = mm_at_rate(f, s, &copy);
    Correlator c = correlator(f->rate);
    double rest = 0; /* what microphones and 8 bits leave would look like a wave without end */
    for (int i = 0; i < at->n; i++) {
        rest += (double)at->sample[i] / at->n;
    }
    for (int t = 0; t < mm_frame_count(f, at->n); t++) {
        mm_windowed(at, t * f->hop + f->window / 2 - c.n / 2, c.n, rest, c.hann, c.x);
        frame_pitch(&c, f->rate, hertz + t, voicing + t);
    }
    end_correlator(&c);
    mm_sound_free(&copy);
}
