/* Exercise 17: Break it. README.md beside this file says what is wanted; `./course test 17` judges it. */
#include "exercise.h"

/* As the embedding's backward, but wrong, and only where an id is repeated. */
void broken_embedding_backward(real *dtable, const int *ids, const real *dy, int rows, int d)
{
    NOT_STARTED;
}
