/* crash_run FILE STEPS: trains a small CLIP and saves its state in FILE after every step; goes on from FILE if it is there. What
 * crash.sh kills. At the end it prints a sum over all that was learned. */
#include "small_clip.h"

#include <stdio.h>
#include <stdlib.h>

/* FNV-1a over the bits. */
static uint64_t hash(uint64_t h, const void *data, size_t bytes)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < bytes; i++) {
        h = (h ^ byte[i]) * 0x100000001b3u;
    }
    return h;
}

static void print_hash(const SmallClip *s, int64_t steps)
{
    uint64_t h = hash(0xcbf29ce484222325u, s->state.history, (size_t)steps * sizeof(float));
    for (int i = 0; i < mm_params_count(s->state.params); i++) {
        const Tensor *p = mm_params_at(s->state.params, i);
        h = hash(h, p->data, p->n * sizeof(real));
        for (int k = 0; k < 2 && p->needs_grad; k++) {
            h = hash(h, mm_optimizer_state(s->state.opt, i, k), p->n * sizeof(real));
        }
    }
    printf("%016llx\n", (unsigned long long)h);
}

int main(int argc, char **argv)
{
    Error err;
    int64_t steps = argc == 3 ? atoll(argv[2]) : 0;
    if (steps < 1) {
        fprintf(stderr, "crash_run FILE STEPS\n");
        return 2;
    }
    SmallClip s = small_clip_new(CLIP_RESNET, &mm_adamw, steps);
    bool ok = !mm_file_exists(argv[1]) || mm_state_load(&s.state, steps, argv[1], "crash", &err);
    while (ok && mm_optimizer_steps(s.state.opt) < steps) {
        small_clip_step(&s);
        ok = mm_state_save(&s.state, argv[1], "crash", &err);
    }
    if (ok) {
        print_hash(&s, steps);
    } else {
        fprintf(stderr, "crash_run: %s\n", err.text);
    }
    small_clip_free(&s);
    return ok ? 0 : 1;
}
