/* step.c: forward, loss, backward. */
#include "step.h"

#include <string.h>

/* ---- towers that are not, or not all, learned ---- */

/* The parameters of each tower begin so; those of the projection, which stays free under FREEZE_BODY, come last. */
static const char *const image_names[] = {"visual."},
                         *const text_names[] = {"token_embedding.", "positional_embedding", "transformer.", "ln_final.",
                                                "text_projection"},
                         *const heads[] = {"visual.proj", "visual.attnpool.c_proj.", "text_projection"};

static bool begins(const char *name, const char *const *prefix, size_t n)
{
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        found = found || strncmp(name, prefix[i], strlen(prefix[i])) == 0;
    }
    return found;
}

int step_freeze(Params *ps, const Objective *o)
{
    int n = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        const char *name = mm_params_at(ps, i)->name;
        Freeze f = begins(name, image_names, sizeof image_names / sizeof *image_names) ? o->image
                   : begins(name, text_names, sizeof text_names / sizeof *text_names)  ? o->text
                                                                                       : FREEZE_NOTHING;
        if (f == FREEZE_TOWER || (f == FREEZE_BODY && !begins(name, heads, sizeof heads / sizeof *heads))) {
            n += mm_params_freeze(ps, name);
        }
    }
    return n;
}

typedef struct Context {
    const Step *step;
    const Batch *batch;
} Context;

enum { IMAGES, TEXTS }; /* towers: one of images, then one a language */

/* Rows of a tower, not normalised: (part.n, embed). */
static Tensor *encode_rows(Graph *g, void *context, int tower, BatchPart part)
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

/* A frozen tower is a fixed function: its BatchNorm takes the running statistics and leaves them. If nothing of it is learned, it is
 * not recorded either: no activation of it is kept for a backward that will not come. */
static Tensor *encode(Graph *g, void *context, int tower, BatchPart part)
{
    const Objective *o = &((const Context *)context)->step->objective;
    Freeze f = tower == IMAGES ? o->image : o->text;
    bool training = mm_graph_training(g), recording = mm_graph_record(g, true);
    mm_graph_train(g, training && f == FREEZE_NOTHING);
    mm_graph_record(g, recording && f != FREEZE_TOWER);
    Tensor *features = encode_rows(g, context, tower, part);
    mm_graph_record(g, recording);
    mm_graph_train(g, training);
    return features;
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

/* Pictures `part` with all texts: does it fit? Divided by the pictures that are here. */
static Tensor *siglip_loss(Graph *g, const Step *s, const Batch *b, Tensor *image, BatchPart part, Tensor *text, int language)
{
    bool *pairs = mm_arena(g, (size_t)part.n * (size_t)b->texts * sizeof *pairs); /* (part.n, texts) */
    for (int n = 0; n < part.n; n++) {
        for (int t = 0; t < b->texts; t++) {
            size_t of = (size_t)t * (size_t)b->n + (size_t)(part.first + n);
            pairs[(size_t)n * (size_t)b->texts + (size_t)t] = b->fits[language][of];
        }
    }
    return mm_siglip_loss(g, clip_logits(g, s->clip, image, text), pairs);
}

/* The loss of one language. A picture looks for its name among the names; a text, name or tags, for every picture that it fits. */
static Tensor *whole_loss(Graph *g, const Step *s, const Batch *b, Rows image, Rows text, int language)
{
    if (s->objective.loss == LOSS_SIGLIP) {
        return siglip_loss(g, s, b, image.all, (BatchPart){0, b->n, b->n}, text.all, language);
    }
    real smoothing = s->objective.smoothing;
    Tensor *logits = clip_logits(g, s->clip, image.all, text.all); /* (n, texts) */
    mm_push(g, "loss");
    Tensor *names = mm_slice(g, logits, 1, 0, b->n); /* (n, n) */
    Tensor *image_to_text = mm_named(clip_loss_one_way(g, names, b->named[language], smoothing), "image to text");
    Tensor *transposed = mm_permute(g, logits, (int[]){1, 0}); /* (texts, n) */
    Tensor *text_to_image = mm_named(clip_loss_one_way(g, transposed, b->fits[language], smoothing), "text to image");
    Tensor *loss = mm_affine(g, mm_add(g, image_to_text, text_to_image), (real)0.5, 0);
    mm_pop(g);
    return loss;
}

/* [local_loss] The questions of this rank's pictures and texts only, against all answers: n/W rows of logits each way, where the whole
 * loss has n. Its weight makes the mean over the ranks the whole loss, also where they have not equally many rows. */
static Tensor *local_loss(Graph *g, const Step *s, const Batch *b, Rows image, Rows text, int language)
{
    real W = (real)s->ranks->n, of_images = W * (real)image.part.n / (real)b->n,
         of_texts = W * (real)text.part.n / (real)b->texts;
    if (s->objective.loss == LOSS_SIGLIP) {
        return mm_affine(g, siglip_loss(g, s, b, image.own, image.part, text.all, language), of_images, 0);
    }
    /* region local_loss */
    Tensor *names = mm_slice(g, text.all, 0, 0, b->n);
    Tensor *to_text = clip_logits(g, s->clip, image.own, names);     /* (n/W, n) */
    Tensor *to_image = clip_logits(g, s->clip, text.own, image.all); /* (texts/W, n) */
    const bool *named = b->named[language] + (size_t)image.part.first * (size_t)b->n;
    const bool *fits = b->fits[language] + (size_t)text.part.first * (size_t)b->n;
    Tensor *image_to_text = mm_affine(g, clip_loss_one_way(g, to_text, named, s->objective.smoothing), of_images / 2, 0);
    Tensor *text_to_image = mm_affine(g, clip_loss_one_way(g, to_image, fits, s->objective.smoothing), of_texts / 2, 0);
    return mm_add(g, image_to_text, text_to_image);
    /* end local_loss */
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
