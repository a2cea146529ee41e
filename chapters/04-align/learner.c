/* learner.c: forward, backward, step. */
#include "learner.h"

#include <math.h>

Learner learner_new(const Recipe *recipe, unsigned long long seed, int64_t steps)
{
    Learner l = {.recipe = recipe, .seed = seed, .steps = steps, .params = mm_params_new(seed), .graph = mm_graph_new(seed)};
    l.align = align_init(l.params, recipe->model);
    mm_params_freeze(l.params, "text_model.pooler"); /* which nothing reads */
    if (recipe->clip_loss) {
        real s = -(real)log((double)recipe->model.temperature);
        l.logit_scale = mm_param(l.params, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, s});
    }
    if (recipe->fixed_temperature || recipe->clip_loss) {
        mm_params_freeze(l.params, "temperature");
    }
    l.opt = recipe_optimizer(recipe, l.params);
    return l;
}

void learner_free(Learner *l)
{
    mm_graph_free(l->graph);
    mm_params_free(l->params);
    *l = (Learner){0};
}

Tensor *learner_loss(Learner *l, int64_t s, const Batch *b)
{
    Graph *g = l->graph;
    int size = l->recipe->model.image.size;
    real smoothing = (real)l->recipe->smoothing;
    *mm_graph_rng(g) = mm_rng(l->seed + (uint64_t)s, "dropout");
    Tensor *pixels = mm_named(mm_input(g, MM_SHAPE(b->n, 3, size, size), b->pixels), "pixels");
    Tensor *image = align_encode_image(g, &l->align, pixels);                      /* (N, embed) */
    Tensor *text = align_encode_text(g, &l->align, b->ids, b->length, b->n, b->T); /* (N, embed) */
    if (l->logit_scale) {
        return align_clip_loss(g, align_clip_logits(g, l->logit_scale, image, text), smoothing);
    }
    return align_loss(g, align_logits(g, &l->align, image, text), smoothing);
}

real learner_lr(const Learner *l, int64_t s)
{
    /* The first step is number 1: the schedule is 0 at 0. */
    int64_t warmup = (int64_t)ceil(l->recipe->warmup * (double)l->steps);
    return (real)l->recipe->lr * mm_warmup_linear(s + 1, warmup, l->steps + 1);
}

real learner_move(Learner *l, int64_t s, const Tensor *loss)
{
    real norm = mm_clip_grad_norm(l->params, (real)l->recipe->clip_norm);
    if (isfinite(loss->data[0]) && isfinite(norm)) {
        mm_optimizer_step(l->opt, learner_lr(l, s));
        align_clamp(&l->align);
    }
    return norm;
}
