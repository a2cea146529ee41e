/* positions.c: a model that was trained on pictures of one size reads those of another. What its encoder has learned of a place in the
 * picture is one vector for each place of a grid; a finer grid gets vectors in between. */
#include "mm/data.h"
#include "model.h"

#include <stdlib.h>
#include <string.h>

/* p (1 + from from, width) -> (1 + to to, width). The first row belongs to no place and stays. */
static void resize_grid(Params *ps, Tensor *p, int from, int to)
{
    int width = p->shape.d[1];
    size_t n = (size_t)(from * from) * (size_t)width, wanted = (size_t)(to * to) * (size_t)width;
    double *grid = malloc(n * sizeof *grid);
    if (!grid) {
        mm_fail(mm_params_handler(ps), "out of memory for %zu positions", n);
    }
    for (size_t i = 0; i < n; i++) {
        grid[i] = p->data[(size_t)width + i];
    }
    double *resized = mm_resize_numbers(grid, from, from, width, to, to, false);
    real *data = mm_params_memory(ps, ((size_t)width + wanted) * sizeof *data);
    memcpy(data, p->data, (size_t)width * sizeof *data);
    for (size_t i = 0; i < wanted; i++) {
        data[(size_t)width + i] = (real)resized[i];
    }
    p->shape.d[0] = 1 + to * to;
    p->n = (size_t)width + wanted;
    p->data = data;
    p->grad = mm_params_memory(ps, p->n * sizeof *data);
    free(resized);
    free(grid);
}

bool clip_resize(Clip *m, int size)
{
    ClipConfig *c = &m->config;
    int cell = c->image == CLIP_VIT ? c->vit.patch : c->image == CLIP_MODIFIED_RESNET ? 32 : 0;
    if (size == c->size) {
        return true;
    }
    if (!cell || size < cell || size > 4096 || size % cell != 0) {
        return false;
    }
    Tensor *p = c->image == CLIP_VIT ? m->vit.positional_embedding : m->modified_resnet.attnpool.positional_embedding;
    resize_grid(m->params, p, c->size / cell, size / cell);
    c->size = c->vit.size = c->modified_resnet.size = size;
    m->vit.config.size = m->modified_resnet.config.size = size;
    return true;
}
