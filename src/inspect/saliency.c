/* saliency.c: which part of a picture an answer came from. All of it reads a graph after mm_backward from the number that is to be explained;
 * with several examples in a batch, from their sum, which no example shares with another. */
#include "mm/inspect.h"
#include "mm/ops.h"

#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

/* [grad_cam] Selvaraju et al. 2017. A_c is channel c of a map of features, S the number to be explained:
 *     alpha_c = mean over places of dS/dA_c,  map = max(0, sum_c alpha_c A_c)
 * how much S asks for each channel, times where that channel is. */
void mm_grad_cam(const Tensor *x, int example, real *map)
{
    int C = x->shape.d[1], places = x->shape.d[2] * x->shape.d[3];
    const real *a = x->data + (size_t)example * (size_t)(C * places), *da = x->grad + (size_t)example * (size_t)(C * places);
    /* region grad_cam */
    for (int p = 0; p < places; p++) {
        map[p] = 0;
    }
    for (int c = 0; c < C; c++) {
        real alpha = 0;
        for (int p = 0; p < places; p++) {
            alpha += da[c * places + p] / (real)places;
        }
        for (int p = 0; p < places; p++) {
            map[p] += alpha * a[c * places + p];
        }
    }
    for (int p = 0; p < places; p++) {
        map[p] = fmax(map[p], 0);
    }
    /* end grad_cam */
}

/* [hires_cam] Draelos and Carin 2020: map = max(0, sum_c dS/dA_c A_c), place by place. The mean over places of Grad-CAM belongs to networks
 * that end in a mean over places; where places have weights of their own, it forgets which place was asked for. */
void mm_hires_cam(const Tensor *x, int example, real *map)
{
    int C = x->shape.d[1], places = x->shape.d[2] * x->shape.d[3];
    const real *a = x->data + (size_t)example * (size_t)(C * places), *da = x->grad + (size_t)example * (size_t)(C * places);
    for (int p = 0; p < places; p++) {
        real sum = 0;
        for (int c = 0; c < C; c++) {
            sum += da[c * places + p] * a[c * places + p];
        }
        map[p] = fmax(sum, 0);
    }
}

/* R += A R */
static void spread(const real *a, real *r, real *scratch, int T)
{
    mm_gemm(1, T, T, T, 1, (Mat){(real *)a, T, 1, 0}, (Mat){r, T, 1, 0}, 0, (Mat){scratch, T, 1, 0});
    for (int i = 0; i < T * T; i++) {
        r[i] += scratch[i];
    }
}

/* Fills a (T, T) from one layer, for one example. */
typedef void LayerMap(const Tensor *layer, int example, real *a, real *scratch);

static void mean_of_heads(const Tensor *layer, int example, real *a, real *scratch)
{
    (void)scratch;
    int heads, T = layer->shape.d[1];
    const real *p = mm_attention_probabilities(layer, &heads) + (size_t)(example * heads * T * T);
    for (int i = 0; i < heads * T * T; i++) {
        a[i % (T * T)] = (i < T * T ? 0 : a[i % (T * T)]) + p[i] / (real)heads;
    }
}

static void useful_of_heads(const Tensor *layer, int example, real *a, real *scratch)
{
    int heads, T = layer->shape.d[1];
    const real *p = mm_attention_probabilities(layer, &heads) + (size_t)(example * heads * T * T);
    for (int h = 0; h < heads; h++) {
        mm_attention_probability_grad(layer, example, h, scratch);
        for (int i = 0; i < T * T; i++) {
            a[i] = (h ? a[i] : 0) + fmax(p[h * T * T + i] * scratch[i], 0) / (real)heads;
        }
    }
}

/* The first row of R after all layers, from R = 1: what the class token took from each of the T tokens. */
static void walk(Tensor *const *layer, int layers, int example, LayerMap *fill, bool halve, real *map)
{
    int T = layer[0]->shape.d[1];
    size_t square = (size_t)(T * T);
    real *r = calloc(3 * square, sizeof *r), *a = r + square, *scratch = a + square;
    if (!r) {
        mm_fail((FailHandler){0}, "out of memory: %zu numbers", 3 * square);
    }
    for (int t = 0; t < T; t++) {
        r[t * T + t] = 1;
    }
    for (int l = 0; l < layers; l++) {
        fill(layer[l], example, a, scratch);
        spread(a, r, scratch, T);
        for (size_t i = 0; i < square && halve; i++) {
            r[i] /= 2;
        }
    }
    memcpy(map, r, (size_t)T * sizeof *map);
    free(r);
}

/* [attention_rollout] Abnar and Zuidema 2020: R = product over the layers of (1 + mean_h P_h) / 2, the later ones to the left. A token keeps
 * itself through the residual connection, hence the 1, and gets P of the others. Needs no gradient, so it cannot depend on the text. */
void mm_attention_rollout(Tensor *const *layer, int layers, int example, real *map)
{
    walk(layer, layers, example, mean_of_heads, true, map);
}

/* [attention_relevance] Chefer et al. 2021: R += mean_h max(0, dS/dP_h P_h) R, layer by layer: of what is attended to, only what raises S. */
void mm_attention_relevance(Tensor *const *layer, int layers, int example, real *map)
{
    walk(layer, layers, example, useful_of_heads, false, map);
}
