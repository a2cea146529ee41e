/* Mel filters. */
#include "43.h"
#include "check.h"

#include "mm/audio.h"

#include <stdlib.h>

enum { MELS = 5, FFT = 4096, BINS = FFT / 2 + 1 };

static const FrontEnd fine = {.rate = 16000, .window = 400, .hop = 160, .fft = FFT, .mels = MELS, .low = 100, .high = 4000};

static double mel(double hertz)
{
    return 2595 * log10(1 + hertz / 700);
}

/* The bin where a band is largest. */
static int top(const real *band)
{
    int best = 0;
    for (int k = 1; k < BINS; k++) {
        best = band[k] > band[best] ? k : best;
    }
    return best;
}

static void compare(FrontEnd f)
{
    int bins = f.fft / 2 + 1, n = f.mels * bins;
    real *got = calloc((size_t)n, sizeof *got), *want = calloc((size_t)n, sizeof *want);
    mm_mel_filters(&f, want);
    YOURS(mm_mel_filters)(&f, got);
    expect_tensor("weights", MM_SHAPE(f.mels, bins), got, want, 1e-9);
    free(got);
    free(want);
}

void exercise_43(void)
{
    static real w[MELS * BINS];
    check("cut", "no weight is below 0", "Outside of its triangle a band has the weight 0.");
    YOURS(mm_mel_filters)(&fine, w);
    for (int i = 0; i < MELS * BINS; i++) {
        expect(w[i] >= 0, "band %d has the weight %g at bin %d", i / BINS, (double)w[i], i % BINS);
    }
    check("height", "each band reaches 1, and no more",
          "A triangle is as high as the lower of its two lines; its height is 1, however wide it is.");
    for (int m = 0; m < MELS; m++) {
        double highest = (double)w[m * BINS + top(w + m * BINS)];
        expect(highest > 0.95 && highest <= 1, "the largest weight of band %d is %g", m, highest);
    }
    check("middle", "the bands' middles are equally far apart in mel",
          "There are mels + 1 equal steps in mel from low to high; each corner goes back to hertz. Bin k is the frequency k rate "
          "/ fft.");
    for (int m = 0; m < MELS; m++) {
        double hertz = (double)top(w + m * BINS) * fine.rate / FFT,
               wanted = mel(100) + (m + 1) * (mel(4000) - mel(100)) / (MELS + 1);
        expect(fabs(mel(hertz) - wanted) < 5, "the middle of band %d is at %.0f Hz, %.0f mel; wanted %.0f mel", m, hertz,
               mel(hertz), wanted);
    }
    check("neighbours", "between the first middle and the last all bands add up to 1",
          "A band begins at the middle of the one before and ends at the middle of the next, in straight lines in hertz.");
    for (int k = top(w) + 1; k < top(w + (MELS - 1) * BINS); k++) {
        double sum = 0;
        for (int m = 0; m < MELS; m++) {
            sum += (double)w[m * BINS + k];
        }
        expect(fabs(sum - 1) < 1e-6, "at bin %d all weights together are %g", k, sum);
    }
    check("library", "other rates and sizes against the library", "Does every number come from f?");
    compare(MM_FRONT_END);
    compare((FrontEnd){.rate = 8000, .window = 200, .hop = 80, .fft = 256, .mels = 12, .low = 0, .high = 3400});
}
