/* The scores of CLIP. */
#include "25.h"
#include "check.h"

enum { N = 3, M = 2, EMBED = 5 };

typedef struct Setup {
    Params *ps;
    Graph *g;
    Clip clip;
    Tensor *image, *text;
} Setup;

static void to_length_1(Tensor *x)
{
    for (size_t r = 0; r < x->n / EMBED; r++) {
        real squares = 0;
        for (size_t i = 0; i < EMBED; i++) {
            squares += x->data[r * EMBED + i] * x->data[r * EMBED + i];
        }
        for (size_t i = 0; i < EMBED; i++) {
            x->data[r * EMBED + i] /= sqrt(squares);
        }
    }
}

static Setup set_up(real s)
{
    Setup t = {.ps = mm_params_new(1), .g = mm_graph_new(1)};
    t.clip.logit_scale = mm_param(t.ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, s});
    t.image = mm_param(t.ps, "image", MM_SHAPE(N, EMBED), (Init){MM_NORMAL, 1});
    t.text = mm_param(t.ps, "text", MM_SHAPE(M, EMBED), (Init){MM_NORMAL, 1});
    to_length_1(t.image);
    to_length_1(t.text);
    return t;
}

static void tear_down(Setup *t)
{
    mm_graph_free(t->g);
    mm_params_free(t->ps);
}

static void compare(real s, real stretch_image, real stretch_text)
{
    Setup t = set_up(s);
    for (size_t i = 0; i < t.image->n; i++) {
        t.image->data[i] *= stretch_image;
    }
    for (size_t i = 0; i < t.text->n; i++) {
        t.text->data[i] *= stretch_text;
    }
    Tensor *got = YOURS(clip_logits)(t.g, &t.clip, t.image, t.text), *want = clip_logits(t.g, &t.clip, t.image, t.text);
    expect(mm_shape_equal(got->shape, want->shape), "the logits must be (%d, %d), a row for each picture", N, M);
    if (mm_shape_equal(got->shape, want->shape)) {
        expect_tensor("Z", got->shape, got->data, want->data, 1e-9);
    }
    tear_down(&t);
}

/* Their gradients of a sum with random weights, one after the other: image, text, logit_scale. */
static void gradients(Tensor *(*logits)(Graph *, const Clip *, Tensor *, Tensor *), real *to)
{
    Setup t = set_up((real)0.7);
    real weights[N * M];
    draw(weights, N * M, -1, 1, "weights");
    Tensor *z = logits(t.g, &t.clip, t.image, t.text);
    mm_backward(t.g, mm_sum(t.g, mm_mul(t.g, z, mm_input(t.g, z->shape, weights)), MM_ALL));
    memcpy(to, t.image->grad, N * EMBED * sizeof *to);
    memcpy(to + N * EMBED, t.text->grad, M * EMBED * sizeof *to);
    to[(N + M) * EMBED] = *t.clip.logit_scale->grad;
    tear_down(&t);
}

static Tensor *built(Graph *g, Params *ps, bool theirs, void *context)
{
    (void)context;
    Clip clip = {.logit_scale = mm_param(ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, (real)0.7})};
    Tensor *image = mm_param(ps, "image", MM_SHAPE(N, EMBED), (Init){MM_NORMAL, 1});
    Tensor *text = mm_param(ps, "text", MM_SHAPE(M, EMBED), (Init){MM_NORMAL, 1});
    return (theirs ? YOURS(clip_logits) : clip_logits)(g, &clip, image, text);
}

void exercise_25(void)
{
    draw_pair(built, NULL);
    check("cosine", "s = 0: the cosines, a row for each picture", "e^0 is 1. Pictures are rows: image times text transposed.");
    compare(0, 1, 1);
    check("image_length", "pictures three times as long", "Only the direction of a picture counts: mm_l2norm(g, image, 0).");
    compare(0, 3, 1);
    check("text_length", "texts three times as long", "Only the direction of a text counts: mm_l2norm(g, text, 0).");
    compare(0, 1, 3);
    check("temperature", "s = 0.7", "The factor is e^s: mm_exp of logit_scale, multiplied once.");
    compare((real)0.7, 1, 1);
    check("gradient", "gradients of both towers and of logit_scale",
          "Everything must be made by ops, or the gradient finds no way back.");
    real got[(N + M) * EMBED + 1], want[(N + M) * EMBED + 1];
    gradients(clip_logits, want);
    gradients(YOURS(clip_logits), got);
    expect_tensor("dI", MM_SHAPE(N, EMBED), got, want, 1e-9);
    expect_tensor("dT", MM_SHAPE(M, EMBED), got + N * EMBED, want + N * EMBED, 1e-9);
    expect_number("ds", (double)got[(N + M) * EMBED], (double)want[(N + M) * EMBED], 1e-9);
}
