/* recipe.c: the defaults. */
#include "recipe.h"

#include <stdio.h>

Recipe recipe_default(ImageEncoder image)
{
    Recipe r = {
        .model = {.image = image,
                  .size = 32,
                  .embed = 128,
                  .context = 16,
                  .vocab = 4096,
                  .text_width = 128,
                  .text_layers = 2,
                  .text_heads = 4},
        .epochs = 60,
        .batch = 256,
        .lr = 2e-3,
        .weight_decay = 0.1,
        .beta1 = 0.9,
        .beta2 = 0.98,
        .eps = 1e-6,
        .clip_norm = 1,
        .warmup = 0.1,
        .augment = {.flip = 0.5,
                    .rotate = 0.2,
                    .scale = 0.15,
                    .shift = 0.08,
                    .brightness = 0.2,
                    .contrast = 0.3,
                    .saturation = 0.4,
                    .hue = 0.05},
        .mix = {.name_only = 0.6, .tags_only = 0.3, .most_tags = 2},
    };
    r.model.resnet = (ResnetConfig){
        .size = 32, .stages = 3, .width = {32, 64, 128}, .blocks = {1, 1, 1}, .stem_stride = 2, .embed = 128};
    r.model.vit = (VitConfig){.size = 32, .patch = 4, .width = 128, .layers = 4, .heads = 4, .embed = 128};
    return r;
}

void recipe_quick(Recipe *r)
{
    r->epochs = 2;
}

char *recipe_text(const Recipe *r, uint64_t seed, int pictures, int64_t steps)
{
    const ClipConfig *m = &r->model;
    const Augment *a = &r->augment;
    char *text = NULL;
    int n = asprintf(
        &text,
        "seed %llu, %d pictures, %lld steps of %d, %s %d pixels, embed %d, text %d x %d, vocab %d, context %d, lr %g, "
        "weight decay %g, betas %g %g, eps %g, clip %g, warm-up %g, average %g, views %g %g %g %g %g %g %g %g %g %g %g, "
        "captions %g %g %d",
        (unsigned long long)seed, pictures, (long long)steps, r->batch, m->image == CLIP_VIT ? "vit" : "resnet", m->size,
        m->embed, m->text_layers, m->text_width, m->vocab, m->context, r->lr, r->weight_decay, r->beta1, r->beta2, r->eps,
        r->clip_norm, r->warmup, r->average, a->flip, a->rotate, a->scale, a->shear, a->shift, a->brightness, a->contrast,
        a->saturation, a->hue, a->background, a->cutout, r->mix.name_only, r->mix.tags_only, r->mix.most_tags);
    return n < 0 ? NULL : text;
}
