/* tiny.h: the smallest UNITER that has all its parts, and weights of which none is 0. */
#ifndef TEST_TINY_H
#define TEST_TINY_H

#include "folder.h"
#include "scenes.h"

#include <string.h>

enum { WIDTH = 8 };

static inline UniterModel tiny(Wordpiece *w, int layers, int img_dim, int label_dim)
{
    const UniterConfig config = {.bert = {.vocab = mm_wordpiece_size(w),
                                          .width = WIDTH,
                                          .layers = layers,
                                          .heads = 2,
                                          .intermediate = 12,
                                          .positions = SCENE_WORDS,
                                          .types = 2},
                                 .img_dim = img_dim,
                                 .label_dim = label_dim};
    UniterModel m = {.params = mm_params_new(1), .tokenizer = w};
    m.uniter = uniter_init(m.params, config);
    return m;
}

/* Zeros would hide a gradient. */
static inline void draw_params(Params *ps)
{
    for (int i = 0; i < mm_params_count(ps); i++) {
        Tensor *p = mm_params_at(ps, i);
        Rng rng = mm_rng(2, p->name);
        bool gain = p->shape.rank == 1 && strstr(p->name, "weight");
        for (size_t k = 0; k < p->n; k++) {
            p->data[k] = (real)(gain ? 1 + 0.3 * mm_uniform(&rng) : 0.5 * mm_normal(&rng));
        }
    }
}

#endif
