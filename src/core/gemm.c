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

/* The pieces of a product: every matrix of the batch in `tiles` strips of its longer side. */
typedef struct Plan {
    int m, n, k, tiles, step;
    bool by_rows;
    real alpha, beta;
    Mat a, b, c;
} Plan;

static void strip(const Plan *p, int i)
{
    ptrdiff_t batch = i / p->tiles, from = (ptrdiff_t)(i % p->tiles) * p->step, side = p->by_rows ? p->m : p->n;
    int size = (int)(side - from < p->step ? side - from : p->step);
    const real *a = p->a.p + batch * p->a.batch, *b = p->b.p + batch * p->b.batch;
    real *c = p->c.p + batch * p->c.batch;
    if (p->by_rows) {
        product(size, p->n, p->k, p->alpha, a + from * p->a.rs, p->a, b, p->b, p->beta, c + from * p->c.rs, p->c);
    } else {
        product(p->m, size, p->k, p->alpha, a, p->a, b + from * p->b.cs, p->b, p->beta, c + from * p->c.cs, p->c);
    }
}

void mm_gemm(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat c)
{
    double work = (double)m * n * k;
    Plan p = {.m = m, .n = n, .k = k, .by_rows = m >= n, .alpha = alpha, .beta = beta, .a = a, .b = b, .c = c};
    int side = p.by_rows ? m : n, tiles = count_tiles(n_batch, work);
    p.step = ((side + tiles - 1) / tiles + 47) / 48 * 48; /* in steps that suit the micro-kernel */
    p.tiles = (side + p.step - 1) / p.step;
    int strips = n_batch * p.tiles;
    if (strips == 1) { /* often inside a loop over heads or pictures that already has all threads */
        strip(&p, 0);
        return;
    }
#pragma omp parallel for if (n_batch * work > 1e5)
    for (int i = 0; i < strips; i++) {
        strip(&p, i);
    }
}
