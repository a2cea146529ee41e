/* Exercise 50: Modality dropout. README.md beside this file says what is wanted; `./course test 50` judges it. */
#include "exercise.h"

/* [modality_dropout] z_m becomes b_m z_m: present holds the b_m */
void mm_modality_dropout(real *present, int n, double p, Rng *rng)
{
    NOT_STARTED;
}
