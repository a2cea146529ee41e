/* contrast.c: the step of a contrastive loss, whole or in parts. Such a loss compares each row of the batch with each, so it is no sum
 * over small batches: rows of different ones never meet. But only the features must meet, and these are small. */
#include "mm/ops.h"
#include "mm/train.h"

#include "../io/memory.h"

struct FeatureCache {
    real *features, *gradient; /* those of all towers, one after the other */
    size_t n;
};

FeatureCache *mm_feature_cache_new(void)
{
    return mm_take(1, sizeof(FeatureCache));
}

void mm_feature_cache_free(FeatureCache *cache)
{
    if (cache) {
        free(cache->features);
        free(cache->gradient);
        free(cache);
    }
}

Tensor *mm_contrast(Graph *g, const Contrast *c)
{
    Tensor *features[MM_MAX_TOWERS];
    for (int t = 0; t < c->towers; t++) {
        mm_graph_part(g, c->rows[t]);
        features[t] = c->encode(g, c->context, t, c->rows[t]);
    }
    mm_graph_part(g, (BatchPart){0});
    Tensor *loss = c->loss(g, c->context, features);
    mm_backward(g, loss);
    return loss;
}

/* The way through a cached step. */
typedef struct Walk {
    const Contrast *c;
    Graph *g;
    FeatureCache *cache;
    int micro, width[MM_MAX_TOWERS];
    Rng draws[MM_MAX_TOWERS]; /* where the random numbers of a tower begin */
    size_t at[MM_MAX_TOWERS]; /* where its features lie in the cache */
} Walk;

static void make_room(Walk *w, size_t n)
{
    FeatureCache *cache = w->cache;
    if (n <= cache->n) {
        return;
    }
    cache->features = mm_take_again(cache->features, n * sizeof(real));
    cache->gradient = mm_take_again(cache->gradient, n * sizeof(real));
    cache->n = n;
}

/* The part that begins when `done` of the tower's rows are. */
static BatchPart part_at(const Walk *w, int tower, int done)
{
    BatchPart rows = w->c->rows[tower];
    int rest = rows.n - done;
    return (BatchPart){rows.first + done, rest < w->micro ? rest : w->micro, rows.of};
}

/* A part draws the random numbers that the whole batch would draw for its rows, the first time and the second. */
static Tensor *encode(const Walk *w, int tower, BatchPart part)
{
    *mm_graph_rng(w->g) = w->draws[tower];
    mm_graph_part(w->g, part);
    Tensor *f = w->c->encode(w->g, w->c->context, tower, part);
    mm_graph_part(w->g, (BatchPart){0});
    for (int i = 0; i < mm_graph_size(w->g); i++) {
        if (mm_graph_node(w->g, i)->op == &mm_op_batchnorm && mm_graph_training(w->g)) {
            mm_fail(mm_graph_handler(w->g),
                    "mm_contrast_cached: BatchNorm in training depends on the rows that it sees together; in parts "
                    "of %d of %d rows the model would be another one. A model without it, such as a ViT, has no such limit",
                    part.n, part.of);
        }
    }
    return f;
}

/* Features of all rows; nothing is recorded. */
static void fill_cache(Walk *w)
{
    size_t used = 0;
    mm_graph_record(w->g, false);
    for (int t = 0; t < w->c->towers; t++) {
        w->draws[t] = *mm_graph_rng(w->g);
        w->at[t] = used;
        for (int done = 0; done < w->c->rows[t].n; done += w->micro) {
            Tensor *f = encode(w, t, part_at(w, t, done));
            w->width[t] = mm_last(f->shape);
            make_room(w, used + f->n);
            memcpy(w->cache->features + used, f->data, f->n * sizeof(real));
            used += f->n;
            mm_graph_reset(w->g);
        }
    }
    mm_graph_record(w->g, true);
}

/* The loss of all features, and its gradient for each of them. */
static real differentiate_loss(Walk *w)
{
    /* region differentiate_loss */
    Tensor *features[MM_MAX_TOWERS];
    for (int t = 0; t < w->c->towers; t++) {
        features[t] = mm_named(mm_input(w->g, MM_SHAPE(w->c->rows[t].n, w->width[t]), w->cache->features + w->at[t]), "features");
        features[t]->needs_grad = true; /* the graph begins here */
    }
    Tensor *loss = w->c->loss(w->g, w->c->context, features);
    mm_backward(w->g, loss);
    for (int t = 0; t < w->c->towers; t++) {
        memcpy(w->cache->gradient + w->at[t], mm_grad(features[t]), features[t]->n * sizeof(real));
    }
    /* end differentiate_loss */
    real value = loss->data[0];
    mm_graph_reset(w->g);
    return value;
}

static void walk_back(Walk *w)
{
    /* region walk_back */
    for (int t = 0; t < w->c->towers; t++) {
        bool learned = true; /* a frozen tower is not walked */
        for (int done = 0; done < w->c->rows[t].n && learned; done += w->micro) {
            Tensor *f = encode(w, t, part_at(w, t, done));
            learned = f->needs_grad;
            if (learned) {
                mm_backward_from(w->g, f, w->cache->gradient + w->at[t] + (size_t)done * (size_t)w->width[t]);
            }
            mm_graph_reset(w->g);
        }
    }
    /* end walk_back */
}

/* [gradcache] With f_i = tower(x_i) and theta the tower's parameters (Gao et al. 2021):
 *     dL/dtheta = sum_i (df_i/dtheta)^T dL/df_i
 * The features of all rows are computed in small parts, of which nothing else is kept; the loss of all of them gives dL/df_i, all that
 * a row needs to know of the others; then each part is computed once more, recorded, and walked back from its own dL/df_i. */
real mm_contrast_cached(Graph *g, const Contrast *c, int micro, FeatureCache *cache)
{
    Walk w = {.c = c, .g = g, .cache = cache, .micro = micro};
    fill_cache(&w);
    Rng after = *mm_graph_rng(g);
    real loss = differentiate_loss(&w);
    walk_back(&w);
    *mm_graph_rng(g) = after;
    return loss;
}
