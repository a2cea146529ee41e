/* streamed.c: two small encoders learn from shards: what is held does not grow with the steps nor with the set, and a run that stopped
 * goes on from its step to the same bits. */
#include "mm/ops.h"
#include "mm/train.h"
#include "mm/web.h"

#include "../io/scratch.h"

#include <malloc.h>
#include <math.h>

enum { COLOURS = 8, PIXELS = 48, EMBED = 16, BATCH = 32, STEPS = 300, STOP = 130 };
static const char *const colours[COLOURS] = {"black", "blue", "green", "cyan", "red", "magenta", "yellow", "white"};

/* Pair i: 4 x 4 pixels about one colour, and its name. */
static void write_set(const char *folder, int pairs)
{
    Error err;
    ShardWriter *w = mm_shards_create(folder, 500, &err);
    assert_non_null(w);
    Rng rng = mm_rng(1, "pixels");
    for (int i = 0; i < pairs; i++) {
        char text[64];
        size_t n;
        int colour = mm_below(&rng, COLOURS);
        Picture p = mm_picture_new(4, 4, 3);
        for (int k = 0; k < PIXELS; k++) {
            p.pixels[k] = (unsigned char)((colour >> (2 - k % 3) & 1 ? 155 : 0) + mm_below(&rng, 100));
        }
        snprintf(text, sizeof text, "%s, number %d", colours[colour], i);
        unsigned char *png = mm_picture_png(&p, &n);
        assert_true(mm_shards_add(w, png, n, ".png", text, &err));
        free(png);
        mm_picture_free(&p);
    }
    assert_true(mm_shards_finish(w, &err));
}

typedef struct Run {
    TrainState state;
    float history[STEPS];
    Tensor *image, *text; /* (EMBED, PIXELS), (COLOURS, EMBED) */
    PairStream *stream;
    Graph *g;
    size_t held[STEPS]; /* bytes of the heap, before each step */
} Run;

static Run *new_run(const char *folder, int64_t step, const char *saved)
{
    Error err;
    Run *r = calloc(1, sizeof *r);
    Params *ps = mm_params_new(1);
    r->image = mm_param(ps, "image", MM_SHAPE(EMBED, PIXELS), (Init){MM_NORMAL, (real)0.1});
    r->text = mm_param(ps, "text", MM_SHAPE(COLOURS, EMBED), (Init){MM_NORMAL, 1});
    OptimizerConfig config = {&mm_lamb, .beta1 = (real)0.9, .beta2 = (real)0.999, .eps = (real)1e-6};
    r->state = (TrainState){.params = ps, .opt = mm_optimizer_new(ps, config), .columns = 1, .history = r->history};
    r->g = mm_graph_new(1);
    r->stream = mm_stream_open(&(StreamPlan){folder, 1, 200}, step * BATCH, &err);
    assert_non_null(r->stream);
    assert_true(!saved || mm_state_load(&r->state, STEPS, saved, "", &err));
    return r;
}

static void end_run(Run *r)
{
    mm_stream_close(r->stream);
    mm_graph_free(r->g);
    mm_params_free(r->state.params);
    free(r);
}

static void draw_batch(Run *r, real *pixels, int *words)
{
    Error err;
    StreamedPair pair;
    Picture p;
    for (int i = 0; i < BATCH; i++) {
        if (!mm_stream_next(r->stream, &pair, &err) || !mm_picture_decode("p", pair.image, pair.bytes, &p, &err)) {
            fail_msg("%s", err.text);
        }
        for (int k = 0; k < PIXELS; k++) {
            pixels[i * PIXELS + k] = (real)(p.pixels[k / 3 * 4 + k % 3] / 127.5 - 1);
        }
        mm_picture_free(&p);
        words[i] = 0;
        while (strncmp(pair.text, colours[words[i]], strcspn(pair.text, ",")) != 0) {
            words[i]++;
        }
    }
}

static real step(Run *r)
{
    real pixels[BATCH * PIXELS];
    int words[BATCH], own[BATCH];
    draw_batch(r, pixels, words);
    for (int i = 0; i < BATCH; i++) {
        own[i] = i;
    }
    Tensor *x = mm_input(r->g, MM_SHAPE(BATCH, PIXELS), pixels);
    Tensor *image = mm_l2norm(r->g, mm_linear(r->g, x, r->image, NULL), (real)1e-6);                 /* (N, EMBED) */
    Tensor *text = mm_l2norm(r->g, mm_embedding(r->g, r->text, words, MM_SHAPE(BATCH)), (real)1e-6); /* (N, EMBED) */
    Tensor *logits = mm_affine(r->g, mm_matmul(r->g, image, text, MM_NT), 10, 0);                    /* (N, N) */
    Tensor *loss = mm_cross_entropy(r->g, logits, own, NULL, 0);
    real value = loss->data[0];
    mm_backward(r->g, loss);
    mm_optimizer_step(r->state.opt, (real)0.01);
    mm_graph_reset(r->g);
    return value;
}

static void train(Run *r, int end)
{
    for (int64_t s = mm_optimizer_steps(r->state.opt); s < end; s++) {
        r->held[s] = mallinfo2().uordblks;
        r->history[s] = (float)step(r);
    }
}

static void goes_on_to_the_same_bits(void **state)
{
    (void)state;
    Error err;
    const char *folder = scratch("set"), *saved = scratch("run.safetensors");
    write_set(folder, 2000);
    Run *whole = new_run(folder, 0, NULL), *first = new_run(folder, 0, NULL);
    train(whole, STEPS);
    train(first, STOP);
    assert_true(mm_state_save(&first->state, saved, "", &err));
    end_run(first);
    Run *second = new_run(folder, STOP, saved);
    train(second, STEPS);
    assert_memory_equal(second->image->data, whole->image->data, whole->image->n * sizeof(real));
    assert_memory_equal(second->text->data, whole->text->data, whole->text->n * sizeof(real));
    assert_memory_equal(second->history, whole->history, sizeof whole->history);
    /* Guessing costs ln 32 = 3.47; of 32 pairs about 4 have one colour, and nothing tells them apart: at best ln 4. */
    assert_true(whole->history[0] > 3 && whole->history[STEPS - 1] < 2);
    end_run(second);
    second = new_run(folder, STOP + 1, saved); /* a step further on in the set: another run */
    train(second, STEPS);
    assert_true(memcmp(second->text->data, whole->text->data, whole->text->n * sizeof(real)) != 0);
    end_run(second);
    end_run(whole);
}

static void memory_is_flat(void **state)
{
    (void)state;
    size_t held[2];
    for (int large = 0; large < 2; large++) {
        const char *folder = scratch(large ? "large" : "small");
        write_set(folder, large ? 20000 : 1000);
        size_t before = mallinfo2().uordblks;
        Run *r = new_run(folder, 0, NULL);
        train(r, STEPS);
        held[large] = r->held[STEPS - 1] - before;
        if (r->held[STEPS - 1] > r->held[10]) {
            fail_msg("%zu bytes more after %d steps than after 10", r->held[STEPS - 1] - r->held[10], STEPS);
        }
        end_run(r);
    }
    printf("held: %zu bytes with 1,000 pairs, %zu with 20,000\n", held[0], held[1]);
    assert_true(held[1] < held[0] + 4096); /* the names of 38 more shards */
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_SCRATCH(goes_on_to_the_same_bits), IN_SCRATCH(memory_is_flat)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
