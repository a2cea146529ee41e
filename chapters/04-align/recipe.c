/* recipe.c: the defaults. The encoders are the paper's, made small. */
#include "recipe.h"

#include <stdio.h>

/* Chosen on emoji, with twemoji as the style that is held out. Half the channels of B0's first stages, expansion by 2 instead of 4, and 32
 * pixels make a step several times as fast as B0's would be; small batches make more of them. Dropout and drop-connect only cost. */
Recipe recipe_default(void)
{
    Recipe r = {
        .epochs = 60,
        .batch = 64,
        .clip_norm = 1,
        .warmup = 0.1,
        .smoothing = 0.1,
        .augment =
            {.flip = 0.5, .rotate = 0.1, .scale = 0.15, .shift = 0.08, .brightness = 0.1, .contrast = 0.2, .saturation = 0.2},
        .sentences = 0.5};
    recipe_use(&r, &mm_lamb);
    r.model.context = 16;
    r.model.temperature = (real)0.1;
    r.model.input = (AlignInput){
        .squashed = 32, .antialias = true, .on_white = true}; /* no margin: 32 pixels have none to spare */
    /* BatchNorm in ALIGN's form keeps 0.99 of its running statistics: after 60 steps more than half of them is still where they began. */
    r.model.image = (EfficientnetConfig){
        .width = 0.5,
        .depth = 1,
        .size = 32,
        .batchnorm = MM_TORCH_BATCHNORM,
        .stages = 4,
        .stage = {{1, 3, 2, 1, 32, false}, {1, 3, 1, 2, 64, false}, {2, 3, 2, 2, 128, false}, {1, 3, 1, 2, 256, false}}};
    r.model.text = (BertConfig){.vocab = 4096,
                                .width = 64,
                                .layers = 1,
                                .heads = 2,
                                .intermediate = 256,
                                .positions = 16,
                                .types = 2,
                                .init = (real)0.07}; /* 0.02 sqrt(768 / 64) */
    return r;
}

void recipe_quick(Recipe *r)
{
    r->epochs = 3;
}

void recipe_use(Recipe *r, const OptimizerKind *kind)
{
    bool lamb = kind == &mm_lamb;
    r->optimizer = kind;
    r->lr = lamb ? 0.005 : kind == &mm_muon ? 0.002 : 0.004;
    r->weight_decay = lamb ? 1e-5 : 0.1;
}

Optimizer *recipe_optimizer(const Recipe *r, Params *params)
{
    /* coyo-align's list, 'bn/': BatchNorm alone is exempt from decay and from the trust ratio. BERT's biases and LayerNorms are not, nor
     * the temperature, whose sign the trust ratio protects (align_clamp). CLIP's scale, which may be 0, gets Adam's step. */
    static const char *const norms[] = {"batchnorm", "_bn.", "depthwise_norm", "logit_scale", NULL};
    static const char *const tables[] = {"embedding", NULL};
    OptimizerConfig config = {.kind = r->optimizer,
                              .momentum = (real)0.95,
                              .rms = (real)1.6,
                              .not_matrix = tables,
                              .beta1 = (real)0.9,
                              .beta2 = (real)0.999,
                              .eps = (real)1e-6,
                              .weight_decay = (real)r->weight_decay,
                              .decay_vectors = r->optimizer == &mm_lamb,
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
        "smoothing %g%s, views %g %g %g %g %g %g %g, sentences %g",
        (unsigned long long)seed, pairs, (long long)steps, r->batch, v->size, v->width, v->depth, v->stages,
        (double)v->drop_connect, (double)v->batchnorm.momentum, (double)v->batchnorm.eps, t->layers, t->width, t->vocab,
        r->model.context, (double)t->dropout, (double)r->model.temperature, r->fixed_temperature ? " fixed" : "",
        r->optimizer->name, r->lr, r->weight_decay, r->clip_norm, r->warmup, r->smoothing, r->clip_loss ? ", CLIP's loss" : "",
        a->flip, a->rotate, a->scale, a->shift, a->brightness, a->contrast, a->saturation, r->sentences);
    return n < 0 ? NULL : text;
}
