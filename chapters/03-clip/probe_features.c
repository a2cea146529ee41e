/* probe_features.c: features of pictures for linear probes. */
#include "io/memory.h"
#include "probe.h"

#include <math.h>

enum { BATCH = 256 };

/* Every image encoder ends in a product with a learned matrix; its input are the features that the paper probes. */
static const Tensor *before_projection(const Tensor *embedding)
{
    if (embedding->op != &mm_op_matmul && embedding->op != &mm_op_linear) {
        mm_fail((FailHandler){0}, "features: the image encoder ends in %s, not in a projection", embedding->op->name);
    }
    return embedding->in[0];
}

Features features_of(const Clip *clip, const Picture *picture, int n, bool projected)
{
    int size = clip->config.size;
    size_t numbers = 3 * (size_t)(size * size);
    Features f = {0};
    Graph *g = mm_graph_inference(0);
    for (int first = 0; first < n; first += BATCH) {
        int count = n - first < BATCH ? n - first : BATCH;
        Tensor *pixels = mm_input(g, MM_SHAPE(count, 3, size, size), NULL);
#pragma omp parallel for
        for (int i = 0; i < count; i++) {
            clip_preprocess(&clip->config, &picture[first + i], pixels->data + (size_t)i * numbers);
        }
        const Tensor *embedding = clip_encode_image(g, clip, pixels), *x = projected ? embedding : before_projection(embedding);
        if (!f.at) {
            f = (Features){(int)(x->n / (size_t)count), mm_take((size_t)n * (x->n / (size_t)count), sizeof *f.at)};
        }
        memcpy(f.at + (size_t)first * (size_t)f.D, x->data, x->n * sizeof *x->data);
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    return f;
}

Features features_pixels(const Picture *picture, int n)
{
    Features f = {MM_PIXEL_FEATURES, mm_pixel_features(picture, n)};
    for (size_t i = 0; i < (size_t)n * MM_PIXEL_FEATURES; i++) {
        f.at[i] *= (real)sqrt(MM_PIXEL_FEATURES);
    }
    return f;
}

Clip features_untrained(const Clip *clip, uint64_t seed, Params **ps)
{
    *ps = mm_params_new(seed);
    return clip_init(*ps, clip->config);
}
