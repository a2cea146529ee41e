/* Exercise 09: Matrix product, backward. README.md beside this file says what is wanted; `./course test 09` judges it. */
#include "exercise.h"

typedef struct MatmulAttr {
    Transpose transpose;
} MatmulAttr;

typedef struct Product {
    int batch, m, n, k;
    Mat a, b, y; /* a as (m, k) and b as (k, n), whatever their layout */
} Product;

static Mat matrix(real *p, int rows, int columns, bool transposed)
{
    ptrdiff_t size = (ptrdiff_t)rows * columns;
    return transposed ? (Mat){p, 1, rows, size} : (Mat){p, columns, 1, size};
}

static Mat turned(Mat m)
{
    return (Mat){m.p, m.cs, m.rs, m.batch};
}

static Product describe(const Tensor *y, real *pa, real *pb, real *py)
{
    Transpose t = ((const MatmulAttr *)y->attr)->transpose;
    Shape a = y->in[0]->shape, b = y->in[1]->shape;
    Product p = {.m = a.d[a.rank - (t == MM_TN ? 1 : 2)],
                 .k = a.d[a.rank - (t == MM_TN ? 2 : 1)],
                 .n = b.d[b.rank - (t == MM_NT ? 2 : 1)]};
    bool shared_b = b.rank == 2 && a.rank > 2; /* then the leading dimensions of a are only more rows */
    p.batch = (int)(y->n / ((size_t)p.m * (size_t)p.n));
    if (shared_b) {
        p.m *= p.batch;
        p.batch = 1;
    }
    p.a = matrix(pa, p.m, p.k, t == MM_TN);
    p.b = matrix(pb, p.k, p.n, t == MM_NT);
    p.y = matrix(py, p.m, p.n, false);
    return p;
}

void matmul_backward(Tensor *y)
{
    NOT_STARTED;
}
