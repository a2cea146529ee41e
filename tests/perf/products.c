/* products.c: which matrix products a step consists of, what they take, and what BLIS takes for the same products alone. The
 * linker sends every call of mm_gemm and mm_gemm_add that the library makes through here (--wrap). */
#include "products.h"
#include "mm/core.h"

#include <dlfcn.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

typedef struct Kind {
    int m, n, k;
    ptrdiff_t lda, ldb, ldc; /* from a row, or a column, to the next */
    bool a_t, b_t, add;      /* stored transposed; added to what is there */
    bool inside;             /* each thread has products of its own, of a batch or of a loop over heads or pictures */
} Kind;

typedef struct Product {
    Kind kind;
    int64_t count;
    double seconds; /* of the step */
} Product;

enum { MOST = 512 };
static struct {
    bool on;
    Product at[MOST];
    int n;
} seen;

void __real_mm_gemm_add(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat d, Mat c);
void __wrap_mm_gemm_add(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat d, Mat c);
void __wrap_mm_gemm(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat c);

static void note(const Kind *kind, int n_batch, double seconds)
{
    int i = 0;
    while (i < seen.n && memcmp(&seen.at[i].kind, kind, sizeof *kind) != 0) {
        i++;
    }
    if (i < MOST) {
        seen.at[i].kind = *kind;
        seen.at[i].count += n_batch;
        seen.at[i].seconds += seconds;
        seen.n += i == seen.n;
    }
}

static Mat turned(Mat m)
{
    return (Mat){m.p, m.cs, m.rs, m.batch};
}

/* Of a product whose result lies by rows, as all that BLAS makes do. */
static Kind kind_of(int m, int n, int k, Mat a, Mat b, real beta, Mat c, bool inside)
{
    Kind kind;
    memset(&kind, 0, sizeof kind); /* it is compared as bytes */
    kind.m = m, kind.n = n, kind.k = k;
    kind.a_t = a.cs != 1, kind.b_t = b.cs != 1, kind.add = beta != 0, kind.inside = inside;
    kind.lda = kind.a_t ? a.cs : a.rs, kind.ldb = kind.b_t ? b.cs : b.rs, kind.ldc = c.rs;
    return kind;
}

void __wrap_mm_gemm_add(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat d, Mat c)
{
    double start = mm_seconds();
    __real_mm_gemm_add(n_batch, m, n, k, alpha, a, b, beta, d, c);
    double seconds = (mm_seconds() - start) / omp_get_num_threads(); /* of a loop, each thread does its part at the same time */
    if (seen.on) {
        bool inside = n_batch > 1 || omp_in_parallel();
        Kind kind = c.cs == 1 ? kind_of(m, n, k, a, b, beta, c, inside)
                              : kind_of(n, m, k, turned(b), turned(a), beta, turned(c), inside);
#pragma omp critical
        note(&kind, n_batch, seconds);
    }
}

void __wrap_mm_gemm(int n_batch, int m, int n, int k, real alpha, Mat a, Mat b, real beta, Mat c)
{
    __wrap_mm_gemm_add(n_batch, m, n, k, alpha, a, b, beta, c, c);
}

void products_watch(void)
{
    seen.on = true;
}

/* ---- BLIS ---- */

typedef void Sgemm(const char *, const char *, const int *, const int *, const int *, const float *, const float *, const int *,
                   const float *, const int *, const float *, float *, const int *);

/* NULL: it is not installed. */
static Sgemm *blis(void)
{
    char threads[16];
    snprintf(threads, sizeof threads, "%d", mm_threads());
    setenv("BLIS_NUM_THREADS", threads, 1);
    if (__builtin_cpu_supports("avx512f")) { /* which it does not expect of a processor whose name it does not know */
        setenv("BLIS_ARCH_TYPE", "0", 0);
    }
    void *library = dlopen(MM_BLIS, RTLD_NOW | RTLD_LOCAL);
    return library ? (Sgemm *)dlsym(library, "sgemm_") : NULL;
}

static float *numbers(ptrdiff_t n)
{
    float *x = aligned_alloc(64, ((size_t)n * sizeof *x + 63) / 64 * 64);
    for (ptrdiff_t i = 0; i < n; i++) {
        x[i] = (float)(i % 19) / 10 - 1;
    }
    return x;
}

/* Seconds for one product, by one thread or, if it is not inside a loop, by all. BLAS counts columns first: C^T = B^T A^T. */
static double one(Sgemm *sgemm, const Kind *p)
{
    enum { LEAST = 5 };
    float *a = numbers((p->a_t ? p->k : p->m) * p->lda), *b = numbers((p->b_t ? p->n : p->k) * p->ldb);
    float *c = numbers(p->m * p->ldc), alpha = 1, beta = p->add;
    int lda = (int)p->lda, ldb = (int)p->ldb, ldc = (int)p->ldc, times = 0;
    double best = 1, start = mm_seconds(), now = start;
    while (times++ < LEAST || now - start < 0.02) {
        double before = mm_seconds();
        sgemm(p->b_t ? "T" : "N", p->a_t ? "T" : "N", &p->n, &p->m, &p->k, &alpha, b, &ldb, a, &lda, &beta, c, &ldc);
        now = mm_seconds();
        best = now - before < best ? now - before : best;
    }
    free(a);
    free(b);
    free(c);
    return best;
}

static double alone(Sgemm *sgemm, const Kind *kind)
{
    if (!kind->inside) {
        return one(sgemm, kind);
    }
    double sum = 0;
    int threads = 1;
#pragma omp parallel reduction(+ : sum)
    {
        sum += one(sgemm, kind);
#pragma omp single
        threads = omp_get_num_threads();
    }
    return sum / threads / threads;
}

static int by_time(const void *a, const void *b)
{
    double x = ((const Product *)a)->seconds, y = ((const Product *)b)->seconds;
    return x < y ? 1 : x > y ? -1 : 0;
}

void products_print(int steps, double seconds, FILE *out)
{
    Sgemm *sgemm = sizeof(real) == sizeof(float) ? blis() : NULL;
    double ours = 0, theirs = 0, flops = 0, ms = 1e3 / steps;
    qsort(seen.at, (size_t)seen.n, sizeof *seen.at, by_time);
    fprintf(out, "%20s %7s %9s %9s %9s %7s\n", "products (m, n, k)", "a step", "ms", "GFLOP/s", "BLIS", "ratio");
    for (int i = 0; i < seen.n; i++) {
        const Product *p = &seen.at[i];
        double work = 2.0 * p->kind.m * p->kind.n * p->kind.k * (double)p->count;
        double best = sgemm ? (double)p->count * alone(sgemm, &p->kind) : NAN;
        ours += p->seconds;
        theirs += best;
        flops += work;
        if (p->seconds > seconds / 100) {
            char shape[64];
            snprintf(shape, sizeof shape, "%d%s x %d%s x %d", p->kind.m, p->kind.a_t ? "'" : "", p->kind.n,
                     p->kind.b_t ? "'" : "", p->kind.k);
            fprintf(out, "%20s %7.3g %9.3f %9.1f %9.1f %7.2f\n", shape, (double)p->count / steps, ms * p->seconds,
                    1e-9 * work / p->seconds, 1e-9 * work / best, best / p->seconds);
        }
    }
    fprintf(out, "products: %.1f ms of %.1f, %.0f %% of a step, at %.1f GFLOP/s; BLIS alone %.1f ms: %.0f %% of its speed\n\n",
            ms * ours, ms * seconds, 100 * ours / seconds, 1e-9 * flops / ours, ms * theirs, 100 * theirs / ours);
}
