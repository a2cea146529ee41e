/* towers.h: a small model of two towers, run forward and back, for the tests of what is drawn and written of it. */
#ifndef MM_TEST_TOWERS_H
#define MM_TEST_TOWERS_H

#include "drawn.h"
#include "mm/nn.h"

typedef struct Towers {
    Params *ps;
    Graph *g;
    Watch *watch;
    Tensor *loss;
} Towers;

static inline Towers towers_new_watched(int layers, bool watched)
{
    Towers t = {mm_params_new(1), mm_graph_new(1), NULL, NULL};
    t.watch = watched ? mm_watch_new(t.g) : NULL;
    Vit v = mm_vit_init(t.ps, "visual", (VitConfig){.size = 8, .patch = 4, .width = 8, .layers = layers, .heads = 2, .embed = 6});
    Transformer text = mm_transformer_init(t.ps, "text.transformer", 8, layers, 2, true, true);
    Tensor *table = mm_param(t.ps, "text.table", MM_SHAPE(10, 8), (Init){MM_NORMAL, 1});
    Tensor *proj = mm_param(t.ps, "text.proj", MM_SHAPE(8, 6), (Init){MM_NORMAL, 1});
    Tensor *scale = mm_param(t.ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, -1});
    Tensor *pixels = mm_named(mm_input(t.g, MM_SHAPE(2, 3, 8, 8), NULL), "pixels");
    Rng rng = mm_rng(1, "pixels");
    for (size_t i = 0; i < pixels->n; i++) {
        pixels->data[i] = (real)mm_normal(&rng);
    }
    Tensor *image = mm_vit_forward(t.g, &v, pixels);
    mm_push(t.g, "text");
    Tensor *x = mm_embedding(t.g, table, (const int[]){1, 2, 3, 4, 5, 6}, MM_SHAPE(2, 3));
    x = mm_gather_rows(t.g, mm_transformer_forward(t.g, &text, x), (const int[]){2, 1});
    x = mm_matmul(t.g, x, proj, MM_NN);
    mm_pop(t.g);
    mm_push(t.g, "loss");
    Tensor *z = mm_matmul(t.g, mm_l2norm(t.g, image, 0), mm_l2norm(t.g, x, 0), MM_NT);
    z = mm_named(mm_mul(t.g, z, mm_exp(t.g, scale)), "Z");
    t.loss = mm_cross_entropy(t.g, z, (const int[]){0, 1}, NULL, 0);
    mm_pop(t.g);
    mm_backward(t.g, t.loss);
    return t;
}

static inline void towers_free(Towers t)
{
    mm_watch_free(t.watch);
    mm_graph_free(t.g);
    mm_params_free(t.ps);
}

static inline Towers towers_new(int layers)
{
    return towers_new_watched(layers, false);
}

#endif
