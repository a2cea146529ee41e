/* frames.h: what is computed of each frame. Private to src/audio. */
#ifndef MM_FRAMES_H
#define MM_FRAMES_H

#include "mm/audio.h"

/* The sound at rate f->rate: *copy, which the caller frees, or s itself. */
const Sound *mm_at_rate(const FrontEnd *f, const Sound *s, Sound *copy);
int mm_frame_count(const FrontEnd *f, int samples);
/* x (n) = (samples first .. first + n - 1, less `rest`) times a Hann window; 0 where there are no samples. */
void mm_hann_frame(const Sound *s, int first, int n, double rest, float *x);

#endif
