/* recipe.c: the defaults. The encoders are the paper's, made small: B0's first four stages, and a BERT of two layers. */
#include "recipe.h"

#include <stdio.h>
#include <string.h>

Recipe recipe_default(void)
{
    Recipe r = {
        .epochs = 30,
        .batch = 128,
        .lr = 0.02,
        .weight_decay = 1e-5,
        .clip_norm = 1,
        .warmup = 0.1,
        .smoothing = 0.1,
        .augment = {
            .flip = 0.5, .rotate = 0.1, .scale = 0.15, .shift = 0.08, .brightness = 0.1, .contrast = 0.2, .saturation = 0.2}};
    r.model.context = 24;
    r.model.temperature = (real)0.1;
    r.model.input = (AlignInput){
        .squashed = 48, .antialias = true, .on_white = true}; /* no margin: 48 pixels have none to spare */
    /* BatchNorm in ALIGN's form keeps 0.99 of its running statistics: after 60 steps more than half of them is still where they began. */
    r.model.image = (EfficientnetConfig){
        .width = 1,
        .depth = 1,
        .size = 48,
        .drop_connect = (real)0.2,
        .batchnorm = MM_TORCH_BATCHNORM,
        .stages = 4,
        .stage = {{1, 3, 1, 1, 16, false}, {2, 3, 2, 4, 32, false}, {2, 5, 2, 4, 64, false}, {2, 3, 2, 4, 128, false}}};
    r.model.text = (BertConfig){.vocab = 4096,
                                .width = 64,
                                .layers = 2,
                                .heads = 2,
                                .intermediate = 256,
                                .positions = 24,
                                .types = 2,
                                .dropout = (real)0.1,
                                .init = (real)0.07}; /* 0.02 sqrt(768 / 64) */
    return r;
}

/* What learns most in half a minute of one processor, of what was tried on emoji: half the channels, expansion by 2 instead of 4, and 32
 * pixels make a step several times as fast; small batches make more of them. Nothing is dropped: pairs are seen only a few times. */
Recipe recipe_small(void)
{
    static const EfficientnetStage stage[] = {
        {1, 3, 2, 1, 32, false}, {1, 3, 1, 2, 64, false}, {2, 3, 2, 2, 128, false}, {1, 3, 1, 2, 256, false}};
    Recipe r = recipe_default();
    r.batch = 64;
    r.lr = 0.01;
    r.model.context = r.model.text.positions = 16;
    r.model.text.layers = 1;
    r.model.text.dropout = r.model.image.drop_connect = 0;
    r.model.input.squashed = r.model.image.size = 32;
    r.model.image.width = 0.5;
    r.model.image.stages = sizeof stage / sizeof *stage;
    memcpy(r.model.image.stage, stage, sizeof stage);
    return r;
}

void recipe_quick(Recipe *r)
{
    r->epochs = 3;
}

Optimizer *recipe_optimizer(const Recipe *r, Params *params)
{
    /* coyo-align's list, 'bn/': BatchNorm alone is exempt from decay and from the trust ratio. BERT's biases and LayerNorms are not, nor
     * the temperature, whose sign the trust ratio protects (align_clamp). CLIP's scale, which may be 0, gets Adam's step. */
    static const char *const norms[] = {"batchnorm", "_bn.", "depthwise_norm", "logit_scale", NULL};
    OptimizerConfig config = {.kind = r->adamw ? &mm_adamw : &mm_lamb,
                              .beta1 = (real)0.9,
                              .beta2 = (real)0.999,
                              .eps = (real)1e-6,
                              .weight_decay = (real)r->weight_decay,
                              .decay_vectors = !r->adamw,
                              .no_decay = norms};
    return mm_optimizer_new(params, config);
}

char *recipe_text(const Recipe *r, uint64_t seed, int pairs, int64_t steps)
{
    const EfficientnetConfig *v = &r->model.image;
    const BertConfig *t = &r->model.text;
    const Augment *a = &r->augment;
    char *text = NULL;
    int n = asprintf(
        &text,
        "seed %llu, %d pairs, %lld steps of %d, %d pixels, width %g, depth %g, %d stages, drop-connect %g, BatchNorm %g %g, "
        "text %d x %d, vocab %d, context %d, dropout %g, temperature %g%s, %s, lr %g, weight decay %g, clip %g, warm-up %g, "
        "smoothing %g%s, views %g %g %g %g %g %g %g",
        (unsigned long long)seed, pairs, (long long)steps, r->batch, v->size, v->width, v->depth, v->stages,
        (double)v->drop_connect, (double)v->batchnorm.momentum, (double)v->batchnorm.eps, t->layers, t->width, t->vocab,
        r->model.context, (double)t->dropout, (double)r->model.temperature, r->fixed_temperature ? " fixed" : "",
        r->adamw ? "adamw" : "lamb", r->lr, r->weight_decay, r->clip_norm, r->warmup, r->smoothing,
        r->clip_loss ? ", CLIP's loss" : "", a->flip, a->rotate, a->scale, a->shift, a->brightness, a->contrast, a->saturation);
    return n < 0 ? NULL : text;
}
