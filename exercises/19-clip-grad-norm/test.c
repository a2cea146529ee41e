/* The clipping of gradients by their norm. */
#include "19.h"
#include "check.h"

/* Two parameters and a buffer between them; the gradients are (3, 0) and (0, 4), of length 5 together. */
static void try(real most, real norm, const real *want)
{
    Params *ps = mm_params_new(1);
    Tensor *a = mm_param(ps, "a", MM_SHAPE(2), (Init){MM_ZERO, 0});
    mm_buffer(ps, "running", MM_SHAPE(3), 7);
    Tensor *b = mm_param(ps, "b", MM_SHAPE(2), (Init){MM_ZERO, 0});
    a->grad[0] = 3;
    b->grad[1] = 4;
    expect_number("the norm", (double)YOURS(mm_clip_grad_norm)(ps, most), (double)norm, 1e-9);
    const real got[4] = {a->grad[0], a->grad[1], b->grad[0], b->grad[1]};
    expect_tensor("the gradients", MM_SHAPE(2, 2), got, want, 1e-6);
    mm_params_free(ps);
}

void exercise_19(void)
{
    const real as_before[] = {3, 0, 0, 4}, fifth[] = {0.6, 0, 0, 0.8}, half[] = {1.5, 0, 0, 2};
    check("norm", "gradients (3, 0) and (0, 4), no limit",
          "3^2 + 4^2 is 25: the norm is over all parameters, and it is the root of the sum.");
    try(0, 5, as_before);
    check("short", "a limit of 10, which is not reached", "Nothing is scaled, least of all up to the limit.");
    try(10, 5, as_before);
    check("long", "a limit of 1: everything becomes a fifth", "One factor for all, most / (norm + 1e-6), from the norm of all.");
    try(1, 5, fifth);
    check("limit", "a limit of 2.5, and the norm that is returned", "Return the norm as it was before scaling.");
    try((real)2.5, 5, half);
}
