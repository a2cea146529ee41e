/* voice.c: what a voice says beside its words: a row of numbers for each frame, and one row for the whole. */
#include "audio/frames.h"
#include "io/memory.h"

#include <tgmath.h>

enum { PITCH = MM_VOICE_MFCC, VOICING, ENERGY };
static const real voiced = (real)0.45; /* Praat's threshold */

static real log_energy(const Sound *s, int first, int n)
{
    double sum = 0;
    for (int i = first; i < first + n && i < s->n; i++) {
        sum += (double)s->sample[i] * (double)s->sample[i];
    }
    return (real)log(fmax(sum / n, 1e-10));
}

real *mm_voice_frames(const FrontEnd *f, const Sound *s, int *T)
{
    Sound copy;
    const Sound *at = mm_at_rate(f, s, &copy);
    *T = mm_frame_count(f, at->n);
    real *log_mel = mm_log_mel(f, at), *out = mm_take((size_t)*T, MM_VOICE_FRAME * sizeof *out);
    real *mfcc = mm_take((size_t)*T, MM_VOICE_MFCC * sizeof *mfcc), *pitch = mm_take((size_t)*T, 2 * sizeof *pitch);
    mm_mfcc(log_mel, *T, f->mels, MM_VOICE_MFCC, mfcc);
    mm_pitch(f, at, pitch, pitch + *T);
    for (int t = 0; t < *T; t++) {
        real *row = out + (size_t)t * MM_VOICE_FRAME;
        memcpy(row, mfcc + (size_t)t * MM_VOICE_MFCC, MM_VOICE_MFCC * sizeof *row);
        row[VOICING] = pitch[*T + t];
        row[PITCH] = row[VOICING] >= voiced ? log2(pitch[t] / 200) : 0;
        row[ENERGY] = log_energy(at, t * f->hop, f->window);
    }
    free(pitch);
    free(mfcc);
    free(log_mel);
    mm_sound_free(&copy);
    return out;
}

/* ---- the whole ---- */

typedef struct Course { /* of a number over time */
    double mean, deviation, low, high, slope, change;
} Course;

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* x (n) at times t (n), in frames. low and high: the tenth and the ninetieth of a hundred. slope: of the straight line through them, per frame.
 * change: the mean size of a step to the next, where that is the next frame. Of nothing, all 0. */
static Course course(double *x, const int *t, int n)
{
    Course c = {0};
    double time = 0, along = 0, squares = 0;
    int steps = 0;
    for (int i = 0; i < n; i++) {
        c.mean += x[i] / n;
        time += (double)t[i] / n;
    }
    for (int i = 0; i < n; i++) {
        c.deviation += (x[i] - c.mean) * (x[i] - c.mean) / n;
        along += (t[i] - time) * (x[i] - c.mean);
        squares += (t[i] - time) * (t[i] - time);
        if (i > 0 && t[i] == t[i - 1] + 1) {
            c.change += fabs(x[i] - x[i - 1]);
            steps++;
        }
    }
    c.deviation = sqrt(c.deviation);
    c.slope = squares > 0 ? along / squares : 0;
    c.change = steps ? c.change / steps : 0;
    if (n > 0) {
        qsort(x, (size_t)n, sizeof *x, ascending);
        c.low = x[(n - 1) / 10];
        c.high = x[(n - 1) - (n - 1) / 10];
    }
    return c;
}

/* Column `column` of the frames, of the voiced ones alone or of all. */
static Course column_course(const real *frames, int T, int column, bool only_voiced, int *n)
{
    double *x = mm_take((size_t)T, sizeof *x);
    int *t = mm_take((size_t)T, sizeof *t);
    *n = 0;
    for (int i = 0; i < T; i++) {
        const real *row = frames + (size_t)i * MM_VOICE_FRAME;
        if (!only_voiced || row[VOICING] >= voiced) {
            t[*n] = i;
            x[(*n)++] = (double)row[column];
        }
    }
    Course c = course(x, t, *n);
    free(x);
    free(t);
    return c;
}

/* x (MM_VOICE_PARTS, MM_VOICE_FRAME): means over equal parts of the frames; of fewer frames than parts some are in two. */
static void part_means(const real *frames, int T, real *x)
{
    for (int part = 0; part < MM_VOICE_PARTS; part++) {
        int from = part * T / MM_VOICE_PARTS, to = (part + 1) * T / MM_VOICE_PARTS;
        to = to > from ? to : from + 1;
        for (int c = 0; c < MM_VOICE_FRAME; c++) {
            double sum = 0;
            for (int t = from; t < to; t++) {
                sum += (double)frames[t * MM_VOICE_FRAME + c];
            }
            x[part * MM_VOICE_FRAME + c] = (real)(sum / (to - from));
        }
    }
}

void mm_voice_summary(const FrontEnd *f, const real *frames, int T, real *x)
{
    int n, at = 0;
    double second = (double)f->rate / f->hop; /* in frames */
    for (int j = 0; j < MM_VOICE_MFCC; j++) {
        Course c = column_course(frames, T, j, false, &n);
        x[at++] = (real)c.mean;
        x[at++] = (real)c.deviation;
        x[at++] = (real)c.change;
    }
    Course energy = column_course(frames, T, ENERGY, false, &n), pitch = column_course(frames, T, PITCH, true, &n);
    double voiced_part = (double)n / T;
    const double rest[] = {pitch.mean,
                           pitch.deviation,
                           pitch.high - pitch.low,
                           pitch.slope * second,
                           pitch.change,
                           voiced_part,
                           energy.deviation,
                           energy.high - energy.low,
                           energy.slope * second,
                           energy.change,
                           energy.high,
                           log2(T / second),
                           column_course(frames, T, VOICING, false, &n).mean};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        x[at++] = (real)rest[i];
    }
    part_means(frames, T, x + at);
}

/* ---- a voice beside itself ---- */

typedef struct Moments {
    double n, sum, squares;
} Moments;

void mm_voice_standardise(real *x, int rows, int D, const int *speaker)
{
    Moments *moments = mm_take((size_t)rows * (size_t)D, sizeof *moments);
    for (int i = 0; i < rows * D; i++) {
        Moments *m = &moments[speaker[i / D] * D + i % D];
        m->n++;
        m->sum += (double)x[i];
        m->squares += (double)x[i] * (double)x[i];
    }
    for (int i = 0; i < rows * D; i++) {
        const Moments *m = &moments[speaker[i / D] * D + i % D];
        double mean = m->sum / m->n, variance = m->squares / m->n - mean * mean;
        x[i] = (real)(((double)x[i] - mean) / sqrt(variance > 1e-8 ? variance : 1));
    }
    free(moments);
}
