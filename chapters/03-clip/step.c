/* step.c: forward, loss, backward. */
#include "step.h"

typedef struct Context {
    const Step *step;
    const Batch *batch;
} Context;

enum { IMAGES, TEXTS }; /* towers: one of images, then one a language */

/* Rows of a tower, not normalised: (part.n, embed). */
static Tensor *encode(Graph *g, void *context, int tower, BatchPart part)
{
    const Context *c = context;
    const Batch *b = c->batch;
    const Clip *clip = c->step->clip;
    if (tower == IMAGES) {
        size_t picture = 3 * (size_t)clip->config.size * (size_t)clip->config.size;
        const real *first = b->pixels + (size_t)(part.first - b->rows.first) * picture;
        Shape shape = MM_SHAPE(part.n, 3, clip->config.size, clip->config.size);
        return clip_encode_image(g, clip, mm_named(mm_input(g, shape, first), "pixels"));
    }
    int l = tower - TEXTS;
    const int *ids = b->ids[l] + (size_t)part.first * (size_t)b->T[l];
    return clip_encode_text(g, clip, ids, b->length[l] + part.first, part.n, b->T[l]);
}

/* What one tower made: of this rank's rows, and of all. */
typedef struct Rows {
    Tensor *own, *all;
    BatchPart part;
} Rows;

static Rows gather(Graph *g, const Step *s, Tensor *own, int rows)
{
    return (Rows){own, mm_all_gather(g, own, s->ranks, rows), mm_ranks_part(s->ranks, rows)};
}

/* The loss of one language. A picture looks for its name among the names; a text, name or tags, for every picture that it fits. */
static Tensor *whole_loss(Graph *g, const Step *s, const Batch *b, Rows image, Rows text, int language)
{
    Tensor *logits = clip_logits(g, s->clip, image.all, text.all); /* (n, texts) */
    mm_push(g, "loss");
    Tensor *names = mm_slice(g, logits, 1, 0, b->n); /* (n, n) */
    Tensor *image_to_text = mm_named(clip_loss_one_way(g, names, b->named[language], s->smoothing), "image to text");
    Tensor *transposed = mm_permute(g, logits, (int[]){1, 0}); /* (texts, n) */
    Tensor *text_to_image = mm_named(clip_loss_one_way(g, transposed, b->fits[language], s->smoothing), "text to image");
    Tensor *loss = mm_affine(g, mm_add(g, image_to_text, text_to_image), (real)0.5, 0);
    mm_pop(g);
    return loss;
}

/* [local_loss] The questions of this rank's pictures and texts only, against all answers: n/W rows of logits each way, where the whole
 * loss has n. Its weight makes the mean over the ranks the whole loss, also where they have not equally many rows. */
static Tensor *local_loss(Graph *g, const Step *s, const Batch *b, Rows image, Rows text, int language)
{
    Tensor *names = mm_slice(g, text.all, 0, 0, b->n);
    Tensor *to_text = clip_logits(g, s->clip, image.own, names);     /* (n/W, n) */
    Tensor *to_image = clip_logits(g, s->clip, text.own, image.all); /* (texts/W, n) */
    const bool *named = b->named[language] + (size_t)image.part.first * (size_t)b->n;
    const bool *fits = b->fits[language] + (size_t)text.part.first * (size_t)b->n;
    real W = (real)s->ranks->n, of_images = W * (real)image.part.n / (real)b->n,
         of_texts = W * (real)text.part.n / (real)b->texts;
    Tensor *image_to_text = mm_affine(g, clip_loss_one_way(g, to_text, named, s->smoothing), of_images / 2, 0);
    Tensor *text_to_image = mm_affine(g, clip_loss_one_way(g, to_image, fits, s->smoothing), of_texts / 2, 0);
    return mm_add(g, image_to_text, text_to_image);
}

/* The mean over the languages. */
static Tensor *batch_loss(Graph *g, void *context, Tensor *const *features)
{
    const Context *c = context;
    const Step *s = c->step;
    const Batch *b = c->batch;
    Tensor *sum = NULL;
    Rows image = gather(g, s, features[IMAGES], b->n);
    for (int l = 0; l < b->languages; l++) {
        Rows text = gather(g, s, features[TEXTS + l], b->texts);
        Tensor *loss = (s->local && s->ranks ? local_loss : whole_loss)(g, s, b, image, text, l);
        sum = sum ? mm_add(g, sum, loss) : loss;
    }
    return mm_affine(g, sum, 1 / (real)b->languages, 0);
}

Tensor *step_gradients(Graph *g, const Step *s, const Batch *b, real *loss)
{
    Context context = {s, b};
    Contrast c = {.towers = TEXTS + b->languages, .encode = encode, .loss = batch_loss, .context = &context};
    c.rows[IMAGES] = mm_ranks_part(s->ranks, b->n);
    for (int l = 0; l < b->languages; l++) {
        c.rows[TEXTS + l] = mm_ranks_part(s->ranks, b->texts);
    }
    if (s->ranks) {
        mm_gradient_mean_begin(s->mean, g);
    }
    Tensor *from = s->micro ? NULL : mm_contrast(g, &c);
    *loss = from ? from->data[0] : mm_contrast_cached(g, &c, s->micro, s->cache);
    if (s->ranks) {
        mm_gradient_mean_end(s->mean);
        mm_ranks_sum(s->ranks, loss, 1);
        *loss /= (real)s->ranks->n;
    }
    return from;
}
