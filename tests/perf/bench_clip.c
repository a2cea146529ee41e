/* bench_clip: where the time of one training step goes. The model is fixed, so that figures can be compared: ViT of width 128,
 * 4 layers, patch 8, pictures of 64 x 64, texts of 32 tokens through 4 layers of width 128, batch 128. */
#include "mm/train.h"
#include "model.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T = 32, VOCAB = 4096, SIZE = 64, MOST_STEPS = 1000 };

typedef struct Options {
    int batch, steps, threads;
    bool resnet, ops;
} Options;

typedef enum Part { MATMUL, ATTENTION, CONV, ELEMENTWISE, NORMS, REST, OPTIMISER, PARTS } Part;
static const char *const part_name[PARTS] = {"matmul", "attention", "convolution",           "elementwise",
                                             "norms",  "the rest",  "clipping and optimiser"};

typedef struct Profile {
    double part[PARTS];
    const Op *op[64]; /* with the time of each, forward and backward */
    double seconds[64][2];
    int n;
} Profile;

static Part part_of(const Op *op)
{
    static const struct {
        const Op *op;
        Part part;
    } parts[] = {
        {&mm_op_matmul, MATMUL},    {&mm_op_linear, MATMUL},          {&mm_op_attention, ATTENTION}, {&mm_op_conv2d, CONV},
        {&mm_op_add, ELEMENTWISE},  {&mm_op_mul, ELEMENTWISE},        {&mm_op_affine, ELEMENTWISE},  {&mm_op_exp, ELEMENTWISE},
        {&mm_op_relu, ELEMENTWISE}, {&mm_op_quick_gelu, ELEMENTWISE}, {&mm_op_layernorm, NORMS},     {&mm_op_batchnorm, NORMS},
        {&mm_op_l2norm, NORMS},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].op == op) {
            return parts[i].part;
        }
    }
    return REST;
}

static void note(void *context, const Tensor *y, bool backward, double seconds)
{
    Profile *p = context;
    int i = 0;
    while (i < p->n && p->op[i] != y->op) {
        i++;
    }
    if (i == p->n && p->n < 64) {
        p->op[p->n++] = y->op;
    }
    p->part[part_of(y->op)] += seconds;
    p->seconds[i][backward] += seconds;
}

static Clip make_model(Params *ps, const Options *o)
{
    ClipConfig c = {.image = o->resnet ? CLIP_RESNET : CLIP_VIT,
                    .size = SIZE,
                    .embed = 128,
                    .context = T,
                    .vocab = VOCAB,
                    .text_width = 128,
                    .text_layers = 4,
                    .text_heads = 4};
    c.vit = (VitConfig){.size = SIZE, .patch = 8, .width = 128, .layers = 4, .heads = 4, .embed = 128};
    c.resnet = (ResnetConfig){.size = SIZE, .stages = 3, .width = {32, 64, 128}, .blocks = {1, 1, 1}, .embed = 128};
    return clip_init(ps, c);
}

typedef struct Data {
    real *pixels;
    int *ids, *length;
} Data;

static Data make_data(int batch)
{
    size_t n = (size_t)batch * 3 * SIZE * SIZE;
    Data d = {malloc(n * sizeof(real)), malloc((size_t)batch * T * sizeof(int)), malloc((size_t)batch * sizeof(int))};
    Rng rng = mm_rng(1, "bench");
    for (size_t i = 0; i < n; i++) {
        d.pixels[i] = (real)mm_normal(&rng);
    }
    for (int i = 0; i < batch * T; i++) {
        d.ids[i] = mm_below(&rng, VOCAB);
    }
    for (int i = 0; i < batch; i++) {
        d.length[i] = T;
    }
    return d;
}

static double step(Graph *g, Clip *clip, Optimizer *opt, const Data *d, int batch, Profile *p)
{
    double start = mm_seconds();
    Tensor *image = clip_encode_image(g, clip, mm_input(g, MM_SHAPE(batch, 3, SIZE, SIZE), d->pixels));
    Tensor *text = clip_encode_text(g, clip, d->ids, d->length, batch, T);
    mm_backward(g, clip_loss(g, clip_logits(g, clip, image, text), 0));
    double before = mm_seconds();
    mm_clip_grad_norm(clip->params, 1);
    mm_optimizer_step(opt, (real)1e-3);
    clip_clamp(clip);
    p->part[OPTIMISER] += mm_seconds() - before;
    mm_graph_reset(g);
    return mm_seconds() - start;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void print(const Profile *p, const Options *o, double *seconds)
{
    double total = 0, counted = 0;
    for (int i = 0; i < o->steps; i++) {
        total += seconds[i];
    }
    qsort(seconds, (size_t)o->steps, sizeof *seconds, ascending);
    printf("one training step, batch %d, %d threads: median %.1f ms, fastest %.1f, slowest %.1f (%d steps)\n\n", o->batch,
           mm_threads(), 1e3 * seconds[o->steps / 2], 1e3 * seconds[0], 1e3 * seconds[o->steps - 1], o->steps);
    for (int k = 0; k < PARTS; k++) {
        counted += p->part[k];
        printf("  %-24s %8.2f ms  %5.1f %%\n", part_name[k], 1e3 * p->part[k] / o->steps, 100 * p->part[k] / total);
    }
    printf("  %-24s %8.2f ms  %5.1f %%\n", "between ops", 1e3 * (total - counted) / o->steps, 100 * (total - counted) / total);
    for (int i = 0; i < p->n && o->ops; i++) {
        printf("%s  %-16s forward %8.2f ms   backward %8.2f ms\n", i ? "" : "\n", p->op[i]->name,
               1e3 * p->seconds[i][0] / o->steps, 1e3 * p->seconds[i][1] / o->steps);
    }
    printf("\npeak memory %zu MiB\n", mm_peak_memory() >> 20);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    Options *o = state->input;
    switch (key) {
    case 'b': o->batch = atoi(arg); break;
    case 'n': o->steps = atoi(arg); break;
    case 't': o->threads = atoi(arg); break;
    case 'r': o->resnet = true; break;
    case 'o': o->ops = true; break;
    case ARGP_KEY_END:
        if (o->batch < 1 || o->steps < 1 || o->steps > MOST_STEPS || o->threads < 0) {
            argp_error(state, "--batch, --threads and --steps (at most %d) are whole numbers above 0", MOST_STEPS);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp_option options[] = {{"batch", 'b', "N", 0, "pairs in a step (128)", 0},
                                                 {"steps", 'n', "N", 0, "steps to time, after two that are not (10)", 0},
                                                 {"threads", 't', "N", 0, "threads (one per processor)", 0},
                                                 {"resnet", 'r', NULL, 0, "a small ResNet in place of the ViT", 0},
                                                 {"ops", 'o', NULL, 0, "list every op", 0},
                                                 {0}};
    const struct argp argp = {.options = options, .parser = parse, .doc = "Times one training step of a small CLIP, by part."};
    Options o = {.batch = 128, .steps = 10};
    double seconds[MOST_STEPS];
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    mm_set_threads(o.threads);
    Params *ps = mm_params_new(1);
    Clip clip = make_model(ps, &o);
    OptimizerConfig adamw = {&mm_adamw, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6, .weight_decay = (real)0.2};
    Optimizer *opt = mm_optimizer_new(ps, adamw);
    Graph *g = mm_graph_new(1);
    Data d = make_data(o.batch);
    Profile p = {0}, warm = {0};
    step(g, &clip, opt, &d, o.batch, &warm);
    step(g, &clip, opt, &d, o.batch, &warm);
    mm_graph_on_op(g, note, &p);
    for (int i = 0; i < o.steps; i++) {
        seconds[i] = step(g, &clip, opt, &d, o.batch, &p);
    }
    print(&p, &o, seconds);
    free(d.pixels);
    free(d.ids);
    free(d.length);
    mm_graph_free(g);
    mm_params_free(ps);
    return 0;
}
