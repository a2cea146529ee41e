/* Exercise 57: Masking words. README.md beside this file says what is wanted; `./course test 57` judges it. */
#include "exercise.h"

#include "05-uniter/batch.h"

static const double hidden_share = 0.15, mask_share = 0.8, other_share = 0.1;

void mask_words(const Tokens *t, int *ids, int n, int *label, Rng *rng)
{
    NOT_STARTED;
}
