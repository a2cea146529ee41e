/* A step of IPOT. */
#include "59.h"
#include "check.h"
#include "mm/nn.h"

enum { M = 4, WIDE = 5 };

/* `steps` steps on costs C (m, N) of which n columns are there, against the library's. */
static void compare(const real *C, int N, int m, int n, int steps, double tolerance)
{
    real T[M * WIDE], A[M * WIDE], sigma[M], delta[WIDE], padded[M * WIDE];
    for (int i = 0; i < M * WIDE; i++) {
        T[i] = A[i] = 0;
        padded[i] = i < m * N ? C[i] : 0;
    }
    YOURS(find_plan)(T, A, sigma, delta, C, N, m, n, (real)0.5, steps);
    Graph *g = mm_graph_new(1);
    const Tensor *want = mm_transport_plan(g, mm_input(g, MM_SHAPE(1, m, N), padded), &m, &n, (real)0.5, steps);
    expect_tensor("T", MM_SHAPE(m, N), T, want->data, tolerance);
    mm_graph_free(g);
}

static void sums(const real *C, int m, int n)
{
    real T[M * WIDE], A[M * WIDE], sigma[M], delta[WIDE];
    YOURS(find_plan)(T, A, sigma, delta, C, n, m, n, (real)0.5, 200);
    for (int i = 0; i < m; i++) {
        double row = 0;
        for (int j = 0; j < n; j++) {
            row += (double)T[i * n + j];
        }
        expect_number("what is moved from one word", row, 1.0 / m, 1e-9);
    }
    for (int j = 0; j < n; j++) {
        double column = 0;
        for (int i = 0; i < m; i++) {
            column += (double)T[i * n + j];
        }
        expect_number("what one region receives", column, 1.0 / n, 1e-3);
    }
}

void exercise_59(void)
{
    real C[M * WIDE];
    draw(C, M * WIDE, 0, 2, "cost");
    check("one", "one word, one region: all of it is moved",
          "Q = A T, delta = 1 / (n sum Q sigma), sigma = 1 / (m sum Q delta).");
    compare((const real[]){(real)0.5}, 1, 1, 1, 1, 1e-9);
    compare((const real[]){(real)0.5, 1}, 2, 1, 2, 1, 1e-9);
    check("step", "one step, 3 words and 3 regions", "Q takes the place of T; each sigma is made with the new delta.");
    compare(C, 3, 3, 3, 1, 1e-9);
    check("second", "two steps", "delta is made with the sigma of the step before.");
    compare(C, 3, 3, 3, 2, 1e-9);
    check("oblong", "4 words, 2 regions, three steps", "m words hold 1 / m each, n regions receive 1 / n each.");
    compare(C, 2, 4, 2, 3, 1e-9);
    check("padding", "3 of 5 columns are there", "Row i begins at i * N; of its N columns the first n count.");
    compare(C, WIDE, 3, 3, 2, 1e-9);
    check("sums", "after 200 steps rows and columns hold what they should", "The last scaling of a step is that of the rows.");
    sums(C, 4, 3);
}
