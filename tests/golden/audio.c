/* audio.c: the audio front end against NumPy in double (make_audio.py). The transform is in float, so there is no test in double. */
#include "mm/audio.h"
#include "fill.h"
#include "golden.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static Sound sound(int rate, int n, unsigned seed)
{
    Lcg lcg = {seed};
    Sound s = {.n = n, .rate = rate, .sample = malloc((size_t)n * sizeof(float))};
    for (int i = 0; i < n; i++) {
        double t = (double)i / rate, noise = lcg_draw(&lcg);
        s.sample[i] = (float)(0.3 * sin(2 * M_PI * 220 * t) + 0.1 * sin(2 * M_PI * 1500 * t + 1) + 0.05 * noise);
    }
    return s;
}

static void compare(const char *name, FrontEnd f, Sound s, int T, bool filters)
{
    Golden golden = golden_open("audio.json", name);
    int coefficients = f.mels < 13 ? f.mels : 13, bins = f.fft / 2 + 1;
    assert_int_equal(mm_frames(&f, &s), T);
    real *x = mm_log_mel(&f, &s), *c = malloc((size_t)(T * coefficients) * sizeof *c);
    golden_compare(golden, "log_mel", x, (size_t)(T * f.mels));
    mm_mfcc(x, T, f.mels, coefficients, c);
    golden_compare(golden, "mfcc", c, (size_t)(T * coefficients));
    if (filters) {
        real *w = malloc((size_t)(f.mels * bins) * sizeof *w);
        mm_mel_filters(&f, w);
        golden_compare(golden, "filters", w, (size_t)(f.mels * bins));
        free(w);
    }
    free(x);
    free(c);
    mm_sound_free(&s);
    golden_close(golden);
}

/* [mel_filter] [log_mel] [mfcc] */
static void front_ends(void **state)
{
    (void)state;
    FrontEnd telephone = {.rate = 8000, .window = 200, .hop = 100, .fft = 256, .mels = 12, .low = 100, .high = 3400};
    compare("speech", MM_FRONT_END, sound(16000, 1600, 41), 8, false);
    compare("telephone", telephone, sound(8000, 1000, 42), 9, true);
    telephone.fft = 200;
    compare("short", telephone, sound(8000, 120, 43), 1, true);
}

/* What is usual elsewhere, and other numbers. */
static void other_definitions(void **state)
{
    (void)state;
    Golden golden = golden_open("audio.json", "telephone");
    FrontEnd f = {.rate = 8000, .window = 200, .hop = 100, .fft = 256, .mels = 12, .low = 100, .high = 3400};
    Sound s = sound(8000, 1000, 42);
    FrontEnd wrong[] = {f, f, f, f};
    wrong[0].low = 0;
    wrong[1].high = 4000;
    wrong[2].hop = 99;
    wrong[3].window = 199;
    for (int i = 0; i < 4; i++) {
        real *x = mm_log_mel(&wrong[i], &s);
        assert_false(golden_agrees(golden, "log_mel", x, 9 * 12));
        free(x);
    }
    real *x = mm_log_mel(&f, &s), c[9 * 12];
    mm_mfcc(x, 9, 12, 12, c);
    assert_true(golden_agrees(golden, "mfcc", c, 9 * 12));
    for (int t = 0; t < 9; t++) {
        c[t * 12] *= (real)sqrt(2); /* not orthonormal */
    }
    assert_false(golden_agrees(golden, "mfcc", c, 9 * 12));
    free(x);
    mm_sound_free(&s);
    golden_close(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(front_ends),
        cmocka_unit_test(other_definitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
