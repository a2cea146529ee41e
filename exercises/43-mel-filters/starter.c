/* Exercise 43: Mel filters. README.md beside this file says what is wanted; `./course test 43` judges it. */
#include "exercise.h"

static double mel_of_hertz(double hertz)
{
    return 2595 * log10(1 + hertz / 700);
}

static double hertz_of_mel(double mel)
{
    return 700 * (pow(10, mel / 2595) - 1);
}

/* [mel_filter] With corners h_0 < h_1 < … < h_{M+1} at equal distances in mel, band m rises from 0 at h_m to 1 at h_{m+1} and falls to 0 at
 * h_{m+2}. Bin k of the spectrum is the frequency k rate / fft. */
void mm_mel_filters(const FrontEnd *f, real *weight)
{
    int bins = f->fft / 2 + 1;
    NOT_STARTED;
}
