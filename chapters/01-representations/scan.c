/* scan.c: stacked cross attention (Lee et al. 2018): the whole consists of parts. Each word of a caption looks for its place in the
 * picture; picture and caption belong together if the words find something. Nobody tells it where anything is. */
#include "scan.h"
#include "io/memory.h"
#include "scene.h"

#include <tgmath.h>

/* Of the words the mean (the paper's AVG): names have one word or five, and the log-sum-exp of its other form is the larger, the more there are. */
const ScanConfig scan_config = {.text_to_image = true, .softmax_scale = 9};

static const double alone = 0.6; /* part of a run in which there are no scenes yet, only pictures of one thing */

static void scan_init(Model *m, const Set *s)
{
    image_encoder_init(m, 0);
    text_encoder_init(m, s);
    m->region = mm_linear_init(m->params, "region", m->image.config.width[3], WIDTH, true,
                               (Init){MM_NORMAL, 1 / sqrt((real)m->image.config.width[3])});
    m->logit_scale = mm_param(m->params, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, log(1 / (real)0.07)});
}

Tensor *scan_places(Graph *g, const Model *m, Tensor *pixels)
{
    Tensor *x = mm_permute(g, mm_resnet_features(g, &m->image, pixels), (const int[]){0, 2, 3, 1}); /* (N, h, w, channels) */
    Shape s = x->shape;
    x = mm_reshape(g, x, MM_SHAPE(s.d[0], s.d[1] * s.d[2], s.d[3]));       /* (N, h w, channels) */
    return mm_l2norm(g, mm_linear_forward(g, &m->region, x), (real)1e-12); /* (N, h w, WIDTH) */
}

Tensor *scan_words(Graph *g, const Model *m, const TextBatch *t)
{
    Tensor *there = mm_input(g, MM_SHAPE(t->n, t->T, 1), NULL);
    for (int i = 0; i < t->n; i++) {
        for (int k = 0; k < t->length[i]; k++) {
            there->data[i * t->T + k] = 1;
        }
    }
    return mm_mul(g, mm_l2norm(g, encode_words(g, m, t), (real)1e-12), there);
}

Tensor *scan_attention(Graph *g, Tensor *places, Tensor *words)
{
    Tensor *looks = mm_leaky_relu(g, mm_matmul(g, places, words, MM_NT), (real)0.1);          /* (1, P, T) */
    Tensor *shared = mm_permute(g, mm_l2norm(g, looks, (real)1e-12), (const int[]){0, 2, 1}); /* (1, T, P) */
    return mm_softmax(g, mm_affine(g, shared, scan_config.softmax_scale, 0), NULL);
}

/* ---- training: things, then scenes of them with captions ---- */

/* (n, n): pictures with texts */
static Tensor *match(Graph *g, const Model *m, Tensor *pixels, const TextBatch *t)
{
    Tensor *scores = mm_scan_scores(g, scan_places(g, m, pixels), scan_words(g, m, t), t->length, scan_config);
    return mm_mul(g, scores, mm_exp(g, m->logit_scale));
}

static Tensor *match_scenes(Graph *g, const Model *m, const Batch *b, int n, int language)
{
    size_t N = (size_t)n, picture = 3 * SCENE * SCENE;
    Scene *scene = mm_take(N, sizeof *scene);
    const Text **caption = mm_take(N, sizeof *caption);
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(n, 3, SCENE, SCENE), NULL), "pixels");
#pragma omp parallel for schedule(dynamic, 4)
    for (int i = 0; i < n; i++) {
        Rng rng = mm_rng(b->seed, "scenes");
        rng.count = (uint64_t)i << 16;
        scene[i] = scene_new(b->set, b->set->item, b->set->items, language, rng);
        scene_pixels(&scene[i], pixels->data + (size_t)i * picture);
        caption[i] = &scene[i].caption;
    }
    TextBatch t = texts_new(caption, n);
    Tensor *logits = match(g, m, pixels, &t);
    for (size_t i = 0; i < N; i++) {
        scene_free(&scene[i]);
    }
    free(scene);
    free(caption);
    texts_free(&t);
    return logits;
}

/* Which caption belongs to which scene, which name to which thing? The paper's hinge with the worst wrong answer asks the same, and learns
 * less of it in the same time. A scene costs as much as four pictures, so there are a fourth as many. */
static Tensor *scan_loss(Graph *g, const Model *m, const Batch *b)
{
    int language = (int)(b->seed % LANGUAGES), scenes = b->n / 4 < 2 ? 2 : b->n / 4;
    Tensor *things = contrast(g, match(g, m, batch_pixels(g, b), &b->text[language]));
    return b->done < alone ? things : mm_add(g, things, contrast(g, match_scenes(g, m, b, scenes, language)));
}

/* ---- the common protocol: a single emoji is a scene of 2 x 2 places ---- */

static Tensor *flat(Graph *g, Tensor *x)
{
    return mm_reshape(g, x, MM_SHAPE(x->shape.d[0], x->shape.d[1] * x->shape.d[2]));
}

static Tensor *scan_image(Graph *g, const Model *m, Tensor *pixels)
{
    return flat(g, scan_places(g, m, pixels));
}

static Tensor *scan_text(Graph *g, const Model *m, const TextBatch *t)
{
    return flat(g, scan_words(g, m, t));
}

static int count_words(const real *words, int T)
{
    int n = 0;
    while (n < T && mm_sum_squares(words + n * WIDTH, WIDTH) > 0) {
        n++;
    }
    return n;
}

/* a (N, places WIDTH), b (M, T WIDTH) */
static Tensor *scan_scores(Graph *g, const Model *m, Tensor *a, Tensor *b)
{
    (void)m;
    int N = a->shape.d[0], M = b->shape.d[0], T = b->shape.d[1] / WIDTH, *length = mm_arena(g, (size_t)M * sizeof *length);
    for (int i = 0; i < M; i++) {
        length[i] = count_words(b->data + (size_t)i * (size_t)(T * WIDTH), T);
    }
    Tensor *places = mm_reshape(g, a, MM_SHAPE(N, a->shape.d[1] / WIDTH, WIDTH));
    return mm_scan_scores(g, places, mm_reshape(g, b, MM_SHAPE(M, T, WIDTH)), length, scan_config);
}

const Method method_scan = {.name = "scan",
                            .kind = "hierarchical",
                            .does = "SCAN: words look for their places in composed scenes",
                            .recipe = {96, 14, 2e-3},
                            .parts = true,
                            .init = scan_init,
                            .loss = scan_loss,
                            .image = scan_image,
                            .text = scan_text,
                            .scores = scan_scores};
