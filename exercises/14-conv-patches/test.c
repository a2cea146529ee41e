/* The way back of the patches, alone and as a part of a whole convolution. */
#include "14.h"
#include "check.h"

enum { C = 2, O = 3, SIDE = 5, KERNEL = 3, MOST = 64 };

static void try(int lines, int width, int pitch, int stride, int n, const real *from, const real *want)
{
    real to[MOST] = {0};
    YOURS(add_lines)(to, from, lines, width, pitch, stride);
    expect_tensor("to", MM_SHAPE(n / pitch, pitch), to, want, 0);
}

/* dx of a convolution (1, C, SIDE, SIDE) with the kernel (O, C, 3, 3), no border: for each place of the kernel the plane W^T dY is
 * put back. */
static void whole(int stride)
{
    enum { PIXELS = SIDE * SIDE };
    int side = (SIDE - KERNEL) / stride + 1;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(1, C, SIDE, SIDE), (Init){MM_NORMAL, 1});
    Tensor *w = mm_param(ps, "w", MM_SHAPE(O, C, KERNEL, KERNEL), (Init){MM_NORMAL, 1});
    Tensor *y = mm_conv2d(g, x, w, NULL, (Conv2d){.stride = stride, .groups = 1});
    real *dy = mm_reals(g, y->n), got[C * PIXELS] = {0};
    draw(dy, y->n, -1, 1, "dy");
    mm_backward_from(g, y, dy);
    for (int k = 0; k < C * KERNEL * KERNEL; k++) {
        real plane[PIXELS] = {0};
        for (int p = 0; p < side * side; p++) {
            for (int o = 0; o < O; o++) {
                plane[p] += w->data[o * C * KERNEL * KERNEL + k] * dy[o * side * side + p];
            }
        }
        int c = k / (KERNEL * KERNEL), j = k / KERNEL % KERNEL, i = k % KERNEL;
        YOURS(add_lines)(got + c * PIXELS + j * SIDE + i, plane, side, side, SIDE, stride);
    }
    expect_tensor("dx", MM_SHAPE(C * SIDE, SIDE), got, x->grad, 1e-9);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_14(void)
{
    const real six[] = {1, 2, 3, 4, 5, 6};
    check("plain", "2 lines of 3 into a picture 3 wide", "With stride 1 and no wider picture the numbers lie as before.");
    try(2, 3, 3, 1, 6, six, six);
    check("pitch", "2 lines of 3 into a picture 5 wide", "A line of the picture is `pitch` long, a line of the plane `width`.");
    try(2, 3, 5, 1, 10, six, (const real[]){1, 2, 3, 0, 0, 4, 5, 6, 0, 0});
    check("stride", "2 lines of 2 with stride 2, into a picture 5 wide",
          "Of the picture `stride` pixels and `stride` lines are passed each step; in the plane it is always one.");
    try(2, 2, 5, 2, 20, six, (const real[]){1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0});
    check("overlap", "the gradient of a convolution 3 x 3, stride 1",
          "Patches overlap: use `+=`, or each wipes out the one before.");
    whole(1);
    check("whole", "the gradient of a convolution 3 x 3, stride 2", "All that is special here is the stride.");
    whole(2);
}
