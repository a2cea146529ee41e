/* gemm.c: every matrix product of the library.
 *
 * A product is fast when numbers, once fetched, are used many times, so C is made in tiles that fit the registers:
 *
 *     for each block of B, K x N of it at most     packed in panels as wide as a tile: read once from far, then from the cache
 *         for each strip of MR rows of A           stays in the nearest cache
 *             for each panel                       a tile of C is MR x NR numbers, held in registers over the whole sum:
 *                 C tile += A strip  B panel       for each k: MR numbers of A times one row of the panel
 *
 * after Goto and van de Geijn 2008. A transpose is a swap of strides. While one block is used the next is already being fetched.
 * Every thread makes a rectangle of C of its own, of whole tiles. No sum over k is ever shared out, and how it is cut depends on
 * the shape alone: the bits do not depend on the number of threads. */
#include "mm/core.h"

#include <omp.h>
#include <string.h>

/* The registers decide the tile: 12 x 2 sums of 16 floats fill 24 of the 32 that AVX-512 has, 6 x 2 fill 12 of 16 otherwise. With 14 rows
 * gcc moves sums to memory and back. The second cache decides the block: processors with AVX-512 have 1 MB or more of it, others 256 or
 * 512 KB. */
#if defined __AVX512F__
enum { VECTOR_BYTES = 64, MR = 12, MOST_K = 768, MOST_N = 384 };
#elif defined __AVX__
enum { VECTOR_BYTES = 32, MR = 6, MOST_K = 512, MOST_N = 192 };
#else
enum { VECTOR_BYTES = 16, MR = 6, MOST_K = 512, MOST_N = 192 };
#endif
typedef real Vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real))));
enum { LANES = VECTOR_BYTES / sizeof(real), NR = 2 * LANES, LINE = 64 / sizeof(real), GROUP = 48 / MR };

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

/* C = alpha A B + beta D, or a part of it. */
typedef struct Product {
    int m, n, k;
    real alpha, beta;
    Mat a, b, d, c;
} Product;

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int parts_of(int n, int size)
{
    return (n + size - 1) / size;
}

/* Columns 0 .. 3 of B from where they are contiguous, stride apart, to four rows of a panel: two rounds of interleaving
 * transpose 4 x 4 numbers. */
static inline void turn(const real *b, ptrdiff_t stride, real *panel)
{
    typedef real Four __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real))));
    Four x[4], y[4];
    for (int i = 0; i < 4; i++) {
        x[i] = *(const Four *)(b + i * stride);
    }
    for (int i = 0; i < 2; i++) {
        y[2 * i] = __builtin_shufflevector(x[i], x[i + 2], 0, 4, 1, 5);
        y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + 2], 2, 6, 3, 7);
    }
    for (int i = 0; i < 2; i++) {
        *(Four *)(panel + 2 * i * NR) = __builtin_shufflevector(y[i], y[i + 2], 0, 4, 1, 5);
        *(Four *)(panel + (2 * i + 1) * NR) = __builtin_shufflevector(y[i], y[i + 2], 2, 6, 3, 7);
    }
}

/* A panel of columns that are not rows in memory: four columns at a time, of each a whole line of the cache. */
static void pack_columns(const real *b, Mat m, int k, int width, real *panel)
{
    for (int i = 0; i < k; i += LINE) {
        for (int x = 0; x < width; x += 4) {
            const real *from = b + i * m.rs + x * m.cs;
            real *to = panel + (ptrdiff_t)i * NR + x;
            bool whole = m.rs == 1 && i + LINE <= k && x + 4 <= width;
            for (int j = 0; j < LINE && whole; j += 4) {
                turn(from + j, m.cs, to + j * NR);
            }
            for (int y = 0; y < least(4, width - x) && !whole; y++) {
                for (int j = 0; j < least(LINE, k - i); j++) {
                    to[j * NR + y] = from[j * m.rs + y * m.cs];
                }
            }
        }
    }
}

/* Panel j of B: (k, NR), zeros beyond the last column. */
static void pack_panel(const Product *p, int j, real *panel)
{
    int width = least(NR, p->n - j * NR);
    const real *b = p->b.p + (ptrdiff_t)j * NR * p->b.cs;
    if (width < NR) {
        memset(panel, 0, (size_t)p->k * NR * sizeof(real));
    }
    if (p->b.cs != 1) {
        pack_columns(b, p->b, p->k, width, panel);
        return;
    }
    for (int k = 0; k < p->k; k++) {
        if (width == NR) { /* a constant size: a few vector instructions */
            memcpy(panel + k * NR, b + k * p->b.rs, NR * sizeof(real));
        } else {
            memcpy(panel + k * NR, b + k * p->b.rs, (size_t)width * sizeof(real));
        }
    }
}

/* MR rows of A, or the fewer that are left: where they lie, or copied row after row, or column after column. Rows that do not exist
 * are zeros: what happens to lie there may be denormal, and slow to compute with. */
typedef struct Strip {
    int rows;
    const real *at;
    ptrdiff_t row, next; /* strides */
    _Alignas(64) real copy[GROUP * MR * (MOST_K + LANES)];
} Strip;

static void copy_rows(const Product *p, const real *a, Strip *s)
{
    s->at = s->copy;
    s->row = p->k + LANES;
    s->next = 1;
    memset(s->copy + s->rows * s->row, 0, (size_t)((MR - s->rows) * s->row) * sizeof(real));
    for (int r = 0; r < s->rows; r++) {
        for (int k = 0; k < p->k; k++) {
            s->copy[r * s->row + k] = a[r * p->a.rs + k * p->a.cs];
        }
    }
}

/* Columns lie far apart, and a strip is narrower than a line of the cache: a group of strips is copied together, so that each line
 * is fetched once. Strip i of A is one of a group, whose first is copied with those after it. */
static void copy_columns(const Product *p, int i, Strip *s)
{
    int size = MR * p->k, rows = least(GROUP * MR, p->m - i * MR);
    s->at = s->copy + i % GROUP * size;
    s->row = 1;
    s->next = MR;
    if (i % GROUP != 0) {
        return;
    }
    for (int k = 0; k < p->k; k++) {
        const real *from = p->a.p + (ptrdiff_t)i * MR + k * p->a.cs;
        real *to = s->copy + k * MR;
        for (int r = 0; r < rows; r += MR, to += size) {
            if (r + MR <= rows) {
                memcpy(to, from + r, MR * sizeof(real));
            } else {
                memset(to, 0, MR * sizeof(real));
                memcpy(to, from + r, (size_t)(rows - r) * sizeof(real));
            }
        }
    }
}

/* A copy pays when several panels use it and the numbers of a row lie far apart. It is also made of strips that no kernel fits:
 * those may read rows that do not exist. */
static void take_strip(const Product *p, int i, int panels, Strip *s)
{
    const real *a = p->a.p + (ptrdiff_t)i * MR * p->a.rs;
    s->rows = least(MR, p->m - i * MR);
    if (p->a.rs == 1 && p->a.cs != 1 && panels > 2) {
        copy_columns(p, i, s);
    } else if (s->rows == MR && (p->a.cs == 1 || panels <= 2)) {
        s->at = a;
        s->row = p->a.rs;
        s->next = p->a.cs;
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
    int width = least(NR, p->n - j * NR);
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

/* Asks for one of so many parts of a block of B, so that it is near when it is to be packed. */
static void fetch(const Product *p, int part, int parts)
{
    bool by_rows = p->b.cs == 1;
    int runs = by_rows ? p->k : p->n, lines = parts_of(by_rows ? p->n : p->k, LINE);
    ptrdiff_t stride = by_rows ? p->b.rs : p->b.cs;
    int64_t all = (int64_t)runs * lines;
    for (int i = (int)(all * part / parts); i < (int)(all * (part + 1) / parts); i++) {
        __builtin_prefetch(p->b.p + i / lines * stride + i % lines * LINE, 0, 2);
    }
}

/* One block of B, packed and used; next: the one after it, or NULL. */
static void multiply_block(const Product *p, const Product *next, real *packed)
{
    int strips = parts_of(p->m, MR), panels = parts_of(p->n, NR);
    for (int j = 0; j < panels; j++) {
        pack_panel(p, j, packed + (ptrdiff_t)j * NR * p->k);
    }
    Strip s;
    for (int i = 0; i < strips; i++) {
        take_strip(p, i, panels, &s);
        for (int j = 0; j < panels; j++) {
            if (next) {
                fetch(next, i * panels + j, strips * panels);
            }
            strip_times_panel(p, i, j, &s, packed + (ptrdiff_t)j * NR * p->k);
        }
    }
}

/* The size of n cut into so many equal parts, each a multiple of step. */
static int share_of(int n, int parts, int step)
{
    return parts_of(parts_of(n, parts), step) * step;
}

/* Rows from m and columns from n on, at most so many. */
static Product rectangle(const Product *p, int m, int most_m, int n, int most_n)
{
    Product r = *p;
    r.m = least(most_m, p->m - m);
    r.n = least(most_n, p->n - n);
    r.a.p += m * p->a.rs;
    r.b.p += n * p->b.cs;
    r.c.p += m * p->c.rs + n * p->c.cs;
    r.d.p += m * p->d.rs + n * p->d.cs;
    return r;
}

/* Block i: the parts of k, then the next columns. */
static Product block_at(const Product *p, int k_size, int n_size, int i)
{
    int k_parts = parts_of(p->k, k_size), k = i % k_parts * k_size;
    Product block = rectangle(p, 0, p->m, i / k_parts * n_size, n_size);
    block.k = least(k_size, p->k - k);
    block.a.p += k * p->a.cs;
    block.b.p += k * p->b.rs;
    if (k > 0) { /* added to what the parts of k before have left */
        block.d = block.c;
        block.beta = 1;
    }
    return block;
}

/* The whole product, by the calling thread. */
static void multiply(const Product *p)
{
    static _Thread_local _Alignas(64) real packed[MOST_K * MOST_N];
    int k_size = share_of(p->k, parts_of(p->k, MOST_K), 1), n_size = share_of(p->n, parts_of(p->n, MOST_N), NR);
    int blocks = parts_of(p->k, k_size) * parts_of(p->n, n_size);
    Product block = block_at(p, k_size, n_size, 0);
    for (int i = 0; i < blocks; i++) {
        bool last = i + 1 == blocks;
        Product next = last ? block : block_at(p, k_size, n_size, i + 1);
        multiply_block(&block, last ? NULL : &next, packed);
        block = next;
    }
}

/* A rectangle of C for each thread, cut across its longer side first. */
static void share(const Product *p, int threads)
{
    int strips = parts_of(p->m, MR), panels = parts_of(p->n, NR);
    int across = p->n > p->m ? least(threads, panels) : threads / least(threads, strips);
    int down = threads / across, m = share_of(p->m, down, MR), n = share_of(p->n, across, NR);
#pragma omp parallel for schedule(static, 1)
    for (int i = 0; i < across * down; i++) {
        Product r = rectangle(p, i / across * m, m, i % across * n, n);
        if (r.m > 0 && r.n > 0) {
            multiply(&r);
        }
    }
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
            Product one = member(p, i);
            multiply(&one);
        }
        return;
    }
    for (int i = 0; i < n_batch; i++) {
        Product one = member(p, i);
        if (free && work > WORTH_A_TEAM) {
            share(&one, omp_get_max_threads());
        } else { /* often inside a loop over heads or pictures that already has all threads */
            multiply(&one);
        }
    }
}

void mm_gemm(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat c)
{
    mm_gemm_add(n_batch, m, n, k, alpha, a, b, beta, c, c);
}
