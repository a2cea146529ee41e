/* resample.c: sound at another rate. The wave that the samples stand for is sinc pulses, one for each; where the new rate is lower, the
 * pulses are as much wider, so that nothing is left of frequencies that it cannot hold. */
#include "io/memory.h"
#include "mm/audio.h"

#include <math.h>

/* A sinc is cut off, by a Hann window, after so many crossings of zero on each side. Half of the highest frequency is reached at a twentieth below
 * the limit: the filter's slope. */
enum { CROSSINGS = 32 };
static const double cutoff = 0.95;

static int64_t common_divisor(int64_t a, int64_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

/* [resample] What sample i0 + k, k = 1 - half .. half, weighs at the time i0 + fraction: c sinc(c t) (1 + cos(pi t / half)) / 2 with t = k - fraction,
 * divided by the sum of all, so that a constant stays what it is. */
static void pulse(double fraction, double c, int half, double *weight)
{
    double sum = 0;
    for (int k = 1 - half; k <= half; k++) {
        double t = k - fraction, x = M_PI * c * t;
        double w = (x == 0 ? 1 : sin(x) / x) * (1 + cos(M_PI * t / half)) / 2;
        weight[k + half - 1] = w;
        sum += w;
    }
    for (int k = 0; k < 2 * half; k++) {
        weight[k] /= sum;
    }
}

static float weighted_sum(const Sound *s, int64_t first, int taps, const double *weight)
{
    double sum = 0;
    for (int k = first < 0 ? (int)-first : 0; k < taps && first + k < s->n; k++) {
        sum += weight[k] * (double)s->sample[first + k];
    }
    return (float)sum;
}

Sound mm_sound_resample(const Sound *s, int rate)
{
    int64_t divisor = common_divisor(s->rate, rate), up = rate / divisor, down = s->rate / divisor;
    int64_t n = ((int64_t)s->n * up + down - 1) / down;
    if (rate < 1 || n > INT32_MAX) {
        mm_fail((FailHandler){0}, "mm_sound_resample: %d samples from %d to %d a second", s->n, s->rate, rate);
    }
    Sound out = {.n = (int)n, .rate = rate, .sample = mm_take((size_t)n, sizeof *out.sample)};
    if (up == down) {
        memcpy(out.sample, s->sample, (size_t)n * sizeof *out.sample);
        return out;
    }
    double c = cutoff * (up < down ? (double)up / (double)down : 1);
    int half = (int)ceil(CROSSINGS / c);
    /* Samples `up` apart lie equally far behind a sample of the source, so they share their weights. */
#pragma omp parallel for schedule(static) if (n > MM_GRAIN)
    for (int64_t first = 0; first < (up < n ? up : n); first++) {
        double *weight = mm_take(2 * (size_t)half, sizeof *weight);
        pulse((double)(first * down % up) / (double)up, c, half, weight);
        for (int64_t j = first; j < n; j += up) {
            out.sample[j] = weighted_sum(s, j * down / up + 1 - half, 2 * half, weight);
        }
        free(weight);
    }
    return out;
}
