/* voices.c: pitch of waves whose pitch is known, frames and summaries of sounds at the edges, and synthetic voices. */
#include "mm/audio.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Sound silence(int rate, int n)
{
    return (Sound){.n = n, .rate = rate, .sample = calloc((size_t)n, sizeof(float))};
}

/* Ten harmonics of equal size, of which the first may be missing, as on the telephone. */
static Sound harmonics(int rate, double hertz, int first)
{
    Sound s = silence(rate, rate / 2);
    for (int i = 0; i < s.n; i++) {
        for (int k = first; k < first + 10; k++) {
            s.sample[i] += (float)(0.05 * sin(2 * M_PI * k * hertz * i / rate + k));
        }
    }
    return s;
}

static void pitch_is(Sound s, double hertz, double tolerance)
{
    FrontEnd f = MM_FRONT_END;
    int T = mm_frames(&f, &s);
    real *x = malloc(2 * (size_t)T * sizeof *x);
    mm_pitch(&f, &s, x, x + T);
    for (int t = 5; t < T - 5; t++) {
        if (!(fabs((double)x[t] / hertz - 1) < tolerance && x[T + t] > (real)0.8)) {
            fail_msg("frame %d: %g Hz with %g, should be %g", t, (double)x[t], (double)x[T + t], hertz);
        }
    }
    free(x);
    mm_sound_free(&s);
}

/* [pitch] */
static void pitches(void **state)
{
    (void)state;
    for (double hertz = 70; hertz < 480; hertz *= 1.3) {
        pitch_is(harmonics(16000, hertz, 1), hertz, 0.01);
        pitch_is(harmonics(44100, hertz, 1), hertz, 0.01);
    }
    pitch_is(harmonics(16000, 120, 2), 120, 0.01); /* no energy at 120 Hz, and heard all the same */
    Sound s = harmonics(8000, 150, 1);
    for (int i = 0; i < s.n; i++) {
        s.sample[i] = roundf(fminf(fmaxf(8 * s.sample[i], -1), 1) * 8) / 8 + 0.5f; /* clipped, of 16 steps, off the middle */
    }
    pitch_is(s, 150, 0.01);
}

static void no_pitch(void **state)
{
    (void)state;
    FrontEnd f = MM_FRONT_END;
    Sound s = silence(16000, 16000);
    real x[2 * 98];
    assert_int_equal(mm_frames(&f, &s), 98);
    mm_pitch(&f, &s, x, x + 98);
    for (int i = 0; i < 2 * 98; i++) {
        assert_true(x[i] == 0);
    }
    Rng rng = mm_rng(1, "noise");
    int voiced = 0;
    for (int i = 0; i < s.n; i++) {
        s.sample[i] = (float)(0.1 * mm_normal(&rng));
    }
    mm_pitch(&f, &s, x, x + 98);
    for (int t = 0; t < 98; t++) {
        voiced += x[98 + t] >= (real)0.45;
    }
    assert_in_range(voiced, 0, 9);
    mm_sound_free(&s);
}

/* Every sound has at least one frame and a summary of numbers: silence, one sample, a click, full scale, any rate. */
static void edges(void **state)
{
    (void)state;
    static const int lengths[] = {1, 399, 400, 559, 560, 16000}, frames[] = {1, 1, 1, 1, 2, 98}, rates[] = {1000, 16000, 96000};
    FrontEnd f = MM_FRONT_END;
    for (int i = 0; i < 6; i++) {
        Sound s = silence(16000, lengths[i]);
        assert_int_equal(mm_frames(&f, &s), frames[i]);
        for (int kind = 0; kind < 3; kind++) {
            for (int k = 0; k < s.n; k++) {
                s.sample[k] = kind == 0 ? 0 : kind == 1 ? k == s.n / 2 : k / 50 % 2 ? -1 : 1;
            }
            for (int r = 0; r < 3; r++) {
                s.rate = rates[r];
                int T;
                real x[MM_VOICE_SUMMARY], *v = mm_voice_frames(&f, &s, &T), *mel = mm_log_mel(&f, &s);
                assert_int_equal(T, mm_frames(&f, &s));
                mm_voice_summary(&f, v, T, x);
                for (int k = 0; k < MM_VOICE_SUMMARY; k++) {
                    assert_true(isfinite((double)x[k]));
                }
                for (int k = 0; k < T * MM_VOICE_FRAME; k++) {
                    assert_true(isfinite((double)v[k]));
                }
                for (int k = 0; k < T * f.mels; k++) {
                    assert_true(kind == 0 ? fabs((double)mel[k] - log(1e-10)) < 1e-5 : isfinite((double)mel[k]));
                }
                free(v);
                free(mel);
            }
        }
        mm_sound_free(&s);
    }
}

/* The feeling moves what it should: the mean over many voices of pitch, loudness and length. */
static void synthetic(void **state)
{
    (void)state;
    FrontEnd f = MM_FRONT_END;
    double mean[2][MM_VOICE_SUMMARY] = {0};
    enum { N = 15, PITCH = 3 * MM_VOICE_MFCC, PITCH_SLOPE = PITCH + 3, ENERGY_HIGH = PITCH + 10, SECONDS = PITCH + 11 };
    for (int k = 0; k < mm_speaker_count * N; k++) {
        for (int joy = 0; joy < 2; joy++) {
            char stream[32];
            snprintf(stream, sizeof stream, "voice %d", k);
            Sound s = mm_synthetic_voice(&mm_speakers[k % mm_speaker_count], joy ? 3 : -3, mm_rng(7, stream));
            Sound again = mm_synthetic_voice(&mm_speakers[k % mm_speaker_count], joy ? 3 : -3, mm_rng(7, stream));
            assert_true(s.rate == MM_VOICE_RATE && s.n > MM_VOICE_RATE / 4 && s.n < 4 * MM_VOICE_RATE);
            assert_true(again.n == s.n && memcmp(s.sample, again.sample, (size_t)s.n * sizeof *s.sample) == 0);
            real x[MM_VOICE_SUMMARY];
            int T;
            real *frames = mm_voice_frames(&f, &s, &T);
            mm_voice_summary(&f, frames, T, x);
            free(frames);
            for (int i = 0; i < MM_VOICE_SUMMARY; i++) {
                mean[joy][i] += (double)x[i] / (N * mm_speaker_count);
            }
            mm_sound_free(&s);
            mm_sound_free(&again);
        }
    }
    assert_true(mean[1][PITCH] > mean[0][PITCH] + 0.1); /* in octaves; 3 semitones are 0.25 */
    assert_true(mean[1][PITCH_SLOPE] > mean[0][PITCH_SLOPE]);
    assert_true(mean[1][ENERGY_HIGH] > mean[0][ENERGY_HIGH] + 0.5);
    assert_true(mean[1][SECONDS] < mean[0][SECONDS] - 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pitches),
        cmocka_unit_test(no_pitch),
        cmocka_unit_test(edges),
        cmocka_unit_test(synthetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
