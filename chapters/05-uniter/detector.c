/* detector.c: see detector.h. */
#include "detector.h"
#include "io/memory.h"
#include "mm/metrics.h"
#include "mm/program.h"
#include "mm/train.h"

#include <math.h>

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE };
enum { SCENES = 24, MOST = SCENES * (MM_SCENE_OBJECTS + 1) }; /* of a step: every object, and a piece of ground */
static const double highest_lr = 3e-3;

static void make(Detector *d, Params *ps)
{
    const ResnetConfig c = {.size = SIDE, .stages = 3, .width = {16, 32, 64}, .embed = DETECTOR_NUMBERS};
    *d = (Detector){.params = ps, .net = mm_resnet_init(ps, "resnet", c)};
    d->norm = mm_batchnorm_init(ps, "norm", DETECTOR_NUMBERS, MM_TORCH_BATCHNORM);
    d->classes = mm_linear_init(ps, "classes", DETECTOR_NUMBERS, DETECTOR_CLASSES, true, (Init){MM_NORMAL, (real)0.1});
}

static void see(const Picture *rgb, const Region *r, real *pixels)
{
    Picture part = mm_picture_part(rgb, r->left, r->top, r->width, r->height),
            small = mm_picture_resize(&part, SIDE, SIDE, MM_BILINEAR);
    for (int i = 0; i < PIXELS; i++) { /* (SIDE, SIDE, 3) -> (3, SIDE, SIDE) */
        pixels[i % 3 * SIDE * SIDE + i / 3] = (real)(small.pixels[i] / 127.5 - 1);
    }
    mm_picture_free(&part);
    mm_picture_free(&small);
}

/* ---- training ---- */

typedef struct Views {
    int n;
    int class[MOST];
    real pixels[MOST * PIXELS]; /* (n, 3, SIDE, SIDE) */
} Views;

static int between(int x, int low, int high)
{
    return x < low ? low : x > high ? high : x;
}

/* The box of an object with each edge moved by up to an eighth of its size, as whoever draws boxes would. */
static Region roughly(const SceneObject *o, Rng *rng)
{
    int edge[4];
    for (int k = 0; k < 4; k++) {
        int size = k % 2 ? o->height : o->width, reach = size / 8;
        edge[k] = (k % 2 ? o->top : o->left) + (k < 2 ? 0 : size) + mm_below(rng, 2 * reach + 1) - reach;
    }
    Region r = {between(edge[0], 0, MM_SCENE_WIDTH - 2), between(edge[1], 0, MM_SCENE_HEIGHT - 2)};
    r.width = between(edge[2], r.left + 2, MM_SCENE_WIDTH) - r.left;
    r.height = between(edge[3], r.top + 2, MM_SCENE_HEIGHT) - r.top;
    return r;
}

static bool touches(const Region *r, const SceneObject *o)
{
    return r->left < o->left + o->width && o->left < r->left + r->width && r->top < o->top + o->height &&
           o->top < r->top + r->height;
}

/* A box that no object touches; false: none was found. */
static bool ground(const Scene *s, Rng *rng, Region *r)
{
    for (int tries = 0; tries < 20; tries++) {
        *r = (Region){.width = 8 + mm_below(rng, 33), .height = 8 + mm_below(rng, 33)};
        r->left = mm_below(rng, MM_SCENE_WIDTH - r->width + 1);
        r->top = mm_below(rng, MM_SCENE_HEIGHT - r->height + 1);
        bool free = true;
        for (int i = 0; i < s->n && free; i++) {
            free = !touches(r, &s->object[i]);
        }
        if (free) {
            return true;
        }
    }
    return false;
}

/* Each channel a little brighter or darker, steeper or flatter: styles differ in their colours. */
static void recolour(real *pixels, Rng *rng)
{
    for (int c = 0; c < 3; c++) {
        real gain = (real)(0.8 + 0.4 * mm_uniform(rng)), shift = (real)(0.4 * mm_uniform(rng) - 0.2);
        for (int i = 0; i < SIDE * SIDE; i++) {
            pixels[c * SIDE * SIDE + i] = gain * pixels[c * SIDE * SIDE + i] + shift;
        }
    }
}

static void add_view(Views *v, const Scene *s, const Region *r, int class, Rng *rng)
{
    real *pixels = v->pixels + (size_t)v->n * PIXELS;
    see(&s->picture, r, pixels);
    recolour(pixels, rng);
    v->class[v->n++] = class;
}

static void draw_views(const Cutouts *c, Rng rng, Views *v)
{
    v->n = 0;
    for (int i = 0; i < SCENES; i++) {
        Scene s = mm_scene_new(c, MM_SCENE_TRAIN, mm_rng(mm_rng_at(rng, (uint64_t)i), "scene"));
        Region r;
        for (int k = 0; k < s.n; k++) {
            r = roughly(&s.object[k], &rng);
            add_view(v, &s, &r, 1 + s.facts.thing[s.object[k].kind], &rng);
        }
        if (ground(&s, &rng, &r)) {
            add_view(v, &s, &r, 0, &rng);
        }
        mm_scene_free(&s);
    }
}

static Tensor *class_logits(Graph *g, const Detector *d, real *pixels, int n, Tensor **features)
{
    Tensor *x = mm_resnet_forward(g, &d->net, mm_input(g, MM_SHAPE(n, 3, SIDE, SIDE), pixels)); /* (n, NUMBERS) */
    x = mm_reshape(g, mm_batchnorm_forward(g, &d->norm, mm_reshape(g, x, MM_SHAPE(n, DETECTOR_NUMBERS, 1, 1)), MM_LINEAR),
                   MM_SHAPE(n, DETECTOR_NUMBERS));
    if (features) {
        *features = x;
    }
    return mm_linear_forward(g, &d->classes, x);
}

bool detector_train(Detector *d, const Cutouts *c, uint64_t seed, int steps, bool quiet, Error *err)
{
    const OptimizerConfig adamw = {&mm_adamw, .beta1 = (real)0.9, .beta2 = (real)0.98, .eps = (real)1e-6,
                                   .weight_decay = (real)0.05};
    make(d, mm_params_new(mm_rng_at(mm_rng(seed, "detector"), 0)));
    Optimizer *opt = mm_optimizer_new(d->params, adamw);
    Views *v = mm_take(1, sizeof *v);
    Graph *g = mm_graph_new(seed);
    Progress bar = mm_progress(steps, 0);
    double recent = 0;
    for (int s = 0; s < steps && !mm_interrupted(); s++) {
        draw_views(c, mm_rng(mm_rng_at(mm_rng(seed, "views"), (uint64_t)s), "view"), v);
        Tensor *loss = mm_cross_entropy(g, class_logits(g, d, v->pixels, v->n, NULL), v->class, NULL, (real)0.1);
        mm_backward(g, loss);
        mm_clip_grad_norm(d->params, 1);
        mm_optimizer_step(opt, (real)highest_lr * mm_warmup_cosine(s, steps / 10, steps));
        recent += ((double)loss->data[0] - recent) / (s < 20 ? s + 1 : 20);
        mm_graph_reset(g);
        if (!quiet) {
            mm_progress_show(&bar, s + 1, "detector: loss %.3f", recent);
        }
    }
    mm_progress_end(&bar);
    mm_graph_free(g);
    free(v);
    return !mm_interrupted() || mm_error(err, "stopped while the detector was trained; nothing was kept");
}

/* ---- looking ---- */

void detector_look(const Detector *d, const Picture *rgb, const Region *region, int n, real *feat, real *soft)
{
    Graph *g = mm_graph_inference(0);
    real *pixels = mm_arena(g, (size_t)n * PIXELS * sizeof *pixels);
    for (int r = 0; r < n; r++) {
        see(rgb, &region[r], pixels + (size_t)r * PIXELS);
    }
    Tensor *features, *p = mm_softmax(g, class_logits(g, d, pixels, n, &features), NULL);
    memcpy(feat, features->data, features->n * sizeof *feat);
    memcpy(soft, p->data, p->n * sizeof *soft);
    mm_graph_free(g);
}

double detector_accuracy(const Detector *d, const Cutouts *c, SceneSplit split, uint64_t seed, int n)
{
    int right = 0, asked = 0;
    for (int i = 0; i < n; i++) {
        Scene s = mm_scene_new(c, split, mm_scene_rng(seed, split, i));
        Region region[MM_SCENE_OBJECTS];
        real feat[MM_SCENE_OBJECTS * DETECTOR_NUMBERS], soft[MM_SCENE_OBJECTS * DETECTOR_CLASSES];
        for (int k = 0; k < s.n; k++) {
            const SceneObject *o = &s.object[k];
            region[k] = (Region){o->left, o->top, o->width, o->height};
        }
        detector_look(d, &s.picture, region, s.n, feat, soft);
        for (int k = 0; k < s.n; k++) {
            right += mm_largest(soft + k * DETECTOR_CLASSES, DETECTOR_CLASSES) == 1 + s.facts.thing[s.object[k].kind];
        }
        asked += s.n;
        mm_scene_free(&s);
    }
    return (double)right / asked;
}

/* ---- files ---- */

static char *path_in(const char *folder)
{
    return mm_join_path(folder, "detector.safetensors");
}

bool detector_save(const Detector *d, const char *folder, Error *err)
{
    static const char *const metadata[] = {"format", "pt", NULL};
    char *path = path_in(folder);
    bool ok = mm_make_folders(folder, err) && mm_params_save(d->params, path, metadata, err);
    free(path);
    return ok;
}

bool detector_load(Detector *d, const char *folder, Error *err)
{
    char *path = path_in(folder);
    Params *ps = mm_params_new(0);
    mm_params_blank(ps, true);
    make(d, ps);
    mm_params_blank(ps, false);
    bool ok = mm_params_load(ps, path, err);
    free(path);
    return ok;
}

void detector_free(Detector *d)
{
    mm_params_free(d->params);
    *d = (Detector){0};
}
