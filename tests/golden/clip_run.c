/* clip_run.c: ten steps of training a tiny CLIP give PyTorch's ten losses, so the optimiser, the decay groups, clipping, the
 * schedule and the clamp of the temperature do what they do there. */
#include "fill.h"
#include "golden.h"
#include "mm/train.h"
#include "tiny_clip.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { STEPS = 10, WARMUP = 3, BATCH = 4, CONTEXT = 6 };
static const real RATE = 5e-3, MOST = 8;

/* [clip_loss] [clip_clamp] [clip_grad_norm] The loss of one batch: pictures and texts are draws. */
static Tensor *loss_of_batch(Graph *g, const Clip *clip, Lcg *lcg)
{
    int ids[BATCH][CONTEXT] = {{0}}, length[BATCH];
    Tensor *pixels = mm_input(g, MM_SHAPE(BATCH, 3, 8, 8), NULL);
    lcg_fill(lcg, pixels->data, pixels->n, 4);
    for (int b = 0; b < BATCH; b++) {
        int words = lcg_int(lcg, 1, 4);
        ids[b][0] = 30;
        for (int t = 1; t <= words; t++) {
            ids[b][t] = lcg_int(lcg, 1, 29);
        }
        ids[b][words + 1] = 31;
        length[b] = words + 2;
    }
    Tensor *image = clip_encode_image(g, clip, pixels), *text = clip_encode_text(g, clip, *ids, length, BATCH, CONTEXT);
    return clip_loss(g, clip_logits(g, clip, image, text), 0);
}

static void ten_steps(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Clip clip = clip_init(ps, tiny_clip);
    Lcg lcg = {12345};
    lcg_fill_params(&lcg, ps, 0.6);
    *clip.logit_scale->data = (real)log(120);
    Optimizer *opt = mm_optimizer_new(
        ps, (OptimizerConfig){&mm_adamw, .beta1 = 0.9, .beta2 = 0.98, .eps = 1e-6, .weight_decay = 0.2});
    real losses[STEPS], norms[STEPS], scales[STEPS];
    for (int step = 0; step < STEPS; step++) {
        mm_graph_reset(g);
        Tensor *loss = loss_of_batch(g, &clip, &lcg);
        mm_backward(g, loss);
        losses[step] = *loss->data;
        norms[step] = mm_clip_grad_norm(ps, MOST);
        mm_optimizer_step(opt, RATE * mm_warmup_cosine(step, WARMUP, STEPS));
        clip_clamp(&clip);
        scales[step] = *clip.logit_scale->data;
    }
    Golden golden = golden_open("clip.json", "run");
    golden_compare(golden, "losses", losses, STEPS);
    golden_compare(golden, "norms", norms, STEPS);
    golden_compare(golden, "scales", scales, STEPS);
    golden_close(golden);
    mm_graph_free(g);
    mm_params_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ten_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
