/* frames.h: what is computed of each frame. Private to src/audio. */
#ifndef MM_FRAMES_H
#define MM_FRAMES_H

#include "mm/audio.h"

/* The sound at rate f->rate: *copy, which the caller frees, or s itself. */
const Sound *mm_at_rate(const FrontEnd *f, const Sound *s, Sound *copy);
int mm_frame_count(const FrontEnd *f, int samples);
double *mm_hann(int n); /* (n), of period n, as is usual where spectra are computed. The caller frees */
/* x (n) = (samples first .. first + n - 1, less `rest`) times window (n); 0 where there are no samples. */
void mm_windowed(const Sound *s, int first, int n, double rest, const double *window, float *x);

#endif
