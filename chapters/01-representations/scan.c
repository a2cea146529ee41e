/* scan.c: stacked cross attention (Lee et al. 2018): the whole consists of parts. Each word of a caption looks for its place in the
 * picture; picture and caption belong together if the words find something. Nobody tells it where anything is. */
#include "scan.h"
#include "io/memory.h"
#include "scene.h"

#include <tgmath.h>

const ScanConfig scan_config = {.text_to_image = true, .softmax_scale = 9, .lse_scale = 6};

static void scan_init(Model *m, const Set *s)
{
    image_encoder_init(m, 0);
    text_encoder_init(m, s);
    m->region = mm_linear_init(m->params, "region", m->image.config.width[3], WIDTH, true,
                               (Init){MM_NORMAL, 1 / sqrt((real)m->image.config.width[3])});
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

/* ---- training: scenes and their captions ---- */

static Tensor *scan_loss(Graph *g, const Model *m, const Batch *b)
{
    size_t N = (size_t)b->n, picture = 3 * SCENE * SCENE;
    int language = (int)(b->seed % LANGUAGES);
    Scene *scene = mm_take(N, sizeof *scene);
    const Text **caption = mm_take(N, sizeof *caption);
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(b->n, 3, SCENE, SCENE), NULL), "pixels");
#pragma omp parallel for schedule(dynamic, 4)
    for (int i = 0; i < b->n; i++) {
        Rng rng = mm_rng(b->seed, "scenes");
        rng.count = (uint64_t)i << 16;
        scene[i] = scene_new(b->set, b->set->item, b->set->items, language, rng);
        scene_pixels(&scene[i], pixels->data + (size_t)i * picture);
        caption[i] = &scene[i].caption;
    }
    TextBatch t = texts_new(caption, b->n);
    Tensor *scores = mm_scan_scores(g, scan_places(g, m, pixels), scan_words(g, m, &t), t.length, scan_config);
    for (size_t i = 0; i < N; i++) {
        scene_free(&scene[i]);
    }
    free(scene);
    free(caption);
    texts_free(&t);
    return mm_ranking_loss(g, scores, (real)0.2, b->done >= 3 * warm_up);
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
                            .recipe = {64, 8, 2e-3},
                            .parts = true,
                            .init = scan_init,
                            .loss = scan_loss,
                            .image = scan_image,
                            .text = scan_text,
                            .scores = scan_scores};
