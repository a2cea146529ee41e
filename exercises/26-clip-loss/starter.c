/* Exercise 26: The loss of CLIP. README.md beside this file says what is wanted; `./course test 26` judges it. */
#include "exercise.h"

#include "model.h"

Tensor *clip_loss(Graph *g, Tensor *logits, real smoothing)
{
    int N = logits->shape.d[0];
    int *own = mm_arena(g, (size_t)N * sizeof *own);
    for (int i = 0; i < N; i++) {
        own[i] = i;
    }
    mm_push(g, "loss");
    Tensor *loss = NULL;
    NOT_STARTED;
    mm_pop(g);
    return mm_named(loss, "L");
}
