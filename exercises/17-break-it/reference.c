/* The answer of exercise 17: a backward that is wrong on purpose, and so no part of the library. */
#include "exercise.h"

/* As the embedding's backward, but wrong, and only where an id is repeated. */
void broken_embedding_backward(real *dtable, const int *ids, const real *dy, int rows, int d)
{
    /* region broken */
    for (int i = 0; i < rows; i++) {
        bool seen = false;
        for (int before = 0; before < i; before++) {
            seen = seen || ids[before] == ids[i];
        }
        for (int j = 0; j < d && !seen; j++) {
            dtable[ids[i] * d + j] += dy[i * d + j];
        }
    }
    /* end broken */
}
