/* matmul.c: products of matrices, and the linear layer's product with its bias. */
#include "mm/ops.h"
#include "rows.h"

#include <string.h>

/* [matmul] Y = A B, so dA = dY B^T and dB = A^T dY.
 * With NT, Y = A B^T: dA = dY B and dB = dY^T A. With TN, Y = A^T B: dA = B dY^T and dB = A dY.
 * A transpose is a swap of strides; nothing is copied. */
/* region product */
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
/* end product */

static Shape matmul_shape(const Tensor *y)
{
    Transpose t = ((const MatmulAttr *)y->attr)->transpose;
    Shape a = y->in[0]->shape, b = y->in[1]->shape;
    if (a.rank < 2 || b.rank < 2) {
        mm_op_fail(y, "both operands need at least two dimensions");
    }
    int m = a.d[a.rank - (t == MM_TN ? 1 : 2)], ka = a.d[a.rank - (t == MM_TN ? 2 : 1)];
    int kb = b.d[b.rank - (t == MM_NT ? 1 : 2)], n = b.d[b.rank - (t == MM_NT ? 2 : 1)];
    if (ka != kb) {
        mm_op_fail(y, "inner sizes %d and %d differ%s", ka, kb, t == MM_NN && ka == n ? "; did you mean MM_NT?" : "");
    }
    if (b.rank == 2 && a.rank > 2) {
        if (t == MM_TN) {
            mm_op_fail(y, "with MM_TN both operands need the same leading dimensions");
        }
    } else if (a.rank != b.rank || memcmp(a.d, b.d, (size_t)(a.rank - 2) * sizeof(int)) != 0) {
        mm_op_fail(y, "leading dimensions differ; they must be equal, or the second operand a plain matrix");
    }
    Shape s = a;
    s.d[s.rank - 2] = m;
    s.d[s.rank - 1] = n;
    return s;
}

static void matmul_forward(Tensor *y)
{
    Product p = describe(y, y->in[0]->data, y->in[1]->data, y->data);
    mm_gemm(p.batch, p.m, p.n, p.k, 1, p.a, p.b, 0, p.y);
}

static void matmul_backward(Tensor *y)
{
    /* region matmul_backward */
    real *da = mm_grad(y->in[0]), *db = mm_grad(y->in[1]);
    Product value = describe(y, y->in[0]->data, y->in[1]->data, y->data), grad = describe(y, da, db, y->grad);
    if (da) {
        mm_gemm(value.batch, value.m, value.k, value.n, 1, grad.y, turned(value.b), 1, grad.a);
    }
    if (db) {
        mm_gemm(value.batch, value.k, value.n, value.m, 1, turned(value.a), grad.y, 1, grad.b);
    }
    /* end matmul_backward */
}

static Tensor *build_nn(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, x[0], x[1], MM_NN);
}

static Tensor *build_nt(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, x[0], x[1], MM_NT);
}

static Tensor *build_tn(Graph *g, Tensor *const *x)
{
    return mm_matmul(g, x[0], x[1], MM_TN);
}

const Op mm_op_matmul = {
    .name = "matmul",
    .symbol = "A B",
    .equation = "matmul",
    .shape = matmul_shape,
    .forward = matmul_forward,
    .backward = matmul_backward,
    .check = (Check[]){{"A B", build_nn, {MM_DIMS(3, 5), MM_DIMS(5, 7)}, 2},
                       {"A B^T", build_nt, {MM_DIMS(3, 5), MM_DIMS(7, 5)}, 2},
                       {"A^T B", build_tn, {MM_DIMS(5, 3), MM_DIMS(5, 7)}, 2},
                       {"batch", build_nn, {MM_DIMS(2, 3, 4, 5), MM_DIMS(2, 3, 5, 1)}, 2},
                       {"batch, A B^T", build_nt, {MM_DIMS(3, 4, 5), MM_DIMS(3, 2, 5)}, 2},
                       {"batch, A^T B", build_tn, {MM_DIMS(3, 5, 4), MM_DIMS(3, 5, 2)}, 2},
                       {"one B for the batch", build_nn, {MM_DIMS(3, 2, 5), MM_DIMS(5, 7)}, 2},
                       {"one B^T for the batch", build_nt, {MM_DIMS(3, 2, 5), MM_DIMS(7, 5)}, 2},
                       {0}},
};

Tensor *(mm_matmul)(Graph *g, Tensor *a, Tensor *b, Transpose transpose, Site site)
{
    return mm_apply(g, &mm_op_matmul, &(MatmulAttr){transpose}, sizeof(MatmulAttr), 2, (Tensor *[]){a, b}, site);
}

/* [linear] Y = X W^T + b over the rows of X, so dX = dY W, dW = dY^T X, db = the sum of the rows of dY. */
static Shape linear_shape(const Tensor *y)
{
    Shape x = y->in[0]->shape, w = y->in[1]->shape;
    if (x.rank < 1 || w.rank != 2 || mm_last(x) != w.d[1]) {
        mm_op_fail(y, "weight is (out, in), and in must be the last size of the input");
    }
    if (y->n_in == 3 && !mm_shape_equal(y->in[2]->shape, MM_SHAPE(w.d[0]))) {
        mm_op_fail(y, "bias must be (%d)", w.d[0]);
    }
    x.d[x.rank - 1] = w.d[0];
    return x;
}

static void linear_forward(Tensor *y)
{
    int rows = (int)mm_rows(y->shape), out = mm_last(y->shape), in = mm_last(y->in[0]->shape);
    Mat bias = {y->n_in == 3 ? y->in[2]->data : y->data, 0, 1, 0}; /* one row for all */
    mm_gemm_add(1, rows, out, in, 1, matrix(y->in[0]->data, rows, in, false), matrix(y->in[1]->data, in, out, true), y->n_in == 3,
                bias, matrix(y->data, rows, out, false));
}

static void linear_backward(Tensor *y)
{
    int rows = (int)mm_rows(y->shape), out = mm_last(y->shape), in = mm_last(y->in[0]->shape);
    real beta, *dx = mm_grad_beta(y->in[0], &beta), *dw = mm_grad(y->in[1]), *db = y->n_in == 3 ? mm_grad(y->in[2]) : NULL;
    if (dx) {
        mm_gemm(1, rows, in, out, 1, matrix(y->grad, rows, out, false), matrix(y->in[1]->data, out, in, false), beta,
                matrix(dx, rows, in, false));
    }
    if (dw) {
        mm_gemm(1, out, in, rows, 1, matrix(y->grad, out, rows, true), matrix(y->in[0]->data, rows, in, false), 1,
                matrix(dw, out, in, false));
    }
    if (db) {
        mm_add_columns(db, y->grad, rows, out);
    }
}

static Tensor *build_linear(Graph *g, Tensor *const *x)
{
    return mm_linear(g, x[0], x[1], x[2]);
}

static Tensor *build_linear_no_bias(Graph *g, Tensor *const *x)
{
    return mm_linear(g, x[0], x[1], NULL);
}

const Op mm_op_linear = {
    .name = "linear",
    .symbol = "x W\u1d40 + b",
    .equation = "linear",
    .shape = linear_shape,
    .forward = linear_forward,
    .backward = linear_backward,
    .check = (Check[]){{"rows", build_linear, {MM_DIMS(3, 5), MM_DIMS(7, 5), MM_DIMS(7)}, 3},
                       {"batch", build_linear, {MM_DIMS(2, 3, 5), MM_DIMS(7, 5), MM_DIMS(7)}, 3},
                       {"no bias", build_linear_no_bias, {MM_DIMS(3, 5), MM_DIMS(7, 5)}, 2},
                       {0}},
};

Tensor *(mm_linear)(Graph *g, Tensor *x, Tensor *weight, Tensor *bias, Site site)
{
    return mm_apply(g, &mm_op_linear, NULL, 0, bias ? 3 : 2, (Tensor *[]){x, weight, bias}, site);
}
