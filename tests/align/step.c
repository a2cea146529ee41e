/* step.c: the gradient of ALIGN's loss, from the loss to every weight, along random directions; what its parts say by themselves. */
#include "mm/inspect.h"
#include "model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { PAIRS = 4, TOKENS = 6, SIDE = 16 };

static const int ids[PAIRS * TOKENS] = {2, 5, 6, 3, 0, 0, 2, 7, 3, 0, 0, 0, 2, 8, 9, 10, 11, 3, 2, 3, 0, 0, 0, 0},
                             length[PAIRS] = {4, 3, 6, 2};

static AlignConfig tiny(void)
{
    AlignConfig c = {.context = TOKENS, .temperature = (real)0.3};
    c.image = (EfficientnetConfig){
        .width = 0.25, .depth = 1, .size = SIDE, .stages = 2, .stage = {{1, 3, 1, 1, 16, false}, {2, 3, 2, 2, 32, true}}};
    c.text = (BertConfig){.vocab = 12, .width = 8, .layers = 1, .heads = 2, .intermediate = 12, .positions = TOKENS, .types = 2};
    return c;
}

static Tensor *loss_of(Graph *g, void *model)
{
    const Align *m = model;
    Tensor *pixels = mm_input(g, MM_SHAPE(PAIRS, 3, SIDE, SIDE), NULL);
    Rng rng = mm_rng(3, "pixels");
    for (size_t i = 0; i < pixels->n; i++) {
        pixels->data[i] = (real)mm_normal(&rng);
    }
    Tensor *image = align_encode_image(g, m, pixels), *text = align_encode_text(g, m, ids, length, PAIRS, TOKENS);
    return align_loss(g, align_logits(g, m, image, text), (real)0.1);
}

static void gradient(void **state)
{
    (void)state;
    ModelCheck worst;
    Params *ps = mm_params_new(1);
    Align m = align_init(ps, tiny());
    for (int i = 0; i < mm_params_count(ps); i++) { /* no zeros: they would hide a gradient */
        Tensor *p = mm_params_at(ps, i);
        Rng rng = mm_rng(2, p->name);
        for (size_t k = 0; k < p->n && p != m.temperature; k++) {
            bool scale = p->shape.rank == 1 && (strstr(p->name, "weight") || strstr(p->name, "var"));
            p->data[k] = (real)(scale ? 1 + 0.3 * mm_uniform(&rng) : 0.5 * mm_normal(&rng));
        }
    }
    assert_int_equal(mm_params_freeze(ps, "text_model.pooler"), 2);
    if (!mm_modelcheck(ps, loss_of, &m, 8, 1e-6, &worst)) {
        fail_msg("%s", worst.text);
    }
    mm_params_free(ps);
}

/* dL/dt = -sum(dZ Z) / t: the logits are as long as t is short. */
static void temperature_gradient(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Align m = align_init(ps, tiny());
    Graph *g = mm_graph_new(1);
    Tensor *image = mm_input(g, MM_SHAPE(PAIRS, align_embed(&m.config)), NULL), *text = mm_input(g, image->shape, NULL);
    Rng rng = mm_rng(4, "features");
    for (size_t i = 0; i < image->n; i++) {
        image->data[i] = (real)mm_normal(&rng);
        text->data[i] = (real)mm_normal(&rng);
    }
    Tensor *logits = align_logits(g, &m, image, text), *loss = align_loss(g, logits, (real)0.1);
    mm_backward(g, loss);
    double sum = 0;
    for (size_t i = 0; i < logits->n; i++) {
        sum += (double)(logits->grad[i] * logits->data[i]);
    }
    assert_true(fabs((double)m.temperature->grad[0] + sum / 0.3) < 1e-12 * fabs(sum / 0.3) + 1e-14);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* All pairs alike: each way guesses among N. With a smoothing of 0.1 and a perfect match, what is left is the smoothing's own. */
static void losses(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    const Tensor *flat = align_loss(g, mm_input(g, MM_SHAPE(PAIRS, PAIRS), NULL), (real)0.1);
    assert_true(fabs((double)flat->data[0] - 2 * log(PAIRS)) < 1e-12);
    Tensor *sharp = mm_input(g, MM_SHAPE(PAIRS, PAIRS), NULL);
    for (int i = 0; i < PAIRS; i++) {
        sharp->data[i * PAIRS + i] = 100;
    }
    double wanted = 2 * 0.1 * (PAIRS - 1) / PAIRS * 100; /* -0.1/4 ln e^-100 for each of the three others */
    assert_true(fabs((double)align_loss(g, sharp, (real)0.1)->data[0] - wanted) < 1e-9);
    assert_true((double)align_loss(g, sharp, 0)->data[0] < 1e-9);
    mm_graph_free(g);
}

static void clamp(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Align m = align_init(ps, tiny());
    static const struct {
        double before, after;
    } cases[] = {{0.3, 0.3}, {0.01, 0.01}, {0.009, 0.01}, {0, 0.01}, {-5, 0.01}, {7, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        m.temperature->data[0] = (real)cases[i].before;
        align_clamp(&m);
        assert_true(m.temperature->data[0] == (real)cases[i].after);
    }
    m.temperature->data[0] = (real)NAN; /* what went wrong is not covered up */
    align_clamp(&m);
    assert_true(isnan(m.temperature->data[0]));
    mm_params_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradient), cmocka_unit_test(temperature_gradient),
                                       cmocka_unit_test(losses), cmocka_unit_test(clamp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
