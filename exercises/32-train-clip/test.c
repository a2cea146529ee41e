/* A training step, and a run of it on pictures of food and drink, in double. */
#include "32.h"
#include "check.h"

#include <stdlib.h>

enum { CONCEPTS = 48, STYLES = 7, SIZE = 16, PIXELS = 3 * SIZE * SIZE, CONTEXT = 10, STEPS = 150 };
static const char *const styles[STYLES] = {"noto", "twemoji", "fluent", "fluent-flat", "noto-v1", "fxemoji", "emojione2"};
static const double target = 0.5;

/* ---- data: every concept in every style; style 0 is held out ---- */

typedef struct Data {
    real *pixels; /* (STYLES, CONCEPTS, PIXELS) */
    int vocab, ids[CONCEPTS * CONTEXT], length[CONCEPTS];
} Data;

/* (3, SIZE, SIZE) in [-1, 1], on white. */
static void take_picture(const Picture *p, real *to)
{
    Picture flat = mm_picture_flatten(p, mm_white), small = mm_picture_resize(&flat, SIZE, SIZE, MM_BICUBIC);
    for (int i = 0; i < PIXELS; i++) {
        to[i] = small.pixels[i % (SIZE * SIZE) * 3 + i / (SIZE * SIZE)] / (real)127.5 - 1;
    }
    mm_picture_free(&flat);
    mm_picture_free(&small);
}

/* The first concepts of the group that all styles draw: place[concept] is 0, 1, …, or -1. */
static void choose(const EmojiSet *set, int *place, const char **name)
{
    int *drawn = calloc((size_t)set->concepts.n, sizeof *drawn), n = 0;
    for (int i = 0; i < set->n; i++) {
        drawn[set->at[i].concept]++;
    }
    for (int c = 0; c < set->concepts.n; c++) {
        bool take = n < CONCEPTS && drawn[c] == STYLES && strcmp(set->concepts.at[c].group, "food-drink") == 0;
        place[c] = take ? n : -1;
        if (take) {
            name[n++] = set->concepts.at[c].en;
        }
    }
    free(drawn);
    if (n < CONCEPTS) {
        broken_test("there are too few concepts that all styles draw");
    }
}

static void take_names(Data *d, const char *const *name)
{
    Error err;
    Tokenizer *tok = mm_tokenizer_learn(name, CONCEPTS, 640, false, &err);
    for (int c = 0; tok && c < CONCEPTS; c++) {
        if (!mm_tokenize(tok, name[c], CONTEXT, d->ids + c * CONTEXT, d->length + c, &err)) {
            broken_test(err.text);
        }
    }
    d->vocab = mm_vocab_size(tok);
    mm_tokenizer_free(tok);
}

static Data load(void)
{
    EmojiSet set;
    Error err;
    if (!mm_emoji_load("datasets/emoji", styles, STYLES, &set, &err)) {
        broken_test(err.text);
    }
    Data d = {.pixels = calloc(STYLES * CONCEPTS * PIXELS, sizeof(real))};
    const char *name[CONCEPTS];
    int *place = calloc((size_t)set.concepts.n, sizeof *place);
    choose(&set, place, name);
    for (int i = 0; i < set.n; i++) {
        const Emoji *e = &set.at[i];
        if (place[e->concept] >= 0) {
            take_picture(&e->picture, d.pixels + (e->style * CONCEPTS + place[e->concept]) * PIXELS);
        }
    }
    take_names(&d, name);
    free(place);
    mm_emoji_free(&set);
    return d;
}

/* Every concept once, each in a style drawn for it, shifted by up to a pixel. */
static void fill(const Data *d, int step, real *pixels)
{
    Rng rng = mm_rng((uint64_t)step, "batch");
    for (int c = 0; c < CONCEPTS; c++) {
        const real *from = d->pixels + ((1 + mm_below(&rng, STYLES - 1)) * CONCEPTS + c) * PIXELS;
        int right = mm_below(&rng, 3) - 1, down = mm_below(&rng, 3) - 1;
        bool mirrored = mm_below(&rng, 2);
        for (int i = 0; i < PIXELS; i++) {
            int u = i % SIZE, v = i / SIZE % SIZE, x = (mirrored ? SIZE - 1 - u : u) - right, y = v - down;
            bool inside = x >= 0 && x < SIZE && y >= 0 && y < SIZE;
            pixels[c * PIXELS + i] = inside ? from[i / (SIZE * SIZE) * SIZE * SIZE + y * SIZE + x] : 1;
        }
    }
}

/* ---- the learner's parts ---- */

static struct {
    const Op *op;
    const char *exercise, *function;
    Op theirs; /* op with their backward; name NULL: the exercise was not passed */
} backwards[] = {
    {&mm_op_relu, "02-relu-backward", "relu_backward"},
    {&mm_op_gelu, "05-gelu-backward", "gelu_backward"},
    {&mm_op_embedding, "08-embedding-backward", "embedding_backward"},
    {&mm_op_matmul, "09-matmul-backward", "matmul_backward"},
    {&mm_op_l2norm, "10-l2norm-backward", "l2norm_backward"},
    {&mm_op_cross_entropy, "13-cross-entropy-backward", "cross_entropy_backward"},
    {&mm_op_attention, "15-attention-backward", "attention_backward"},
};
enum { BACKWARDS = sizeof backwards / sizeof *backwards };

static void their_backward(Graph *g, Tensor *loss)
{
    for (int id = 0; id < mm_graph_size(g); id++) {
        Tensor *t = mm_graph_node(g, id);
        for (int b = 0; b < BACKWARDS; b++) {
            t->op = t->op == backwards[b].op && backwards[b].theirs.name ? &backwards[b].theirs : t->op;
        }
    }
    mm_backward(g, loss);
}

static void *part(const char *exercise, const char *function, void *own, int *count)
{
    void *theirs = passed(exercise, function);
    *count += theirs != NULL;
    report("  %-28s %s\n", exercise, theirs ? "yours" : "the library's");
    return theirs ? theirs : own;
}

static Parts find_parts(__typeof__(mm_warmup_cosine) **rate, OptimizerKind *adamw)
{
    int n = 0;
    for (int b = 0; b < BACKWARDS; b++) {
        backwards[b].theirs = *backwards[b].op;
        void *f = part(backwards[b].exercise, backwards[b].function, NULL, &n);
        backwards[b].theirs.backward = f;
        backwards[b].theirs.name = f ? backwards[b].op->name : NULL;
    }
    *rate = part("18-warmup-cosine", "mm_warmup_cosine", mm_warmup_cosine, &n);
    *adamw = mm_adamw;
    adamw->update = part("20-adamw", "adamw_update", mm_adamw.update, &n);
    return (Parts){.logits = part("25-clip-logits", "clip_logits", clip_logits, &n),
                   .loss = part("26-clip-loss", "clip_loss", clip_loss, &n),
                   .backward = their_backward,
                   .clip_grad_norm = part("19-clip-grad-norm", "mm_clip_grad_norm", mm_clip_grad_norm, &n),
                   .clamp = part("28-logit-scale-clamp", "clip_clamp", clip_clamp, &n)};
}

/* ---- the step by itself ---- */

static char calls[128];
static Optimizer *watched;
static int64_t steps_seen;

static void note(const char *what)
{
    if (mm_optimizer_steps(watched) > steps_seen) {
        steps_seen = mm_optimizer_steps(watched);
        strcat(calls, "step ");
    }
    strcat(strlen(calls) < 100 ? strcat(calls, what) : calls, " ");
}

static Tensor *noted_logits(Graph *g, const Clip *clip, Tensor *image, Tensor *text)
{
    note("logits");
    return clip_logits(g, clip, image, text);
}

static Tensor *noted_loss(Graph *g, Tensor *logits, real smoothing)
{
    note("loss");
    return clip_loss(g, logits, smoothing);
}

static void noted_backward(Graph *g, Tensor *loss)
{
    note("backward");
    mm_backward(g, loss);
}

static real noted_norm(Params *ps, real most)
{
    note("norm");
    return mm_clip_grad_norm(ps, most);
}

static void noted_clamp(Clip *clip)
{
    note("clamp");
    clip_clamp(clip);
}

static Clip new_clip(Params *ps, int vocab)
{
    ClipConfig c = {.image = CLIP_VIT,
                    .size = SIZE,
                    .embed = 32,
                    .context = CONTEXT,
                    .vocab = vocab,
                    .text_width = 32,
                    .text_layers = 1,
                    .text_heads = 2};
    c.vit = (VitConfig){.size = SIZE, .patch = 4, .width = 48, .layers = 2, .heads = 4, .embed = 32};
    return clip_init(ps, c);
}

static OptimizerConfig adamw_config(const OptimizerKind *kind)
{
    return (OptimizerConfig){.kind = kind, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6, .weight_decay = (real)0.1};
}

static void one_step(const Data *d)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Clip clip = new_clip(ps, d->vocab);
    const Pairs few = {3, SIZE, CONTEXT, d->pixels, d->ids, d->length};
    const Parts noted = {noted_logits, noted_loss, noted_backward, noted_norm, noted_clamp};
    watched = mm_optimizer_new(ps, adamw_config(&mm_adamw));
    Tensor *image = clip_encode_image(g, &clip, mm_input(g, MM_SHAPE(3, 3, SIZE, SIZE), d->pixels));
    Tensor *text = clip_encode_text(g, &clip, d->ids, d->length, 3, CONTEXT);
    double want = (double)*clip_loss(g, clip_logits(g, &clip, image, text), 0)->data;
    mm_graph_reset(g);
    check("loss", "the loss that is returned is that of the batch",
          "Pictures against texts, smoothing 0, and the number is taken before the step.");
    expect_number("L", (double)YOURS(train_step)(g, &clip, watched, &noted, &few, (real)1e-3), want, 1e-9);
    check("reset", "the graph is empty afterwards", "The last thing of a step: mm_graph_reset(g).");
    expect_int("tensors in the graph", mm_graph_size(g), 0);
    check("order", "every part is used once, in its order",
          "logits, loss, backward, then the limit on the gradient's norm, the optimiser's step, the clamp. The limit acts on "
          "gradients and the "
          "clamp on what the step has moved.");
    note("");
    expect_text("the calls", calls, "logits loss backward norm step clamp  ");
    mm_graph_free(g);
    mm_params_free(ps);
}

/* ---- the run ---- */

/* The part of the held-out pictures that find their own name first. */
static double recall(const Data *d, const Clip *clip, Graph *g)
{
    int label[CONCEPTS];
    for (int c = 0; c < CONCEPTS; c++) {
        label[c] = c;
    }
    mm_graph_record(g, false);
    Tensor *image = clip_encode_image(g, clip, mm_input(g, MM_SHAPE(CONCEPTS, 3, SIZE, SIZE), d->pixels));
    Tensor *text = clip_encode_text(g, clip, d->ids, d->length, CONCEPTS, CONTEXT);
    double r = mm_recall(clip_logits(g, clip, image, text)->data, CONCEPTS, CONCEPTS, label, label).at1;
    mm_graph_record(g, true);
    mm_graph_reset(g);
    return r;
}

static void train(const Data *d)
{
    __typeof__(mm_warmup_cosine) *rate;
    OptimizerKind adamw;
    const Parts parts = find_parts(&rate, &adamw);
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Clip clip = new_clip(ps, d->vocab);
    Optimizer *opt = mm_optimizer_new(ps, adamw_config(&adamw));
    real *pixels = calloc(CONCEPTS * PIXELS, sizeof *pixels), loss = 0;
    for (int s = 0; s < STEPS; s++) {
        fill(d, s, pixels);
        const Pairs batch = {CONCEPTS, SIZE, CONTEXT, pixels, d->ids, d->length};
        loss = YOURS(train_step)(g, &clip, opt, &parts, &batch, (real)3e-3 * rate(s, STEPS / 10, STEPS));
        if (s % 30 == 0 || s == STEPS - 1) {
            report("  step %3d  loss %.3f  (ln %d = %.2f)\n", s, (double)loss, CONCEPTS, log(CONCEPTS));
        }
    }
    double r = recall(d, &clip, g);
    report("  pictures of the held-out style that find their name first: %.3f (target %.2f, chance %.3f)\n", r, target,
           1.0 / CONCEPTS);
    expect(r >= target, "R@1 is %.3f, the target %.2f", r, target);
    free(pixels);
    mm_graph_free(g);
    mm_params_free(ps);
}

void exercise_32(void)
{
    Data d = load();
    one_step(&d);
    check("target", "a run reaches its target",
          "The step alone was right, so what is left are the parts: look at those that are yours.");
    if (right_so_far()) {
        train(&d);
    } else {
        expect(false, "not tried, since the step is not right yet");
    }
    free(d.pixels);
}
