/* step.c: forward, loss, backward. */
#include "step.h"

Features step_features(Graph *g, const Clip *clip, const Batch *b)
{
    int size = clip->config.size;
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(b->n, 3, size, size), b->pixels), "pixels");
    Features f = {.image = clip_encode_image(g, clip, pixels)};
    for (int l = 0; l < b->languages; l++) {
        f.text[l] = clip_encode_text(g, clip, b->ids[l], b->length[l], b->texts, b->T[l]);
    }
    return f;
}

/* The loss of one language. A picture looks for its name among the names; a text, name or tags, for every picture that it fits. */
static Tensor *language_loss(Graph *g, const Clip *clip, const Batch *b, const Features *f, int language, real smoothing)
{
    Tensor *logits = clip_logits(g, clip, f->image, f->text[language]); /* (n, texts) */
    mm_push(g, "loss");
    Tensor *names = mm_slice(g, logits, 1, 0, b->n); /* (n, n) */
    Tensor *image_to_text = mm_named(clip_loss_one_way(g, names, b->named[language], smoothing), "image to text");
    Tensor *transposed = mm_permute(g, logits, (int[]){1, 0}); /* (texts, n) */
    Tensor *text_to_image = mm_named(clip_loss_one_way(g, transposed, b->fits[language], smoothing), "text to image");
    Tensor *loss = mm_affine(g, mm_add(g, image_to_text, text_to_image), (real)0.5, 0);
    mm_pop(g);
    return loss;
}

Tensor *step_loss(Graph *g, const Clip *clip, const Batch *b, const Features *f, real smoothing)
{
    Tensor *sum = NULL;
    for (int l = 0; l < b->languages; l++) {
        Tensor *loss = language_loss(g, clip, b, f, l, smoothing);
        sum = sum ? mm_add(g, sum, loss) : loss;
    }
    return mm_affine(g, sum, 1 / (real)b->languages, 0);
}

Tensor *step_gradients(Graph *g, const Clip *clip, const Batch *b, real smoothing)
{
    Features f = step_features(g, clip, b);
    Tensor *loss = step_loss(g, clip, b, &f, smoothing);
    mm_backward(g, loss);
    return loss;
}
