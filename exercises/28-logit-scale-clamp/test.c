/* The clamp of logit_scale. */
#include "28.h"
#include "check.h"

static void at(real s, double want)
{
    char name[48];
    Params *ps = mm_params_new(1);
    Clip clip = {.params = ps, .logit_scale = mm_param(ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, s})};
    YOURS(clip_clamp)(&clip);
    snprintf(name, sizeof name, "s = %g", (double)s);
    expect_number(name, (double)clip.logit_scale->data[0], want, 1e-12);
    mm_params_free(ps);
}

void exercise_28(void)
{
    const double limit = log(100.0);
    check("below", "s below the limit stays as it is", "Only what is too large changes: the smaller of the two, not the larger.");
    at((real)2.66, 2.66);
    at((real)4.6, 4.6);
    check("negative", "negative s stays: the factor may be below 1", "There is a limit above only. e^s is positive for every s.");
    at((real)-3, -3);
    check("above", "s of 5 and of 99 come down to ln 100",
          "The factor e^s is at most 100, so s is at most ln 100 = 4.605, the natural logarithm.");
    at(5, limit);
    at(99, limit);
    check("far", "s of 1000 and infinity", "The smaller of two numbers needs no exponential, which would overflow.");
    at(1000, limit);
    at((real)INFINITY, limit);
}
