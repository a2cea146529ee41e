/* small_clip.c: see small_clip.h. */
#include "small_clip.h"

#include <stdlib.h>

enum { BATCH = 16, SIZE = 32, CONTEXT = 9, VOCAB = 50 };

SmallClip small_clip_new(ImageEncoder image, const OptimizerKind *kind, int64_t most_steps)
{
    ClipConfig c = {.image = image,
                    .size = SIZE,
                    .embed = 32,
                    .context = CONTEXT,
                    .vocab = VOCAB,
                    .text_width = 32,
                    .text_layers = 2,
                    .text_heads = 2};
    c.vit = (VitConfig){.size = SIZE, .patch = 8, .width = 64, .layers = 3, .heads = 2, .embed = 32};
    c.resnet = (ResnetConfig){.size = SIZE, .stages = 2, .width = {8, 16}, .blocks = {1, 2}, .embed = 32};
    Params *ps = mm_params_new(1);
    SmallClip s = {.clip = clip_init(ps, c), .graph = mm_graph_new(1)};
    OptimizerConfig o = {kind, .momentum = (real)0.9, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6};
    o.weight_decay = (real)0.1;
    s.state = (TrainState){.params = ps, .opt = mm_optimizer_new(ps, o), .columns = 1};
    s.state.history = malloc((size_t)most_steps * sizeof(float));
    return s;
}

void small_clip_free(SmallClip *s)
{
    mm_graph_free(s->graph);
    mm_params_free(s->state.params);
    free(s->state.history);
}

void small_clip_step(SmallClip *s)
{
    static real pixels[BATCH * 3 * SIZE * SIZE];
    int ids[BATCH * CONTEXT], length[BATCH];
    Graph *g = s->graph;
    int64_t step = mm_optimizer_steps(s->state.opt);
    Rng rng = mm_rng((uint64_t)step, "batch");
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; i++) {
        pixels[i] = (real)mm_uniform(&rng) - (real)0.5;
    }
    for (int i = 0; i < BATCH * CONTEXT; i++) {
        ids[i] = mm_below(&rng, VOCAB);
    }
    for (int b = 0; b < BATCH; b++) {
        length[b] = 1 + mm_below(&rng, CONTEXT);
    }
    *mm_graph_rng(g) = mm_rng((uint64_t)step, "dropout");
    Tensor *image = clip_encode_image(g, &s->clip, mm_input(g, MM_SHAPE(BATCH, 3, SIZE, SIZE), pixels));
    image = mm_dropout(g, image, (real)0.1);
    Tensor *text = clip_encode_text(g, &s->clip, ids, length, BATCH, CONTEXT);
    Tensor *loss = clip_loss(g, clip_logits(g, &s->clip, image, text), 0);
    mm_backward(g, loss);
    mm_clip_grad_norm(s->state.params, 1);
    mm_optimizer_step(s->state.opt, (real)1e-3 * mm_warmup_constant(step, 4));
    clip_clamp(&s->clip);
    s->state.history[step] = (float)*loss->data;
    mm_graph_reset(g);
}
