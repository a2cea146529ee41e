/* The gradient of a depthwise kernel. */
#include "54.h"
#include "check.h"

#include <string.h>

enum { ROWS = 2, COLS = 3, TAPS = ROWS * COLS, PITCH = 7, N = 2 * LANES, READ = N + PITCH + COLS };

static void one_tap(void)
{
    real sums[LANES] = {0}, dy[LANES], x[LANES], want[LANES];
    for (int p = 0; p < LANES; p++) {
        dy[p] = p + 1;
        x[p] = 100 - p;
        want[p] = dy[p] * x[p];
    }
    YOURS(tap_sums)(sums, dy, x, LANES, LANES, 1, 1);
    expect_tensor("sums", MM_SHAPE(1, LANES), sums, want, 1e-9);
}

/* A dy of a single 1 at position 0: every tap has in lane 0 what it reads there. */
static void taps(void)
{
    real sums[TAPS * LANES] = {0}, dy[LANES] = {1}, x[LANES + READ], got[TAPS], want[TAPS];
    for (int p = 0; p < LANES + READ; p++) {
        x[p] = p;
    }
    YOURS(tap_sums)(sums, dy, x, LANES, PITCH, ROWS, COLS);
    for (int k = 0; k < TAPS; k++) {
        got[k] = sums[k * LANES];
        want[k] = k / COLS * PITCH + k % COLS;
    }
    expect_tensor("lane 0 of each tap", MM_SHAPE(ROWS, COLS), got, want, 1e-9);
}

static void lanes(real start)
{
    real sums[LANES], dy[N], x[N], want[LANES];
    draw(dy, N, -1, 1, "dy");
    draw(x, N, -1, 1, "x");
    for (int lane = 0; lane < LANES; lane++) {
        sums[lane] = start;
        want[lane] = start + dy[lane] * x[lane] + dy[lane + LANES] * x[lane + LANES];
    }
    YOURS(tap_sums)(sums, dy, x, N, N, 1, 1);
    expect_tensor("sums", MM_SHAPE(1, LANES), sums, want, 1e-9);
}

/* A plane of 4 x 5 and a kernel of 2 x 3, so 3 x 3 positions on lines of 5: as a convolution of one channel of two. */
static void op(void)
{
    enum { H = 4, W = 5, OH = H - ROWS + 1, OW = W - COLS + 1, ALL = LANES };
    real plane[2 * H * W], upstream[2 * OH * OW], x[ALL + H * W] = {0}, dy[ALL] = {0}, sums[TAPS * LANES] = {0}, got[TAPS] = {0};
    draw(plane, 2 * H * W, -1, 1, "plane");
    draw(upstream, 2 * OH * OW, -1, 1, "upstream");
    memcpy(x, plane, H * W * sizeof *x);
    for (int i = 0; i < OH * OW; i++) {
        dy[i / OW * W + i % OW] = upstream[i];
    }
    YOURS(tap_sums)(sums, dy, x, ALL, W, ROWS, COLS);
    for (int k = 0; k < TAPS * LANES; k++) {
        got[k / LANES] += sums[k];
    }
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *w = mm_param(ps, "w", MM_SHAPE(2, 1, ROWS, COLS), (Init){MM_NORMAL, 1});
    Tensor *y = mm_conv2d(g, mm_input(g, MM_SHAPE(1, 2, H, W), plane), w, NULL, (Conv2d){.groups = 2});
    mm_backward_from(g, y, upstream);
    expect_tensor("dw of channel 0", MM_SHAPE(ROWS, COLS), got, w->grad, 1e-9);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_54(void)
{
    check("one", "a kernel of one number", "With a single tap lane p holds dy[p] x[p], for every p < n.");
    one_tap();
    check("taps", "a kernel of 2 x 3 on lines of 7",
          "Tap (j, i) reads x[p + j pitch + i]: a line further for each row, and not turned around.");
    taps();
    check("lanes", "two positions for each lane", "Positions p and p + 16 share a lane: add.");
    lanes(0);
    check("adds", "the sums were 10 before", "Other pictures of the channel have been here: do not begin at 0.");
    lanes(10);
    check("op", "against the gradient of conv2d", "The sum of a tap's lanes is its gradient.");
    op();
}
