/* depthwise: the depthwise convolutions of EfficientNet-B0, each alone: how many bytes of activations a second it goes through, beside
 * a copy of as many. Each number is used for 9 or 25 products only, so memory could be what bounds it. Of one thread, in processor
 * time, so that other work on the machine changes little. */
#include "mm/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 8, ROUNDS = 15 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *seconds)
{
    qsort(seconds, ROUNDS, sizeof *seconds, ascending);
    return seconds[ROUNDS / 2];
}

static double seconds_so_far(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static double copy_seconds(size_t n)
{
    real *from = calloc(2 * n, sizeof *from), *to = from + n;
    double seconds[ROUNDS];
    for (int i = 0; i < ROUNDS && from; i++) {
        double start = seconds_so_far();
        for (size_t k = 0; k < n; k++) {
            to[k] = from[k] + 1;
        }
        seconds[i] = seconds_so_far() - start;
    }
    free(from);
    return from ? median(seconds) : 0;
}

/* Forward reads x and writes y; backward reads dy and x and writes dx. */
static void row(int channels, int size, int kernel, int stride)
{
    int border = stride == 2 ? kernel - 2 : kernel - 1;
    Params *ps = mm_params_new(1);
    Tensor *w = mm_param(ps, "w", MM_SHAPE(channels, 1, kernel, kernel), (Init){MM_NORMAL, (real)0.1});
    Tensor *all = mm_param(ps, "x", MM_SHAPE(BATCH, channels, size, size), (Init){MM_NORMAL, 1});
    Graph *g = mm_graph_new(1);
    double forward[ROUNDS], backward[ROUNDS];
    size_t n = 0;
    for (int i = -1; i < ROUNDS; i++) { /* the first round takes the memory */
        int at = i < 0 ? 0 : i;
        double start = seconds_so_far();
        Tensor *y = mm_conv2d(g, all, w, NULL, (Conv2d){stride, border / 2, border % 2, channels});
        forward[at] = seconds_so_far() - start;
        real *dy = mm_scratch(g, y->n * sizeof *dy);
        memset(dy, 0, y->n * sizeof *dy);
        n = y->n;
        start = seconds_so_far();
        mm_backward_from(g, y, dy);
        backward[at] = seconds_so_far() - start;
        mm_graph_reset(g);
    }
    double there = (double)(all->n + n) * sizeof(real) / 1e9, back = (double)(2 * all->n + n) * sizeof(real) / 1e9;
    printf("%4d x %3d x %3d, %d x %d, stride %d %9.1f %9.1f %9.1f\n", channels, size, size, kernel, kernel, stride,
           there / median(forward), back / median(backward), 2e-9 * (double)(all->n * sizeof(real)) / copy_seconds(all->n));
    mm_graph_free(g);
    mm_params_free(ps);
}

int main(void)
{
    mm_set_threads(1);
    printf("batch %d, one thread, GB/s        forward  backward      copy\n", BATCH);
    row(32, 112, 3, 1);
    row(96, 112, 3, 2);
    row(144, 56, 3, 1);
    row(144, 56, 5, 2);
    row(240, 28, 5, 1);
    row(480, 14, 5, 1);
    row(1152, 7, 5, 1);
    return 0;
}
