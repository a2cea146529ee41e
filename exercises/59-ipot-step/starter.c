/* Exercise 59: A step of IPOT. README.md beside this file says what is wanted; `./course test 59` judges it. */
#include "exercise.h"

/* [ipot] C (M, N) is the cost of moving one unit from i to j; of M and N the first m and n are there, the rest is padding.
 *     A = exp(-C / beta)    T = 1    sigma = 1/m
 *     repeated: Q = A T (element by element)    delta_j = 1 / (n sum_i Q_ij sigma_i)    sigma_i = 1 / (m sum_j Q_ij delta_j)
 *               T_ij = sigma_i Q_ij delta_j
 * Each repetition is a proximal step with one Sinkhorn scaling. Rows of T then sum to 1/m exactly, columns to 1/n in the limit. */
void find_plan(real *T, real *A, real *sigma, real *delta, const real *C, int N, int m, int n, real beta, int iterations)
{
    for (int i = 0; i < m; i++) {
        sigma[i] = 1 / (real)m;
        for (int j = 0; j < n; j++) {
            A[i * N + j] = exp(-C[i * N + j] / beta);
            T[i * N + j] = 1;
        }
    }
    for (int step = 0; step < iterations; step++) {
        NOT_STARTED;
    }
}
