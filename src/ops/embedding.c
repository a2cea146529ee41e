/* embedding.c: rows picked by number. */
#include "mm/ops.h"

#include <string.h>

/* [embedding] y[i] = table[ids[i]], so dtable[ids[i]] += dy[i]: a row used often collects all its gradients */
/* region embedding_attr */
typedef struct EmbeddingAttr {
    const int *ids;
    Shape shape;
} EmbeddingAttr;
/* end embedding_attr */

static Shape embedding_shape(const Tensor *y)
{
    const EmbeddingAttr *a = y->attr;
    Shape table = y->in[0]->shape, s = a->shape;
    if (table.rank != 2 || s.rank == MM_MAX_RANK) {
        mm_op_fail(y, "the table must be a matrix (V, D), one row for each id, and ids may have %d dimensions at most",
                   MM_MAX_RANK - 1);
    }
    for (size_t i = 0; i < mm_numel(s); i++) {
        if (a->ids[i] < 0 || a->ids[i] >= table.d[0]) {
            char text[MM_SHAPE_TEXT];
            mm_op_fail(y,
                       "ids%s: number %zu is %d, but the table has rows 0 .. %d; was the tokeniser made for another vocabulary?",
                       mm_shape_text(s, text), i, a->ids[i], table.d[0] - 1);
        }
    }
    s.d[s.rank++] = table.d[1];
    return s;
}

static void embedding_forward(Tensor *y)
{
    const int *ids = ((const EmbeddingAttr *)y->attr)->ids;
    size_t d = (size_t)mm_last(y->shape);
    for (size_t i = 0; i < mm_rows(y->shape); i++) {
        memcpy(y->data + i * d, y->in[0]->data + (size_t)ids[i] * d, d * sizeof *y->data);
    }
}

/* Threads share out the columns, so that an id used twice is summed in the order of its uses whatever their number. */
static void embedding_backward(Tensor *y)
{
    enum { COLUMNS = 32 };
    const int *ids = ((const EmbeddingAttr *)y->attr)->ids;
    size_t d = (size_t)mm_last(y->shape), rows = mm_rows(y->shape);
    real *dtable = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t from = 0; from < d; from += COLUMNS) {
        size_t to = from + COLUMNS < d ? from + COLUMNS : d;
        /* region embedding_backward */
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = from; j < to; j++) {
                dtable[(size_t)ids[i] * d + j] += y->grad[i * d + j];
            }
        }
        /* end embedding_backward */
    }
}

static Tensor *build_embedding(Graph *g, Tensor *const *x)
{
    return mm_embedding(g, x[0], (const int[]){6, 0, 3, 3, 0, 1, 3, 5, 3, 2, 0, 6, 6, 1, 3}, MM_SHAPE(3, 5));
}

static Tensor *build_one_id(Graph *g, Tensor *const *x)
{
    return mm_embedding(g, x[0], (const int[]){2}, MM_SCALAR);
}

const Op mm_op_embedding = {
    .name = "embedding",
    .symbol = "embed",
    .equation = "embedding",
    .shape = embedding_shape,
    .forward = embedding_forward,
    .backward = embedding_backward,
    .check = (Check[]){{"repeated and unused ids", build_embedding, {MM_DIMS(7, 9)}, 1},
                       {"more columns than one thread takes", build_embedding, {MM_DIMS(7, 35)}, 1},
                       {"one id", build_one_id, {MM_DIMS(3, 5)}, 1},
                       {0}},
};

Tensor *(mm_embedding)(Graph *g, Tensor *table, const int *ids, Shape ids_shape, Site site)
{
    EmbeddingAttr attr = {mm_keep_ints(g, ids, mm_numel(ids_shape)), ids_shape};
    return mm_apply(g, &mm_op_embedding, &attr, sizeof attr, 1, &table, site);
}

/* [gather_rows] y[b] = x[b, row[b]], so dx[b, row[b]] += dy[b] and the other rows get nothing */
typedef struct GatherAttr {
    const int *row; /* NULL when x has no batch, which the shape check reports */
} GatherAttr;

static Shape gather_shape(const Tensor *y)
{
    const int *row = ((const GatherAttr *)y->attr)->row;
    Shape x = y->in[0]->shape;
    if (x.rank != 3) {
        mm_op_fail(y, "takes one row of each sequence: x must be (B, T, D); mm_reshape or mm_embedding may be what you need");
    }
    for (int b = 0; b < x.d[0]; b++) {
        if (row[b] < 0 || row[b] >= x.d[1]) {
            mm_op_fail(y, "row[%d] = %d, but sequence %d has rows 0 .. %d", b, row[b], b, x.d[1] - 1);
        }
    }
    return MM_SHAPE(x.d[0], x.d[2]);
}

static void gather_forward(Tensor *y)
{
    const int *row = ((const GatherAttr *)y->attr)->row;
    size_t T = (size_t)y->in[0]->shape.d[1], d = (size_t)y->shape.d[1];
    for (size_t b = 0; b < (size_t)y->shape.d[0]; b++) {
        memcpy(y->data + b * d, y->in[0]->data + (b * T + (size_t)row[b]) * d, d * sizeof *y->data);
    }
}

static void gather_backward(Tensor *y)
{
    const int *row = ((const GatherAttr *)y->attr)->row;
    size_t T = (size_t)y->in[0]->shape.d[1], d = (size_t)y->shape.d[1];
    real *dx = mm_grad(y->in[0]);
    for (size_t b = 0; b < (size_t)y->shape.d[0]; b++) {
        for (size_t j = 0; j < d; j++) {
            dx[(b * T + (size_t)row[b]) * d + j] += y->grad[b * d + j];
        }
    }
}

static Tensor *build_gather(Graph *g, Tensor *const *x)
{
    return mm_gather_rows(g, x[0], (const int[]){4, 0, 2});
}

const Op mm_op_gather_rows = {
    .name = "gather_rows",
    .symbol = "gather",
    .equation = "gather_rows",
    .shape = gather_shape,
    .forward = gather_forward,
    .backward = gather_backward,
    .check = (Check[]){{"last, first, middle", build_gather, {MM_DIMS(3, 5, 7)}, 1}, {0}},
};

Tensor *(mm_gather_rows)(Graph *g, Tensor *x, const int *row, Site site)
{
    bool batch = x && x->shape.rank == 3;
    GatherAttr attr = {batch ? mm_keep_ints(g, row, (size_t)x->shape.d[0]) : NULL};
    return mm_apply(g, &mm_op_gather_rows, &attr, sizeof attr, 1, &x, site);
}
