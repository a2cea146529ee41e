/* gemm.c: every matrix product of the library.
 *
 * A product is fast when numbers, once fetched, are used many times, so C is made in tiles that fit the registers:
 *
 *     for each block of B, K x N of it at most     packed in panels as wide as a tile: read once from far, then from the cache
 *         for each strip of MR rows of A           copied together, so that its rows do not compete for places in the cache
 *             for each panel                       a tile of C is MR x NR numbers, held in registers over the whole sum:
 *                 C tile += A strip  B panel       for each k: MR numbers of A times one row of the panel
 *
 * after Goto and van de Geijn 2008. A transpose is a swap of strides. Threads share the packing, then the strips and panels. No
 * sum over k is ever shared out, and how it is cut depends on the shape alone: the bits do not depend on the number of threads. */
#include "mm/core.h"

#include <omp.h>
#include <string.h>

/* The registers decide the tile: 14 x 2 sums of 16 floats fill 28 of the 32 that AVX-512 has, 6 x 2 fill 12 of 16 otherwise. */
#if defined __AVX512F__
enum { VECTOR_BYTES = 64, MR = 14 };
#elif defined __AVX__
enum { VECTOR_BYTES = 32, MR = 6 };
#else
enum { VECTOR_BYTES = 16, MR = 6 };
#endif
typedef real Vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real))));
enum { LANES = VECTOR_BYTES / sizeof(real), NR = 2 * LANES, MOST_K = 384, MOST_N = 768, STRIPS = 4, PANELS = 4 };

/* c (valid, vectors LANES) = alpha a b + beta d over k. a: numbers of one k are a_row apart, the next k is a_next further on;
 * b: a packed panel. rows and vectors are constants where this is inlined, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void tile(int rows, int vectors, int k, const real *a, ptrdiff_t a_row,
                                                       ptrdiff_t a_next, const real *b, real alpha, real beta, const real *d,
                                                       ptrdiff_t d_row, real *c, ptrdiff_t c_row, int valid)
{
    Vector sum[MR][2] = {0};
    for (int p = 0; p < k; p++, a += a_next, b += NR) {
        const Vector *row_of_b = (const Vector *)b;
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                sum[r][v] += a[r * a_row] * row_of_b[v];
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        const Vector *row_of_d = (const Vector *)(d + r * d_row);
        Vector *row_of_c = (Vector *)(c + r * c_row);
        for (int v = 0; v < vectors && r < valid; v++) {
            row_of_c[v] = beta == 0 ? alpha * sum[r][v] : alpha * sum[r][v] + beta * row_of_d[v];
        }
    }
}

/* What one thread works on: part of C = alpha A B + beta D. */
typedef struct Product {
    int m, n, k;
    real alpha, beta;
    Mat a, b, d, c;
} Product;

/* Panel j of B: (k, NR), zeros beyond the last column. */
static void pack_panel(const Product *p, int j, real *panel)
{
    int width = p->n - j * NR < NR ? p->n - j * NR : NR;
    const real *b = p->b.p + (ptrdiff_t)j * NR * p->b.cs;
    if (width < NR) {
        memset(panel, 0, (size_t)p->k * NR * sizeof(real));
    }
    if (p->b.cs == 1) {
        for (int k = 0; k < p->k; k++) {
            memcpy(panel + k * NR, b + k * p->b.rs, (size_t)width * sizeof(real));
        }
        return;
    }
    for (int x = 0; x < width; x++) {
        for (int k = 0; k < p->k; k++) {
            panel[k * NR + x] = b[k * p->b.rs + x * p->b.cs];
        }
    }
}

/* MR rows of A, or the fewer that are left: where they lie, or copied row after row, or column after column. */
typedef struct Strip {
    int rows;
    const real *at;
    ptrdiff_t row, next; /* strides */
    _Alignas(64) real copy[MR * (MOST_K + LANES)];
} Strip;

static void copy_rows(const Product *p, const real *a, Strip *s)
{
    s->row = p->k + LANES;
    s->next = 1;
    for (int r = 0; r < s->rows; r++) {
        real *to = s->copy + r * s->row;
        if (p->a.cs == 1) {
            memcpy(to, a + r * p->a.rs, (size_t)p->k * sizeof(real));
        }
        for (int k = 0; k < p->k && p->a.cs != 1; k++) {
            to[k] = a[r * p->a.rs + k * p->a.cs];
        }
    }
}

static void copy_columns(const Product *p, const real *a, Strip *s)
{
    s->row = 1;
    s->next = MR;
    for (int k = 0; k < p->k; k++) {
        const real *from = a + k * p->a.cs;
        if (s->rows == MR) { /* a constant size: a few vector instructions */
            memcpy(s->copy + k * MR, from, MR * sizeof(real));
        } else {
            memcpy(s->copy + k * MR, from, (size_t)s->rows * sizeof(real));
        }
    }
}

/* A copy pays when several panels use it. It is also made of strips that no kernel fits: those may read rows that do not exist. */
static void take_strip(const Product *p, int i, int panels, Strip *s)
{
    const real *a = p->a.p + (ptrdiff_t)i * MR * p->a.rs;
    s->rows = p->m - i * MR < MR ? p->m - i * MR : MR;
    s->at = s->copy;
    if (panels <= 2 && s->rows == MR) {
        s->at = a;
        s->row = p->a.rs;
        s->next = p->a.cs;
    } else if (p->a.rs == 1 && p->a.cs != 1) {
        copy_columns(p, a, s);
    } else {
        copy_rows(p, a, s);
    }
}

/* A tile at c, whose rows are c_row apart: with the smallest kernel that holds it. Rows of the strip that do not exist are
 * computed from what lies there and not stored. */
static void any_tile(const Product *p, const Strip *s, const real *panel, int width, real beta, const real *d, real *c,
                     ptrdiff_t c_row)
{
    int rows = s->rows, k = p->k;
    ptrdiff_t row = s->row, next = s->next;
    if (width > LANES) {
        if (rows > 8) {
            tile(MR, 2, k, s->at, row, next, panel, p->alpha, beta, d, p->d.rs, c, c_row, rows);
        } else if (rows > 4) {
            tile(MR < 8 ? MR : 8, 2, k, s->at, row, next, panel, p->alpha, beta, d, p->d.rs, c, c_row, rows);
        } else {
            tile(4, 2, k, s->at, row, next, panel, p->alpha, beta, d, p->d.rs, c, c_row, rows);
        }
    } else if (rows > 4) {
        tile(MR, 1, k, s->at, row, next, panel, p->alpha, beta, d, p->d.rs, c, c_row, rows);
    } else {
        tile(4, 1, k, s->at, row, next, panel, p->alpha, beta, d, p->d.rs, c, c_row, rows);
    }
}

/* Strip times panel j. A tile that is not made of whole vectors in C goes through memory of its own. */
static void strip_times_panel(const Product *p, int i, int j, const Strip *s, const real *panel)
{
    int width = p->n - j * NR < NR ? p->n - j * NR : NR;
    const real *d = p->d.p + (ptrdiff_t)i * MR * p->d.rs + (ptrdiff_t)j * NR * p->d.cs;
    real *c = p->c.p + (ptrdiff_t)i * MR * p->c.rs + (ptrdiff_t)j * NR * p->c.cs;
    if (p->c.cs == 1 && p->d.cs == 1 && (width == NR || width == LANES)) {
        any_tile(p, s, panel, width, p->beta, d, c, p->c.rs);
        return;
    }
    real out[MR * NR];
    any_tile(p, s, panel, width, 0, d, out, NR);
    for (int r = 0; r < s->rows; r++) {
        for (int x = 0; x < width; x++) {
            real add = p->beta == 0 ? 0 : p->beta * d[r * p->d.rs + x * p->d.cs];
            c[r * p->c.rs + x * p->c.cs] = out[r * NR + x] + add;
        }
    }
}

/* Strips i … and panels j … of the block, as one thread's piece of work. */
static void piece(const Product *p, int first_i, int first_j, int strips, int panels, const real *packed)
{
    Strip s;
    for (int i = first_i; i < strips && i < first_i + STRIPS; i++) {
        take_strip(p, i, panels, &s);
        for (int j = first_j; j < panels && j < first_j + PANELS; j++) {
            strip_times_panel(p, i, j, &s, packed + (ptrdiff_t)j * NR * p->k);
        }
    }
}

static void meet(int team)
{
    if (team > 1) {
#pragma omp barrier
    }
}

/* One block of B, packed and used, by thread `me` of a team that meets at the barriers. */
static void multiply_block(const Product *p, real *packed, int me, int team)
{
    int strips = (p->m + MR - 1) / MR, panels = (p->n + NR - 1) / NR;
    for (int j = me; j < panels; j += team) {
        pack_panel(p, j, packed + (ptrdiff_t)j * NR * p->k);
    }
    meet(team);
    int across = (panels + PANELS - 1) / PANELS, pieces = (strips + STRIPS - 1) / STRIPS * across;
    for (int i = me; i < pieces; i += team) {
        piece(p, i / across * STRIPS, i % across * PANELS, strips, panels, packed);
    }
}

/* n cut into as few equal parts as stay below most, each a multiple of step */
static int part(int n, int most, int step)
{
    int parts = (n + most - 1) / most, size = (n + parts - 1) / parts;
    return (size + step - 1) / step * step;
}

/* The part of thread `me` in the whole product. */
static void multiply(const Product *p, real *packed, int me, int team)
{
    int k_part = part(p->k, MOST_K, 1), n_part = part(p->n, MOST_N, NR);
    for (int n = 0; n < p->n; n += n_part) {
        for (int k = 0; k < p->k; k += k_part) {
            Product block = *p;
            block.n = p->n - n < n_part ? p->n - n : n_part;
            block.k = p->k - k < k_part ? p->k - k : k_part;
            block.a.p += k * p->a.cs;
            block.b.p += k * p->b.rs + n * p->b.cs;
            block.c.p += n * p->c.cs;
            if (k > 0) { /* added to what the parts of k before have left */
                block.d = p->c;
                block.beta = 1;
            }
            block.d.p += n * block.d.cs;
            if (n > 0 || k > 0) {
                meet(team); /* nobody uses the last block's panels any more */
            }
            multiply_block(&block, packed, me, team);
        }
    }
}

static Mat transposed(Mat m)
{
    return (Mat){m.p, m.cs, m.rs, m.batch};
}

static void product(Product p, bool share)
{
    static _Thread_local _Alignas(64) real packed_here[MOST_K * MOST_N];
    real *packed = packed_here;     /* that of the calling thread, for its team */
    if (p.n > p.m && p.b.cs != 1) { /* C^T = B^T A^T: packing B would turn it over, so let B be the smaller operand */
        p = (Product){p.n, p.m, p.k, p.alpha, p.beta, transposed(p.b), transposed(p.a), transposed(p.d), transposed(p.c)};
    }
    if (!share) { /* often inside a loop over heads or pictures that already has all threads */
        multiply(&p, packed, 0, 1);
        return;
    }
#pragma omp parallel
    multiply(&p, packed, omp_get_thread_num(), omp_get_num_threads());
}

/* Matrix i of the batch. */
static Product member(Product p, ptrdiff_t i)
{
    p.a.p += i * p.a.batch;
    p.b.p += i * p.b.batch;
    p.d.p += i * p.d.batch;
    p.c.p += i * p.c.batch;
    return p;
}

void mm_gemm_add(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat d, Mat c)
{
    enum { WORTH_A_TEAM = 1000000 };
    Product p = {m, n, k, alpha, beta, a, b, d, c};
    double work = (double)m * n * k;
    bool free = !omp_in_parallel() && omp_get_max_threads() > 1;
    if (free && n_batch > 1 && n_batch * work > WORTH_A_TEAM) {
#pragma omp parallel for schedule(dynamic)
        for (int i = 0; i < n_batch; i++) {
            product(member(p, i), false);
        }
        return;
    }
    for (int i = 0; i < n_batch; i++) {
        product(member(p, i), free && work > WORTH_A_TEAM);
    }
}

void mm_gemm(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat c)
{
    mm_gemm_add(n_batch, m, n, k, alpha, a, b, beta, c, c);
}
