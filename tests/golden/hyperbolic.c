/* hyperbolic.c: the Lorentz model against numbers that MERU's lorentz.py printed, in float, and its gradients against PyTorch's. */
#include "case.h"
#include "mm/nn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* [lorentz_lift] [lorentz_distance] [entailment] */
static void as_meru(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    Tensor *v = mm_input(g, MM_SHAPE(2, 3), (const real[]){0.3, -0.2, 0.5, 1, 0.4, -0.7});
    Tensor *w = mm_input(g, MM_SHAPE(2, 3), (const real[]){0.1, 0.9, -0.3, 0.6, 0.2, -0.9});
    Tensor *c = mm_input(g, MM_SCALAR, (const real[]){1}), *half = mm_input(g, MM_SCALAR, (const real[]){0.5});
    Tensor *x = mm_lorentz_exp0(g, v, c), *y = mm_lorentz_exp0(g, w, c), *x_half = mm_lorentz_exp0(g, v, half);
    static const double x_wanted[] = {0.31936428, -0.21290952, 0.53227377, 1.29859948, 0.51943982, -0.90901965};
    golden_of_float("MERU exp0, c = 1", x->data, x_wanted, 6);
    golden_of_float("MERU distance, c = 1", mm_lorentz_distance(g, x, y, c)->data,
                    (double[]){1.40105665, 1.52043235, 1.25147867, 0.59045750}, 4);
    golden_of_float("MERU half aperture, c = 1", mm_lorentz_half_aperture(g, x, c, 0.1)->data, (double[]){0.30969757, 0.12018738},
                    2);
    golden_of_float("MERU exterior angle, c = 1", mm_lorentz_exterior_angle(g, x, y, c)->data, (double[]){2.61956954, 2.21362448},
                    2);
    golden_of_float("MERU exp0, c = 0.5", x_half->data, (double[]){0.30959067, -0.20639378, 0.51598442}, 3);
    golden_of_float("MERU half aperture, c = 0.5", mm_lorentz_half_aperture(g, x_half, half, 0.1)->data,
                    (double[]){0.46074727, 0.19380765}, 2);
    mm_graph_free(g);
}

static Tensor *curvature(Case *c)
{
    return mm_affine(c->g, input(c, MM_SCALAR, 1), 1, 1.5);
}

static void gradients(void **state)
{
    (void)state;
    Case c = begin("lorentz_exp0");
    Tensor *x = input(&c, MM_SHAPE(3, 4), 4), *y;
    end(&c, mm_lorentz_exp0(c.g, x, curvature(&c)));
    c = begin("lorentz_distance");
    x = input(&c, MM_SHAPE(3, 4), 4), y = input(&c, MM_SHAPE(5, 4), 4);
    end(&c, mm_lorentz_distance(c.g, x, y, curvature(&c)));
    c = begin("lorentz_half_aperture");
    x = input(&c, MM_SHAPE(3, 4), 4);
    end(&c, mm_lorentz_half_aperture(c.g, x, curvature(&c), 0.1));
    c = begin("lorentz_exterior_angle");
    x = input(&c, MM_SHAPE(3, 4), 4), y = input(&c, MM_SHAPE(3, 4), 4);
    end(&c, mm_lorentz_exterior_angle(c.g, x, y, curvature(&c)));
    c = begin("entailment");
    x = input(&c, MM_SHAPE(3, 4), 4), y = input(&c, MM_SHAPE(3, 4), 4);
    end(&c, mm_entailment_loss(c.g, x, y, curvature(&c), 0.1));
}

/* What lies on the edge of a formula: the origin, a point against itself, points so near or so far that they must be clamped.
 * All is finite, gradients too. */
static void corners(void **state)
{
    (void)state;
    static const real points[] = {0, 0, 1e-5, 0, 0.5, 0.25, 0.5, 0.25, 1e4, -1e4};
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *v = mm_param(ps, "v", MM_SHAPE(5, 2), (Init){MM_ZERO, 0}), *c = mm_param(ps, "c", MM_SCALAR, (Init){MM_CONSTANT, 1});
    for (int i = 0; i < 10; i++) {
        v->data[i] = points[i];
    }
    Tensor *x = mm_lorentz_exp0(g, v, c);
    Tensor *near = mm_slice(g, x, 0, 0, 4), *distance = mm_lorentz_distance(g, near, near, c);
    for (int i = 0; i < 4; i++) {
        assert_true(distance->data[5 * i] < (sizeof(real) == sizeof(double) ? 2e-4 : 1e-3)); /* arcosh(1 + EPS) */
    }
    Tensor *loss = mm_add(g, mm_mean(g, distance, MM_ALL), mm_entailment_loss(g, near, near, c, 0.1));
    mm_backward(g, mm_add(g, loss, mm_mean(g, mm_lorentz_half_aperture(g, x, c, 0.1), 0)));
    assert_true(isfinite(*loss->data));
    assert_true(isfinite(*c->grad));
    for (int i = 0; i < 10; i++) {
        assert_true(isfinite(x->data[i]));
        assert_true(isfinite(v->grad[i]));
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_meru), cmocka_unit_test(gradients), cmocka_unit_test(corners)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
