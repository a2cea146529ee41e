/* rows.c: loops over rows that several ops share. */
#include "rows.h"
#include "fast.h"

void mm_add_columns(real *total, const real *x, int rows, int columns)
{
    /* region add_columns */
    enum { BLOCK = 32 };
#pragma omp parallel for if ((size_t)rows * (size_t)columns > MM_GRAIN)
    for (int from = 0; from < columns; from += BLOCK) {
        int size = columns - from < BLOCK ? columns - from : BLOCK;
        real sum[BLOCK] = {0};
        for (int r = 0; r < rows; r++) {
            const real *row = x + (size_t)r * (size_t)columns + from;
            for (int c = 0; c < size; c++) {
                sum[c] += row[c];
            }
        }
        for (int c = 0; c < size; c++) {
            total[from + c] += sum[c];
        }
    }
    /* end add_columns */
}

void mm_softmax_row(real *p, const real *x, int n)
{
    /* region softmax_row */
    real largest = x[0], sum = 0;
    for (int i = 1; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int i = 0; i < n; i++) {
        p[i] = mm_exp_fast(x[i] - largest);
    }
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < n; i++) {
        sum += p[i];
    }
    real scale = 1 / sum;
    for (int i = 0; i < n; i++) {
        p[i] *= scale;
    }
    /* end softmax_row */
}

void mm_softmax_row_backward(real *dx, const real *dp, const real *p, int n)
{
    /* region softmax_row_backward */
    real dot = 0;
#pragma omp simd reduction(+ : dot)
    for (int i = 0; i < n; i++) {
        dot += p[i] * dp[i];
    }
    for (int i = 0; i < n; i++) {
        dx[i] += p[i] * (dp[i] - dot);
    }
    /* end softmax_row_backward */
}
