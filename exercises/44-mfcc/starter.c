/* Exercise 44: Mel-frequency cepstral coefficients. README.md beside this file says what is wanted; `./course test 44` judges it. */
#include "exercise.h"

/* [mfcc] c_j = sqrt(2/M) sum_m x_m cos(pi j (m + 1/2) / M), and c_0 divided by sqrt 2: slow waves across the bands are the shape of the throat,
 * quick ones the voice's harmonics. */
void mm_mfcc(const real *log_mel, int T, int mels, int coefficients, real *mfcc)
{
    NOT_STARTED;
}
