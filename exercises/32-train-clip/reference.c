/* The answer of exercise 32: a training step as chapters/03-clip/train.c and step.c take it, without what only a long run needs. */
#include "exercise.h"
#include "model.h"

/* region parts */
/* A batch: n pictures and their texts, pair by pair. */
typedef struct Pairs {
    int n, size, tokens;
    const real *pixels;      /* (n, 3, size, size) */
    const int *ids, *length; /* (n, tokens) and (n), as clip_encode_text takes them */
} Pairs;

/* What a step is put together from: your own functions where you have passed their exercise, else the library's. */
typedef struct Parts {
    Tensor *(*logits)(Graph *g, const Clip *clip, Tensor *image, Tensor *text); /* exercise 25 */
    Tensor *(*loss)(Graph *g, Tensor *logits, real smoothing);                  /* 26 */
    void (*backward)(Graph *g, Tensor *loss);                                   /* 02, 05, 08 to 15 */
    real (*clip_grad_norm)(Params *ps, real most);                              /* 19 */
    void (*clamp)(Clip *clip);                                                  /* 28 */
} Parts;
/* end parts */

/* One step of training; returns the loss before it. */
real train_step(Graph *g, Clip *clip, Optimizer *opt, const Parts *with, const Pairs *batch, real lr)
{
    /* region train_step */
    Tensor *pixels = mm_input(g, MM_SHAPE(batch->n, 3, batch->size, batch->size), batch->pixels);
    Tensor *image = clip_encode_image(g, clip, pixels);
    Tensor *text = clip_encode_text(g, clip, batch->ids, batch->length, batch->n, batch->tokens);
    Tensor *loss = with->loss(g, with->logits(g, clip, image, text), 0);
    real value = loss->data[0];
    with->backward(g, loss);
    with->clip_grad_norm(clip->params, 1);
    mm_optimizer_step(opt, lr);
    with->clamp(clip);
    mm_graph_reset(g);
    return value;
    /* end train_step */
}
