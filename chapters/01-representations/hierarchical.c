/* hierarchical.c: some texts lie above others: a group above its subgroups, these above concepts, a concept above its pictures. */
#include "io/memory.h"
#include "model.h"

#include <tgmath.h>

/* A score for each pair of rows, as Method.scores. */
typedef Tensor *Scores(Graph *g, const Model *m, Tensor *a, Tensor *b);

/* The features of the texts above, of one language. */
typedef struct Above {
    Tensor *of[LEVELS]; /* (classes, WIDTH) */
} Above;

static Above encode_above(Graph *g, const Model *m, const Batch *b, int language)
{
    Above a;
    for (int k = 0; k < LEVELS; k++) {
        a.of[k] = encode_text(g, m, &b->classes[k][language]);
    }
    return a;
}

/* -ln softmax at the right class, at each level: which subgroup, which group? */
static Tensor *ask_classes(Graph *g, const Model *m, Scores *scores, Tensor *x, const Above *above, const Batch *b)
{
    Tensor *scale = mm_exp(g, m->logit_scale), *loss[LEVELS];
    for (int k = 0; k < LEVELS; k++) {
        loss[k] = mm_cross_entropy(g, mm_mul(g, scores(g, m, x, above->of[k]), scale), b->class[k], NULL, 0);
    }
    return mm_add(g, loss[SUBGROUP], loss[GROUP]);
}

/* ---- tree: the same texts above, in CLIP's flat space, to see what the geometry adds ---- */

static Tensor *flat_scores(Graph *g, const Model *m, Tensor *a, Tensor *b)
{
    (void)m;
    return cosines(g, a, b);
}

static Tensor *tree_loss(Graph *g, const Model *m, const Batch *b)
{
    Tensor *image = encode_image(g, m, batch_pixels(g, b)), *loss[LANGUAGES];
    for (int l = 0; l < LANGUAGES; l++) {
        Above above = encode_above(g, m, b, l);
        Tensor *similarity = cosines(g, image, encode_text(g, m, &b->text[l]));
        Tensor *names = contrast(g, mm_mul(g, similarity, mm_exp(g, m->logit_scale)));
        loss[l] = mm_add(g, names, ask_classes(g, m, flat_scores, image, &above, b));
    }
    return over_languages(g, loss[EN], loss[ZH]);
}

static void tree_init(Model *m, const Set *s)
{
    encoders_init(m, s);
    m->logit_scale = mm_param(m->params, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, log(1 / (real)0.07)});
}

const Method method_tree = {.name = "tree",
                            .kind = "hierarchical",
                            .does = "contrastive, asked for subgroup and group too: the tree in a flat space",
                            .recipe = {256, 40, 2e-3},
                            .init = tree_init,
                            .loss = tree_loss,
                            .image = encode_image,
                            .text = encode_text,
                            .directions = true,
                            .scores = flat_scores};

/* ---- order embeddings (Vendrov et al. 2016): a is above b where no coordinate of a is larger ---- */

static const real order_margin = (real)0.05;

/* Coordinates must not be negative, so that 0 lies above all. Over sqrt(WIDTH): lengths of about 1. */
static Tensor *positive(Graph *g, Tensor *x)
{
    return mm_affine(g, mm_abs(g, x), 1 / sqrt((real)WIDTH), 0);
}

/* What is lowest has length 1, or everything could shrink to the point 0, where all energies are 0. */
static Tensor *order_image(Graph *g, const Model *m, Tensor *pixels)
{
    return mm_l2norm(g, mm_abs(g, encode_image(g, m, pixels)), 0);
}

/* A name too (Vendrov et al., section 4.2): one that had little of everything would lie above all pictures, and come first for all. */
static Tensor *order_text(Graph *g, const Model *m, const TextBatch *t)
{
    return mm_l2norm(g, mm_abs(g, encode_text(g, m, t)), 0);
}

/* A class is above many, so its length is free. */
static Tensor *order_above(Graph *g, const Model *m, const TextBatch *t)
{
    return positive(g, encode_text(g, m, t));
}

/* (N, D) below, (M, D) above */
static Tensor *order_scores(Graph *g, const Model *m, Tensor *below, Tensor *above)
{
    (void)m;
    return mm_order_scores(g, below, above, true);
}

/* x (n, D) lies under the right class of each level, and not, by the margin, under another. */
static Tensor *order_under(Graph *g, const Model *m, Tensor *x, const Above *above, const Batch *b)
{
    Tensor *loss[LEVELS];
    for (int k = 0; k < LEVELS; k++) {
        loss[k] = mm_devise_loss(g, order_scores(g, m, x, positive(g, above->of[k])), b->class[k], order_margin);
    }
    return mm_add(g, loss[SUBGROUP], loss[GROUP]);
}

static Tensor *order_loss(Graph *g, const Model *m, const Batch *b)
{
    Tensor *image = order_image(g, m, batch_pixels(g, b)), *loss[LANGUAGES];
    for (int l = 0; l < LANGUAGES; l++) {
        Above above = encode_above(g, m, b, l);
        Tensor *name = order_text(g, m, &b->text[l]);
        Tensor *ranking = mm_ranking_loss(g, order_scores(g, m, image, name), order_margin, false);
        Tensor *tree = mm_add(g, order_under(g, m, image, &above, b), order_under(g, m, name, &above, b));
        loss[l] = mm_add(g, mm_affine(g, ranking, 1 / (real)b->n, 0), tree);
    }
    return over_languages(g, loss[EN], loss[ZH]);
}

const Method method_order = {.name = "order",
                             .kind = "hierarchical",
                             .does = "order embeddings: above is what has less of everything",
                             .recipe = {128, 24, 2e-3},
                             .init = encoders_init,
                             .loss = order_loss,
                             .image = order_image,
                             .text = order_text,
                             .above = order_above,
                             .scores = order_scores};

/* ---- MERU (Desai et al. 2023): hyperbolic space, in which what lies near the origin is above what lies behind it ---- */

/* narrow: training wants more than it will be asked, so that what is new lies in the cones too (Pal et al. 2025, eta).
 * first_curvature: ln c and the scales of features go lr a step at most, so in a few hundred steps they stay near to where they start; MERU,
 * with 120,000 steps, starts at 1. There the cone of a name at distance 1.7 opens by 4 degrees, and holds no picture. */
static const real min_radius = (real)0.1, narrow = (real)0.7, apart = (real)0.1, first_curvature = (real)0.1;

static Tensor *curvature(Graph *g, const Model *m)
{
    return mm_exp(g, m->curvature);
}

/* Features as a direction and a distance from the origin, and the point there. */
static Tensor *lift(Graph *g, const Model *m, Tensor *features, Tensor *alpha)
{
    return mm_lorentz_exp0(g, mm_mul(g, features, mm_exp(g, alpha)), curvature(g, m));
}

static Tensor *meru_image(Graph *g, const Model *m, Tensor *pixels)
{
    return lift(g, m, encode_image(g, m, pixels), m->visual_alpha);
}

static Tensor *meru_text(Graph *g, const Model *m, const TextBatch *t)
{
    return lift(g, m, encode_text(g, m, t), m->textual_alpha);
}

static Tensor *meru_scores(Graph *g, const Model *m, Tensor *a, Tensor *b)
{
    return mm_affine(g, mm_lorentz_distance(g, a, b, curvature(g, m)), -1, 0);
}

/* Rows of classes (K, D), one for each of the batch: (n, D) */
static Tensor *of_each(Graph *g, Tensor *classes, const int *class, int n)
{
    return mm_embedding(g, classes, class, MM_SHAPE(n));
}

/* mm_entailment_loss of narrowed cones. */
static Tensor *entailment(Graph *g, const Model *m, Tensor *general, Tensor *specific)
{
    Tensor *c = curvature(g, m), *angle = mm_lorentz_exterior_angle(g, general, specific, c);
    Tensor *aperture = mm_affine(g, mm_lorentz_half_aperture(g, general, c, min_radius), narrow, 0);
    return mm_mean(g, mm_relu(g, mm_sub(g, angle, aperture)), MM_ALL);
}

/* That alone is 0 where all cones hold everything. So what is wrong must not hold it, by an angle (Ganea et al. 2018). */
static Tensor *exclusion(Graph *g, const Model *m, Tensor *wrong, Tensor *specific)
{
    Tensor *c = curvature(g, m), *angle = mm_lorentz_exterior_angle(g, wrong, specific, c);
    Tensor *depth = mm_sub(g, mm_lorentz_half_aperture(g, wrong, c, min_radius), angle);
    return mm_mean(g, mm_relu(g, mm_affine(g, depth, 1, apart)), MM_ALL);
}

/* For each of the batch a class that is not its own; chance picks. */
static int *draw_wrong(Graph *g, const Batch *b, int level)
{
    int classes = b->classes[level][EN].n, *wrong = mm_arena(g, (size_t)b->n * sizeof *wrong);
    Rng rng = mm_rng(b->seed, level == GROUP ? "wrong group" : "wrong subgroup");
    for (int i = 0; i < b->n; i++) {
        wrong[i] = (b->class[level][i] + 1 + mm_below(&rng, classes - 1)) % classes;
    }
    return wrong;
}

/* A name's cone holds its picture, a subgroup's the name, a group's the subgroup; and no other subgroup's or group's the picture. */
static Tensor *meru_entailment(Graph *g, const Model *m, Tensor *image, Tensor *name, const Above *above, const Batch *b)
{
    int n = b->n;
    Tensor *below = name, *sum = entailment(g, m, name, image);
    for (int k = 0; k < LEVELS; k++) {
        Tensor *class = of_each(g, above->of[k], b->class[k], n);
        Tensor *wrong = of_each(g, above->of[k], draw_wrong(g, b, k), n);
        sum = mm_add(g, sum, mm_add(g, entailment(g, m, class, below), exclusion(g, m, wrong, image)));
        below = class;
    }
    return sum;
}

static Tensor *meru_loss(Graph *g, const Model *m, const Batch *b)
{
    Tensor *image = meru_image(g, m, batch_pixels(g, b)), *loss[LANGUAGES];
    for (int l = 0; l < LANGUAGES; l++) {
        Above above;
        for (int k = 0; k < LEVELS; k++) {
            above.of[k] = meru_text(g, m, &b->classes[k][l]);
        }
        Tensor *name = meru_text(g, m, &b->text[l]);
        Tensor *names = contrast(g, mm_mul(g, meru_scores(g, m, image, name), mm_exp(g, m->logit_scale)));
        Tensor *classes = ask_classes(g, m, meru_scores, image, &above, b);
        loss[l] = mm_add(g, mm_add(g, names, classes), meru_entailment(g, m, image, name, &above, b));
    }
    return over_languages(g, loss[EN], loss[ZH]);
}

static Tensor *meru_outside(Graph *g, const Model *m, Tensor *above, Tensor *below)
{
    Tensor *c = curvature(g, m), *angle = mm_lorentz_exterior_angle(g, above, below, c);
    return mm_sub(g, angle, mm_lorentz_half_aperture(g, above, c, min_radius));
}

static void meru_init(Model *m, const Set *s)
{
    const Init alpha = {MM_CONSTANT, -log((real)WIDTH) / 2};
    tree_init(m, s);
    m->curvature = mm_param(m->params, "curv", MM_SCALAR, (Init){MM_CONSTANT, log(first_curvature)});
    m->visual_alpha = mm_param(m->params, "visual_alpha", MM_SCALAR, alpha);
    m->textual_alpha = mm_param(m->params, "textual_alpha", MM_SCALAR, alpha);
}

const Method method_meru = {.name = "meru",
                            .kind = "hierarchical",
                            .does = "MERU: hyperbolic space, the general near the origin, the particular behind it",
                            .recipe = {256, 40, 2e-3},
                            .init = meru_init,
                            .loss = meru_loss,
                            .image = meru_image,
                            .text = meru_text,
                            .scores = meru_scores,
                            .outside = meru_outside};
