/* recipe.c: the defaults. */
#include "recipe.h"

#include <stdio.h>

Recipe recipe_default(ImageEncoder image)
{
    Recipe r = {
        .model = {.image = image,
                  .size = 32,
                  .embed = 128,
                  .context = 12,
                  .vocab = 4096,
                  .text_width = 64,
                  .text_layers = 1,
                  .text_heads = 2},
        .epochs = 100,
        .batch = 256,
        .by_concept = true,
        .lr = 2e-3,
        .weight_decay = 0.1,
        .optimizer = &mm_muon,
        .momentum = 0.95,
        .rms = 1.6,
        .beta1 = 0.9,
        .beta2 = 0.98,
        .eps = 1e-6,
        .clip_norm = 1,
        .warmup = 0.1,
        .smoothing = 0.2,
        .augment = {.flip = 0.5,
                    .rotate = 0.14,
                    .scale = 0.1,
                    .shift = 0.05,
                    .brightness = 0.15,
                    .contrast = 0.4,
                    .saturation = 0.4,
                    .hue = 0.04,
                    .cutout = 0.25},
        .mix = {.tag_texts = 128, .most_tags = 2, .article = 0.1},
    };
    r.model.resnet = (ResnetConfig){.size = 32, .stages = 4, .width = {28, 56, 112, 224}, .blocks = {0, 0, 0, 0}, .embed = 128};
    r.model.vit = (VitConfig){.size = 32, .patch = 8, .width = 128, .layers = 4, .heads = 4, .embed = 128};
    if (image == CLIP_MODIFIED_RESNET) { /* it halves five times: of 64 pixels, 2 x 2 places are left to pool */
        r.model.size = 64;
        r.model.modified_resnet = (ModifiedResnetConfig){
            .layers = {1, 1, 1, 1}, .width = 16, .size = 64, .heads = 8, .embed = 128};
    }
    return r;
}

void recipe_quick(Recipe *r)
{
    r->epochs = 2;
}

Optimizer *recipe_optimizer(const Recipe *r, Params *params)
{
    static const char *const tables[] = {"embedding", NULL};
    OptimizerConfig config = {.kind = r->optimizer,
                              .momentum = (real)r->momentum,
                              .rms = (real)r->rms,
                              .not_matrix = tables,
                              .beta1 = (real)r->beta1,
                              .beta2 = (real)r->beta2,
                              .eps = (real)r->eps,
                              .weight_decay = (real)r->weight_decay};
    return mm_optimizer_new(params, config);
}

char *recipe_text(const Recipe *r, uint64_t seed, int pictures, int64_t steps)
{
    const ClipConfig *m = &r->model;
    static const char *const encoder[] = {
        [CLIP_RESNET] = "resnet", [CLIP_VIT] = "vit", [CLIP_MODIFIED_RESNET] = "modified_resnet"};
    const Augment *a = &r->augment;
    char *text = NULL;
    int n = asprintf(
        &text,
        "seed %llu, %d pictures, %lld steps of %d%s, %s %d pixels, embed %d, text %d x %d, vocab %d, context %d, lr %g, "
        "weight decay %g, %s %g %g, betas %g %g, eps %g, clip %g, warm-up %g, smoothing %g, views %g %g %g %g %g %g %g %g %g "
        "%g %g, "
        "captions %d %d %g",
        (unsigned long long)seed, pictures, (long long)steps, r->batch, r->by_concept ? " concepts" : "", encoder[m->image],
        m->size, m->embed, m->text_layers, m->text_width, m->vocab, m->context, r->lr, r->weight_decay, r->optimizer->name,
        r->momentum, r->rms, r->beta1, r->beta2, r->eps, r->clip_norm, r->warmup, r->smoothing, a->flip, a->rotate, a->scale,
        a->shear, a->shift, a->brightness, a->contrast, a->saturation, a->hue, a->background, a->cutout, r->mix.tag_texts,
        r->mix.most_tags, r->mix.article);
    return n < 0 ? NULL : text;
}
