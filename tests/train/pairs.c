/* pairs.c: see pairs.h. */
#include "pairs.h"

#include "../../src/io/memory.h"

#include <math.h>

enum { SIZE = 8, CONTEXT = 5, VOCAB = 20, EMBED = 8 };

Pairs *pairs_new(ImageEncoder image, const Ranks *ranks, bool local)
{
    Pairs *p = mm_take(1, sizeof *p);
    p->cache = mm_feature_cache_new();
    ClipConfig c = {.image = image,
                    .size = SIZE,
                    .embed = EMBED,
                    .context = CONTEXT,
                    .vocab = VOCAB,
                    .text_width = 8,
                    .text_layers = 1,
                    .text_heads = 2};
    c.vit = (VitConfig){.size = SIZE, .patch = 4, .width = 16, .layers = 2, .heads = 2, .embed = EMBED};
    c.resnet = (ResnetConfig){.size = SIZE, .stages = 1, .width = {8}, .blocks = {1}, .embed = EMBED};
    p->params = mm_params_new(1);
    p->clip = clip_init(p->params, c);
    OptimizerConfig adamw = {&mm_adamw, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6, .weight_decay = (real)0.1};
    p->opt = mm_optimizer_new(p->params, adamw);
    p->graph = mm_graph_new(1);
    p->contrast = (Contrast){.towers = 2, .encode = pairs_encode, .loss = pairs_loss, .context = p};
    p->contrast.rows[0] = p->contrast.rows[1] = mm_ranks_part(ranks, PAIRS);
    p->ranks = ranks;
    p->local = local;
    p->mean = ranks ? mm_gradient_mean_new(p->params, ranks, 2000) : NULL; /* several buckets */
    p->pixels = mm_take((size_t)PAIRS * 3 * SIZE * SIZE, sizeof(real));
    p->ids = mm_take((size_t)PAIRS * CONTEXT, sizeof(int));
    p->length = mm_take(PAIRS, sizeof(int));
    p->gradient = mm_take(mm_params_numel(p->params), sizeof(real));
    p->parameters = mm_take(mm_params_numel(p->params), sizeof(real));
    return p;
}

void pairs_free(Pairs *p)
{
    mm_feature_cache_free(p->cache);
    mm_graph_free(p->graph);
    mm_gradient_mean_free(p->mean);
    mm_params_free(p->params);
    free(p->pixels);
    free(p->ids);
    free(p->length);
    free(p->gradient);
    free(p->parameters);
    free(p);
}

static void fill_batch(Pairs *p, int step)
{
    Rng rng = mm_rng((uint64_t)step, "batch");
    for (int i = 0; i < PAIRS * 3 * SIZE * SIZE; i++) {
        p->pixels[i] = (real)mm_normal(&rng);
    }
    for (int i = 0; i < PAIRS * CONTEXT; i++) {
        p->ids[i] = mm_below(&rng, VOCAB);
    }
    for (int i = 0; i < PAIRS; i++) {
        p->length[i] = 1 + mm_below(&rng, CONTEXT);
    }
}

Tensor *pairs_encode(Graph *g, void *context, int tower, BatchPart part)
{
    const Pairs *p = context;
    if (tower == 1) {
        Tensor *text = clip_encode_text(g, &p->clip, p->ids + part.first * CONTEXT, p->length + part.first, part.n, CONTEXT);
        return mm_dropout(g, text, (real)0.1);
    }
    size_t picture = (size_t)3 * SIZE * SIZE;
    Tensor *pixels = mm_input(g, MM_SHAPE(part.n, 3, SIZE, SIZE), p->pixels + (size_t)part.first * picture);
    return mm_dropout(g, clip_encode_image(g, &p->clip, mm_drop_connect(g, pixels, (real)0.1)), (real)0.1);
}

/* The cross-entropy of this rank's rows against all columns, with the pairs on the diagonal of the whole matrix. */
static Tensor *own_rows(Graph *g, const Pairs *p, Tensor *own, Tensor *all)
{
    BatchPart rows = p->contrast.rows[0];
    int label[PAIRS];
    for (int i = 0; i < rows.n; i++) {
        label[i] = rows.first + i;
    }
    return mm_cross_entropy(g, clip_logits(g, &p->clip, own, all), label, NULL, (real)0.1);
}

Tensor *pairs_loss(Graph *g, void *context, Tensor *const *features)
{
    const Pairs *p = context;
    Tensor *all[2] = {features[0], features[1]};
    for (int t = 0; t < 2 && p->ranks; t++) {
        all[t] = mm_all_gather(g, features[t], p->ranks, PAIRS);
    }
    if (!p->local) {
        return clip_loss(g, clip_logits(g, &p->clip, all[0], all[1]), (real)0.1);
    }
    Tensor *sum = mm_add(g, own_rows(g, p, features[0], all[1]), own_rows(g, p, features[1], all[0]));
    return mm_affine(g, sum, (real)p->ranks->n * (real)p->contrast.rows[0].n / (2 * PAIRS), 0);
}

real pairs_step(Pairs *p, int micro, FeatureCache *cache)
{
    real loss;
    if (p->mean) {
        mm_gradient_mean_begin(p->mean, p->graph);
    }
    if (micro) {
        loss = mm_contrast_cached(p->graph, &p->contrast, micro, cache);
    } else {
        loss = mm_contrast(p->graph, &p->contrast)->data[0];
        mm_graph_reset(p->graph);
    }
    if (p->mean) {
        mm_gradient_mean_end(p->mean);
        mm_ranks_sum(p->ranks, &loss, 1);
        loss /= (real)p->ranks->n;
    }
    return loss;
}

/* All gradients, or all parameters, one after the other. */
static void copy_all(const Pairs *p, bool gradients, real *to)
{
    for (int i = 0; i < mm_params_count(p->params); i++) {
        const Tensor *t = mm_params_at(p->params, i);
        if (t->needs_grad) {
            memcpy(to, gradients ? t->grad : t->data, t->n * sizeof(real));
            to += t->n;
        }
    }
}

void pairs_train(Pairs *p, int micro, PairStep *step)
{
    for (int s = 0; s < PAIR_STEPS; s++) {
        fill_batch(p, s);
        *mm_graph_rng(p->graph) = mm_rng((uint64_t)s, "dropout");
        p->loss[s] = step(p, micro, p->cache);
        if (s == 0) {
            copy_all(p, true, p->gradient);
        }
        mm_clip_grad_norm(p->params, 1);
        mm_optimizer_step(p->opt, (real)1e-3);
        clip_clamp(&p->clip);
    }
    copy_all(p, false, p->parameters);
}

static double apart(const real *a, const real *b, size_t n)
{
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - (double)b[i]);
        worst = d > worst || isnan(d) ? d : worst;
        largest = fmax(largest, fabs((double)a[i]));
    }
    return worst / largest;
}

Distance pairs_distance(const Pairs *a, const Pairs *b)
{
    size_t n = mm_params_numel(a->params);
    return (Distance){apart(a->loss, b->loss, PAIR_STEPS), apart(a->gradient, b->gradient, n),
                      apart(a->parameters, b->parameters, n)};
}

Pairs *pairs_whole;

int pairs_train_whole(void **state)
{
    (void)state;
    pairs_whole = pairs_new(CLIP_VIT, NULL, false);
    pairs_train(pairs_whole, 0, pairs_step);
    return 0;
}

int pairs_free_whole(void **state)
{
    (void)state;
    pairs_free(pairs_whole);
    return 0;
}
