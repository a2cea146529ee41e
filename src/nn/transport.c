/* transport.c: how far two sets of vectors are apart when each is moved onto the other as cheaply as possible: UNITER's alignment
 * of words and regions. The plan is found by IPOT (Xie et al. 2018), as UNITER's model/ot.py does. */
#include "mm/nn.h"

#include <tgmath.h>

/* [ipot] C (M, N) is the cost of moving one unit from i to j; of M and N the first m and n are there, the rest is padding.
 *     A = exp(-C / beta)    T = 1    sigma = 1/m
 *     repeated: Q = A T (element by element)    delta_j = 1 / (n sum_i Q_ij sigma_i)    sigma_i = 1 / (m sum_j Q_ij delta_j)
 *               T_ij = sigma_i Q_ij delta_j
 * Each repetition is a proximal step with one Sinkhorn scaling. Rows of T then sum to 1/m exactly, columns to 1/n in the limit. */
static void find_plan(real *T, real *A, real *sigma, real *delta, const real *C, int N, int m, int n, real beta, int iterations)
{
    for (int i = 0; i < m; i++) {
        sigma[i] = 1 / (real)m;
        for (int j = 0; j < n; j++) {
            A[i * N + j] = exp(-C[i * N + j] / beta);
            T[i * N + j] = 1;
        }
    }
    for (int step = 0; step < iterations; step++) {
        /* region ipot_step */
        for (int j = 0; j < n; j++) {
            real sum = 0;
            for (int i = 0; i < m; i++) {
                T[i * N + j] *= A[i * N + j]; /* Q */
                sum += T[i * N + j] * sigma[i];
            }
            delta[j] = 1 / ((real)n * sum);
        }
        for (int i = 0; i < m; i++) {
            real sum = 0;
            for (int j = 0; j < n; j++) {
                sum += T[i * N + j] * delta[j];
            }
            sigma[i] = 1 / ((real)m * sum);
            for (int j = 0; j < n; j++) {
                T[i * N + j] *= sigma[i] * delta[j];
            }
        }
        /* end ipot_step */
    }
}

Tensor *mm_transport_plan(Graph *g, const Tensor *cost, const int *m, const int *n, real beta, int iterations)
{
    Shape s = cost->shape;
    if (s.rank != 3) {
        mm_fail(mm_graph_handler(g), "mm_transport_plan: the cost must be (B, M, N), it has %d dimensions", s.rank);
    }
    int B = s.d[0], M = s.d[1], N = s.d[2];
    for (int b = 0; b < B; b++) {
        if (m[b] < 1 || m[b] > M || n[b] < 1 || n[b] > N) {
            mm_fail(mm_graph_handler(g), "mm_transport_plan: example %d is to have %d x %d costs, there are %d x %d", b, m[b],
                    n[b], M, N);
        }
    }
    Tensor *plan = mm_named(mm_input(g, s, NULL), "transport_plan");
    size_t square = (size_t)M * (size_t)N, room = square + (size_t)M + (size_t)N;
    real *work = mm_reals(g, (size_t)B * room);
#pragma omp parallel for if (cost->n * (size_t)iterations > MM_GRAIN)
    for (int b = 0; b < B; b++) {
        real *A = work + (size_t)b * room, *sigma = A + square;
        find_plan(plan->data + (size_t)b * square, A, sigma, sigma + M, cost->data + (size_t)b * square, N, m[b], n[b], beta,
                  iterations);
    }
    return plan;
}

Tensor *mm_transport_distance(Graph *g, Tensor *cost, const int *m, const int *n, real beta, int iterations)
{
    Tensor *plan = mm_transport_plan(g, cost, m, n, beta, iterations);
    return mm_sum(g, mm_sum(g, mm_mul(g, cost, plan), -1), -1); /* (B) */
}

Tensor *mm_cosine_cost(Graph *g, Tensor *x, Tensor *y)
{
    const real eps = (real)1e-10; /* a vector of zeros is orthogonal to all */
    return mm_affine(g, mm_matmul(g, mm_l2norm(g, x, eps), mm_l2norm(g, y, eps), MM_NT), -1, 1);
}
