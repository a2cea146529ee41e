/* frames.c: from sound to a picture of it: time across, frequency up. */
#include "audio/frames.h"
#include "io/memory.h"

#include <kissfft/kiss_fftr.h>
#include <tgmath.h>

const Sound *mm_at_rate(const FrontEnd *f, const Sound *s, Sound *copy)
{
    if (f->window < 2 || f->hop < 1 || f->fft < f->window || f->fft % 2 != 0 || f->low < 0 || f->high <= f->low || s->n < 1) {
        mm_fail((FailHandler){0}, "front end: window %d, hop %d, fft %d, %g .. %g Hz, of %d samples", f->window, f->hop, f->fft,
                f->low, f->high, s->n);
    }
    if (s->rate == f->rate) {
        *copy = (Sound){0};
        return s;
    }
    *copy = mm_sound_resample(s, f->rate);
    return copy;
}

int mm_frame_count(const FrontEnd *f, int samples)
{
    return samples < f->window ? 1 : 1 + (samples - f->window) / f->hop;
}

int mm_frames(const FrontEnd *f, const Sound *s)
{
    int64_t samples = ((int64_t)s->n * f->rate + s->rate - 1) / s->rate; /* as mm_sound_resample */
    return mm_frame_count(f, (int)samples);
}

double *mm_hann(int n)
{
    double *window = mm_take((size_t)n, sizeof *window);
    for (int i = 0; i < n; i++) {
        window[i] = (1 - cos(2 * M_PI * i / n)) / 2;
    }
    return window;
}

void mm_windowed(const Sound *s, int first, int n, double rest, const double *window, float *x)
{
    for (int i = 0; i < n; i++) {
        int at = first + i;
        x[i] = at >= 0 && at < s->n ? (float)(window[i] * ((double)s->sample[at] - rest)) : 0;
    }
}

/* ---- mel bands ---- */

static double mel_of_hertz(double hertz)
{
    /* region mel_of_hertz */
    return 2595 * log10(1 + hertz / 700);
    /* end mel_of_hertz */
}

static double hertz_of_mel(double mel)
{
    /* region hertz_of_mel */
    return 700 * (pow(10, mel / 2595) - 1);
    /* end hertz_of_mel */
}

/* [mel_filter] With corners h_0 < h_1 < … < h_{M+1} at equal distances in mel, band m rises from 0 at h_m to 1 at h_{m+1} and falls to 0 at
 * h_{m+2}. Bin k of the spectrum is the frequency k rate / fft. */
void mm_mel_filters(const FrontEnd *f, real *weight)
{
    /* region mel_filters */
    int bins = f->fft / 2 + 1;
    double low = mel_of_hertz(f->low), step = (mel_of_hertz(f->high) - low) / (f->mels + 1);
    for (int m = 0; m < f->mels; m++) {
        double left = hertz_of_mel(low + m * step), middle = hertz_of_mel(low + (m + 1) * step);
        double right = hertz_of_mel(low + (m + 2) * step);
        for (int k = 0; k < bins; k++) {
            double hertz = (double)k * f->rate / f->fft;
            double rises = (hertz - left) / (middle - left), falls = (right - hertz) / (right - middle);
            weight[m * bins + k] = (real)fmax(0, fmin(rises, falls));
        }
    }
    /* end mel_filters */
}

/* [log_mel] ln max(1e-10, sum_k weight[m][k] power[k]): ears hear ratios, so a sound twice as loud is moved, not stretched. */
static void log_mel(const real *weight, int mels, const real *power, int bins, real *out)
{
    for (int m = 0; m < mels; m++) {
        real sum = 0;
        for (int k = 0; k < bins; k++) {
            sum += weight[m * bins + k] * power[k];
        }
        out[m] = log(fmax(sum, (real)1e-10));
    }
}

real *mm_log_mel(const FrontEnd *f, const Sound *s)
{
    Sound copy;
    const Sound *at = mm_at_rate(f, s, &copy);
    int T = mm_frame_count(f, at->n), bins = f->fft / 2 + 1;
    real *out = mm_take((size_t)T * (size_t)f->mels, sizeof *out), *power = mm_take((size_t)bins, sizeof *power);
    real *weight = mm_take((size_t)f->mels * (size_t)bins, sizeof *weight);
    mm_mel_filters(f, weight);
    double *window = mm_hann(f->window);
    float *x = mm_take((size_t)f->fft, sizeof *x); /* zeros behind the window make the spectrum finer */
    kiss_fft_cpx *spectrum = mm_take((size_t)bins, sizeof *spectrum);
    kiss_fftr_cfg fft = kiss_fftr_alloc(f->fft, 0, NULL, NULL);
    for (int t = 0; t < T; t++) {
        mm_windowed(at, t * f->hop, f->window, 0, window, x);
        kiss_fftr(fft, x, spectrum);
        for (int k = 0; k < bins; k++) {
            power[k] = (real)spectrum[k].r * (real)spectrum[k].r + (real)spectrum[k].i * (real)spectrum[k].i;
        }
        log_mel(weight, f->mels, power, bins, out + (size_t)t * (size_t)f->mels);
    }
    kiss_fftr_free(fft);
    free(spectrum);
    free(window);
    free(x);
    free(weight);
    free(power);
    mm_sound_free(&copy);
    return out;
}

/* [mfcc] c_j = sqrt(2/M) sum_m x_m cos(pi j (m + 1/2) / M), and c_0 divided by sqrt 2: slow waves across the bands are the shape of the throat,
 * quick ones the voice's harmonics. */
void mm_mfcc(const real *log_mel, int T, int mels, int coefficients, real *mfcc)
{
    /* region mfcc */
    for (int t = 0; t < T; t++) {
        for (int j = 0; j < coefficients; j++) {
            double sum = 0;
            for (int m = 0; m < mels; m++) {
                sum += (double)log_mel[t * mels + m] * cos(M_PI * j * (m + 0.5) / mels);
            }
            mfcc[t * coefficients + j] = (real)(sum * sqrt((j == 0 ? 1.0 : 2.0) / mels));
        }
    }
    /* end mfcc */
}
