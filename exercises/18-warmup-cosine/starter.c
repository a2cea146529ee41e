/* Exercise 18: Warm-up and cosine. README.md beside this file says what is wanted; `./course test 18` judges it. */
#include "exercise.h"

/* [warmup_cosine] Up in a line, down in half a cosine. */
real mm_warmup_cosine(int64_t step, int64_t warmup, int64_t total)
{
    NOT_STARTED;
}
