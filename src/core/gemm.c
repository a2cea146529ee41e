/* gemm.c: every matrix product of the library. The only file that knows BLIS.
 *
 * BLIS takes a stride for rows and one for columns, so a transpose or one attention head inside a (B, T, 3D) tensor is
 * multiplied where it lies. Threads: C is cut into tiles by its shape alone, each tile is one product on one thread, and
 * a sum over k is never divided. So the bits do not depend on the number of threads. */
#include "mm/core.h"

#include <blis.h>

/* A tile is worth a thread from about a million multiplications; more than 32 tiles help nobody. */
static int count_tiles(int n_batch, double work)
{
    if (n_batch >= 32) {
        return 1;
    }
    int tiles = (int)(work / 1e6), most = 32 / n_batch;
    return tiles < 1 ? 1 : tiles > most ? most : tiles;
}

static void product(int m, int n, int k, real alpha, const real *a, Mat sa, const real *b, Mat sb, real beta, real *c, Mat sc)
{
    rntm_t one_thread = BLIS_RNTM_INITIALIZER;
    bli_rntm_set_num_threads(1, &one_thread);
#ifdef MM_DOUBLE
    bli_dgemm_ex
#else
    bli_sgemm_ex
#endif
        (BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, m, n, k, &alpha, (real *)a, sa.rs, sa.cs, (real *)b, sb.rs, sb.cs, &beta, c, sc.rs,
         sc.cs, NULL, &one_thread);
}

void mm_gemm(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat c)
{
    double work = (double)m * n * k;
    int tiles = count_tiles(n_batch, work);
    bool by_rows = m >= n; /* cut the longer side, in steps that suit the micro-kernel */
    int side = by_rows ? m : n, step = (side + tiles - 1) / tiles;
    step = (step + 47) / 48 * 48;
    tiles = (side + step - 1) / step;
#pragma omp parallel for schedule(dynamic) if (n_batch * tiles > 1 && n_batch * work > 1e5)
    for (int i = 0; i < n_batch * tiles; i++) {
        ptrdiff_t batch = i / tiles;
        int from = i % tiles * step, size = side - from < step ? side - from : step;
        const real *pa = a.p + batch * a.batch, *pb = b.p + batch * b.batch;
        real *pc = c.p + batch * c.batch;
        if (by_rows) {
            product(size, n, k, alpha, pa + from * a.rs, a, pb, b, beta, pc + from * c.rs, c);
        } else {
            product(m, size, k, alpha, pa, a, pb + from * b.cs, b, beta, pc + from * c.cs, c);
        }
    }
}
