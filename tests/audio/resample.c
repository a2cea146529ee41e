/* resample.c: another rate is the same wave, without what the new rate cannot hold. */
#include "mm/audio.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static Sound tone(int rate, double hertz, double seconds)
{
    Sound s = {.n = (int)(rate * seconds), .rate = rate};
    s.sample = malloc((size_t)s.n * sizeof *s.sample);
    for (int i = 0; i < s.n; i++) {
        s.sample[i] = (float)(0.5 * sin(2 * M_PI * hertz * i / rate));
    }
    return s;
}

/* The root of the mean square of what is left of a tone, the ends without; less the same tone at the new rate if `minus`. */
static double left(int rate, int to, double hertz, bool minus)
{
    Sound s = tone(rate, hertz, 0.5), r = mm_sound_resample(&s, to), wanted = tone(to, hertz, 0.5);
    double sum = 0;
    int from = to / 20, n = r.n - 2 * from;
    assert_int_equal(r.rate, to);
    assert_in_range(r.n, wanted.n, wanted.n + 1);
    for (int i = from; i < from + n; i++) {
        double x = (double)r.sample[i] - (minus ? (double)wanted.sample[i] : 0);
        sum += x * x / n;
    }
    mm_sound_free(&s);
    mm_sound_free(&r);
    mm_sound_free(&wanted);
    return sqrt(sum);
}

/* [resample] */
static void same_wave(void **state)
{
    (void)state;
    static const int rates[] = {8000, 11025, 22050, 44100, 48000, 96000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        int rate = rates[i];
        assert_true(left(rate, 16000, 1000, true) < 1e-4);
        assert_true(left(rate, 16000, 3000, true) < 1e-4);
    }
    assert_true(left(44100, 16000, 7000, true) < 2e-3);
    assert_true(left(16000, 44100, 7000, true) < 2e-3);
    assert_true(left(16000, 16000, 7900, true) == 0);
}

/* What taking every third sample would fold back to 6 kHz is gone. */
static void nothing_folds(void **state)
{
    (void)state;
    assert_true(left(48000, 16000, 10000, false) < 1e-4);
    assert_true(left(44100, 16000, 9000, false) < 1e-3);
    assert_true(left(96000, 16000, 31000, false) < 1e-4);
}

static void constant_and_short(void **state)
{
    (void)state;
    float ones[2000], *at = ones;
    for (int i = 0; i < 2000; i++) {
        *at++ = 1;
    }
    Sound s = {.n = 2000, .rate = 44100, .sample = ones}, r = mm_sound_resample(&s, 16000);
    for (int i = 100; i < r.n - 100; i++) {
        assert_true(fabsf(r.sample[i] - 1) < 1e-6f);
    }
    mm_sound_free(&r);
    s.n = 1;
    r = mm_sound_resample(&s, 16000);
    assert_true(r.n == 1 && isfinite(r.sample[0]));
    mm_sound_free(&r);
    s.rate = 384000;
    r = mm_sound_resample(&s, 1000);
    assert_int_equal(r.n, 1);
    mm_sound_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_wave),
        cmocka_unit_test(nothing_folds),
        cmocka_unit_test(constant_and_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
