/* Mel-frequency cepstral coefficients. */
#include "44.h"
#include "check.h"

#include "mm/audio.h"

enum { MELS = 8 };

/* The coefficients of one frame, all of them. */
static void all(const real *x, const real *want)
{
    real c[MELS];
    YOURS(mm_mfcc)(x, 1, MELS, MELS, c);
    expect_tensor("c", MM_SHAPE(1, MELS), c, want, 1e-9);
}

void exercise_44(void)
{
    real x[4 * MELS], want[4 * MELS] = {0}, got[4 * MELS];
    for (int m = 0; m < MELS; m++) {
        x[m] = 1;
    }
    check("constant", "the same in all bands",
          "Of a constant there is c_0 alone, sqrt(1/M) times the sum: for j = 0 the factor is sqrt(1/M), not sqrt(2/M). "
          "All other waves add up to 0, if bands are taken at their middles: m + 1/2.");
    want[0] = sqrt((real)MELS);
    all(x, want);
    check("wave", "a wave across the bands: cos(3 pi (m + 1/2) / M)", "One coefficient answers, c_3 = sqrt(M/2).");
    want[0] = 0;
    want[3] = sqrt((real)MELS / 2);
    for (int m = 0; m < MELS; m++) {
        x[m] = cos((real)M_PI * 3 * ((real)m + (real)0.5) / MELS);
    }
    all(x, want);
    check("frames", "three frames, 5 coefficients of 8 bands", "A frame has mels numbers in log_mel and coefficients in mfcc.");
    draw(x, 3 * MELS, -1, 1, "frames");
    mm_mfcc(x, 3, MELS, 5, want);
    YOURS(mm_mfcc)(x, 3, MELS, 5, got);
    expect_tensor("c", MM_SHAPE(3, 5), got, want, 1e-9);
}
