/* steps.c: training gives the same bits with 1, 2 and 4 threads, stopped and resumed, with and without checkpointing: all of it
 * at once, for both image encoders of CLIP. */
#include "small_clip.h"

#include "../io/scratch.h"

enum { STEPS = 4 };

typedef struct Way {
    int threads, stop;                       /* stop: the step after which the run is saved, and another goes on; STEPS: none */
    bool checkpointing, checkpointing_after; /* it may be switched in between */
} Way;

static void train_to(SmallClip *s, int64_t step, bool checkpointing)
{
    mm_graph_checkpoint(s->graph, checkpointing);
    while (mm_optimizer_steps(s->state.opt) < step) {
        small_clip_step(s);
    }
}

static SmallClip train(ImageEncoder image, Way w)
{
    Error err;
    const char *path = scratch("state.safetensors");
    mm_set_threads(w.threads);
    SmallClip s = small_clip_new(image, &mm_adamw, STEPS);
    train_to(&s, w.stop, w.checkpointing);
    if (w.stop < STEPS) {
        assert_true(mm_state_save(&s.state, path, "run", &err));
        small_clip_free(&s);
        s = small_clip_new(image, &mm_adamw, STEPS);
        assert_true(mm_state_load(&s.state, STEPS, path, "run", &err));
        train_to(&s, STEPS, w.checkpointing_after);
    }
    return s;
}

static void assert_same(const SmallClip *a, const SmallClip *b, Way w)
{
    bool same = memcmp(a->state.history, b->state.history, STEPS * sizeof(float)) == 0;
    for (int i = 0; i < mm_params_count(a->state.params); i++) {
        const Tensor *p = mm_params_at(a->state.params, i), *q = mm_params_at(b->state.params, i);
        same = same && memcmp(p->data, q->data, p->n * sizeof(real)) == 0;
        for (int k = 0; k < 2 && p->needs_grad; k++) {
            same = same && memcmp(mm_optimizer_state(a->state.opt, i, k), mm_optimizer_state(b->state.opt, i, k),
                                  p->n * sizeof(real)) == 0;
        }
        if (!same) {
            fail_msg("%d threads, stopped after %d, checkpointing %d, then %d: not the same in %s", w.threads, w.stop,
                     w.checkpointing, w.checkpointing_after, p->name);
        }
    }
}

static void all_ways(ImageEncoder image)
{
    SmallClip wanted = train(image, (Way){.threads = 1, .stop = STEPS});
    for (int threads = 1; threads <= 4; threads *= 2) {
        for (int stop = 1; stop <= STEPS; stop += 1) {
            for (int how = 0; how < (stop == STEPS ? 2 : 4); how++) {
                Way w = {threads, stop, how & 1, how & 2};
                SmallClip s = train(image, w);
                assert_same(&wanted, &s, w);
                small_clip_free(&s);
            }
        }
    }
    mm_set_threads(0);
    small_clip_free(&wanted);
}

static void vit(void **state)
{
    (void)state;
    all_ways(CLIP_VIT);
}

static void resnet(void **state)
{
    (void)state;
    all_ways(CLIP_RESNET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(vit), IN_SCRATCH(resnet)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
