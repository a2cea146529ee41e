/* The gradient of logit_scale. */
#include "27.h"
#include "check.h"
#include "model.h"

enum { N = 3, EMBED = 4 };

static void table(int rows, int columns, const double *d, const double *z, double want)
{
    Matrix dz = {rows, columns, (double *)d}, mz = {rows, columns, (double *)z};
    expect_number("dL/ds", YOURS(d_logit_scale)(dz, mz), want, 1e-12);
}

/* CLIP's loss of random embeddings: the tape's gradient of s, and theirs from the tape's dZ. */
static void against_the_tape(void)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Clip clip = {.logit_scale = mm_param(ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, (real)1.2})};
    Tensor *image = mm_param(ps, "image", MM_SHAPE(N, EMBED), (Init){MM_NORMAL, 1});
    Tensor *text = mm_param(ps, "text", MM_SHAPE(N, EMBED), (Init){MM_NORMAL, 1});
    Tensor *logits = clip_logits(g, &clip, image, text);
    mm_backward(g, clip_loss(g, logits, 0));
    Matrix dz = matrix_of(logits, logits->grad, false), z = matrix_of(logits, logits->data, false);
    expect_number("dL/ds", YOURS(d_logit_scale)(dz, z), (double)*clip.logit_scale->grad, 1e-9);
    matrix_free(&dz);
    matrix_free(&z);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_27(void)
{
    check("one", "one score: dZ = 2, Z = 3", "Z = e^s S, so dZ/ds is Z itself: 2 times 3.");
    table(1, 1, (const double[]){2}, (const double[]){3}, 6);
    check("sum", "a table of 2 x 2", "All scores share s: sum over the whole table, not its diagonal, and not the mean.");
    table(2, 2, (const double[]){1, 2, 3, 4}, (const double[]){5, 6, 7, 8}, 70);
    check("shape", "a table of 2 x 3", "There are rows times columns elements.");
    table(2, 3, (const double[]){1, 1, 1, 1, 1, 1}, (const double[]){1, 2, 4, 8, 16, 32}, 63);
    if (right_so_far()) {
        table(3, 1, (const double[]){1, 1, 1}, (const double[]){1, 2, 4}, 7);
    }
    check("tape", "the gradient of CLIP's loss, from the tape", "Is every sign kept?");
    against_the_tape();
}
