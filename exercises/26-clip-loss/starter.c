/* Exercise 26: The loss of CLIP. README.md beside this file says what is wanted; `./course test 26` judges it. */
#include "exercise.h"

#include "model.h"

/* A row's target: every text of the same label, in equal parts. One in the usual batch; several when a concept occurs twice. */
static real *targets(Graph *g, const int *row_label, int rows, const int *column_label, int columns)
{
    real *target = mm_reals(g, (size_t)rows * (size_t)columns);
    for (int r = 0; r < rows; r++) {
        int pairs = 0;
        for (int c = 0; c < columns; c++) {
            pairs += row_label[r] == column_label[c];
        }
        for (int c = 0; c < columns; c++) {
            target[(size_t)r * (size_t)columns + (size_t)c] = row_label[r] == column_label[c] ? 1 / (real)pairs : 0;
        }
    }
    return target;
}

static Tensor *one_way(Graph *g, Tensor *logits, const int *row_label, const int *column_label, real smoothing)
{
    int rows = logits->shape.d[0], columns = logits->shape.d[1];
    real *target = targets(g, row_label, rows, column_label, columns);
    return mm_cross_entropy(g, logits, NULL, target, smoothing);
}

Tensor *clip_loss(Graph *g, Tensor *logits, const int *image_label, const int *text_label, real smoothing)
{
    int N = logits->shape.d[0];
    int *own = mm_arena(g, (size_t)N * sizeof *own);
    for (int i = 0; i < N; i++) {
        own[i] = i;
    }
    const int *row = image_label ? image_label : own, *column = text_label ? text_label : own;
    mm_push(g, "loss");
    Tensor *loss = NULL;
    NOT_STARTED;
    mm_pop(g);
    return mm_named(loss, "L");
}
