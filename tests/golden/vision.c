/* vision.c: the image encoders of CLIP and ALIGN, tiny, with filled weights, against the numbers that the official code gives in
 * double (openai/CLIP model.py; Hugging Face's AlignVisionModel); their gradients along random directions; and the shapes of the
 * real ones. */
#include "fill.h"
#include "golden.h"
#include "mm/inspect.h"
#include "mm/nn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const ModifiedResnetConfig tiny_resnet = {.layers = {1, 1, 1, 1}, .width = 8, .size = 64, .heads = 4, .embed = 8};

static void modified_resnet(void **state)
{
    (void)state;
    static const double wanted[] = {-41.539708974, -2.8105876013, 12.5877921601, -6.8354979809,
                                    20.9073933886, -6.2074053024, 4.2158816737,  1.6432541232};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    ModifiedResnet r = mm_modified_resnet_init(ps, "visual", tiny_resnet);
    Lcg lcg = {777};
    lcg_fill_params(&lcg, ps, 0.6);
    Tensor *x = mm_input(g, MM_SHAPE(1, 3, 64, 64), NULL);
    lcg_fill(&lcg, x->data, x->n, 4);
    mm_graph_train(g, false);
    golden_decimals("ModifiedResNet", mm_modified_resnet_forward(g, &r, x)->data, wanted, 8, 10);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* Weights in the order of making, each a draw. */
static Mbconv filled_mbconv(Params *ps, const char *name, MbconvConfig c, Lcg *lcg)
{
    int first = mm_params_count(ps);
    Mbconv m = mm_mbconv_init(ps, name, c);
    for (int i = first; i < mm_params_count(ps); i++) {
        lcg_fill_param(lcg, mm_params_at(ps, i), 0.6);
    }
    return m;
}

static void mbconv(void **state)
{
    (void)state;
    static const double wanted_a[] = {-0.4673499601, -0.2113473823, -0.1991905811, 0.0059219182, 0.1138614352, 0.2895803912};
    static const double wanted_b[] = {-0.4954340406, -0.1937625636, -0.0436147763, 0.1149699390, 0.1511771430, 0.1309476344};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Lcg lcg = {99};
    Tensor *x = mm_input(g, MM_SHAPE(1, 4, 9, 9), NULL);
    lcg_fill(&lcg, x->data, x->n, 4);
    MbconvConfig config_a = {.in = 4, .out = 6, .kernel = 5, .stride = 2, .expand = 6};
    MbconvConfig config_b = {.in = 6, .out = 6, .kernel = 3, .stride = 1, .expand = 6, .residual = true, .drop_connect = 0.2};
    Mbconv a = filled_mbconv(ps, "a", config_a, &lcg), b = filled_mbconv(ps, "b", config_b, &lcg);
    mm_graph_train(g, false);
    Tensor *y = mm_mbconv_forward(g, &a, x);
    assert_true(mm_shape_equal(y->shape, MM_SHAPE(1, 6, 4, 4)));
    real corner[6], mean[6];
    for (int c = 0; c < 6; c++) {
        corner[c] = y->data[16 * c];
    }
    golden_decimals("MBConv A, channels of the first pixel", corner, wanted_a, 6, 10);
    const Tensor *z = mm_avgpool2d(g, mm_mbconv_forward(g, &b, y), (Pool2d){0});
    memcpy(mean, z->data, sizeof mean);
    golden_decimals("MBConv B, channel means", mean, wanted_b, 6, 10);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* ---- gradients ---- */

typedef struct Model {
    Params *ps;
    ModifiedResnet resnet;
    Efficientnet efficientnet;
    bool is_resnet;
    int size;
} Model;

/* The mean square of what four random pictures become, in training. */
static Tensor *loss_of(Graph *g, void *model)
{
    const Model *m = model;
    Tensor *x = mm_input(g, MM_SHAPE(4, 3, m->size, m->size), NULL);
    Lcg lcg = {1};
    lcg_fill(&lcg, x->data, x->n, 4);
    Tensor *y = m->is_resnet ? mm_modified_resnet_forward(g, &m->resnet, x) : mm_efficientnet_forward(g, &m->efficientnet, x);
    return mm_mean(g, mm_mul(g, y, y), MM_ALL);
}

static void check_directions(Model *m)
{
    ModelCheck worst;
    Lcg lcg = {2};
    for (int i = 0; i < mm_params_count(m->ps); i++) {
        lcg_fill_param(&lcg, mm_params_at(m->ps, i), 0.6); /* no zeros: they would hide a gradient */
    }
    if (!mm_modelcheck(m->ps, loss_of, m, 5, 1e-6, &worst)) {
        fail_msg("%s", worst.text);
    }
    mm_params_free(m->ps);
}

static void modified_resnet_gradient(void **state)
{
    (void)state;
    Model m = {.ps = mm_params_new(1), .is_resnet = true, .size = 64};
    m.resnet = mm_modified_resnet_init(m.ps, "visual", tiny_resnet);
    check_directions(&m);
}

static void efficientnet_gradient(void **state)
{
    (void)state;
    Model m = {.ps = mm_params_new(1), .size = 64};
    m.efficientnet = mm_efficientnet_init(m.ps, "vision_model", (EfficientnetConfig){0.25, 1, 64, 0.2});
    check_directions(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(modified_resnet), cmocka_unit_test(mbconv),
                                       cmocka_unit_test(modified_resnet_gradient), cmocka_unit_test(efficientnet_gradient)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
