/* Exercise 08: Embedding, backward, with words that repeat. README.md beside this file says what is wanted; `./course test 08` judges it. */
#include "exercise.h"

typedef struct EmbeddingAttr {
    const int *ids;
    Shape shape;
} EmbeddingAttr;

/* Threads share out the columns, so that an id used twice is summed in the order of its uses whatever their number. */
void embedding_backward(Tensor *y)
{
    enum { COLUMNS = 32 };
    const int *ids = ((const EmbeddingAttr *)y->attr)->ids;
    size_t d = (size_t)mm_last(y->shape), rows = mm_rows(y->shape);
    real *dtable = mm_grad(y->in[0]);
#pragma omp parallel for if (y->n > MM_GRAIN)
    for (size_t from = 0; from < d; from += COLUMNS) {
        size_t to = from + COLUMNS < d ? from + COLUMNS : d;
        NOT_STARTED;
    }
}
