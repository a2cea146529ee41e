/* Squeeze and excite. */
#include "56.h"
#include "check.h"

#include <string.h>

enum { B = 2, C = 3, R = 2, PIXELS = 6, ALL = B * C * PIXELS };
typedef enum Fill { ZEROS, MEANS, BIASES, RANDOM } Fill;

typedef struct Setup {
    Params *ps;
    Graph *g;
    Mbconv m;
    Tensor *x;
} Setup;

static void fill(Tensor *t, real low, real high)
{
    low < high ? draw(t->data, t->n, (double)low, (double)high, t->name) : (void)memset(t->data, 0, t->n * sizeof(real));
}

static Setup set_up(Fill how)
{
    Setup s = {.ps = mm_params_new(1), .g = mm_graph_new(1)};
    const Init none = {MM_ZERO, 0};
    s.x = mm_param(s.ps, "x", MM_SHAPE(B, C, 2, 3), none);
    s.m.squeeze = (Excite){mm_param(s.ps, "w1", MM_SHAPE(R, C, 1, 1), none), mm_param(s.ps, "b1", MM_SHAPE(R), none)};
    s.m.excite = (Excite){mm_param(s.ps, "w2", MM_SHAPE(C, R, 1, 1), none), mm_param(s.ps, "b2", MM_SHAPE(C), none)};
    fill(s.x, -2, 3);
    real weights = how == MEANS || how == RANDOM ? 1 : 0, biases = how == BIASES || how == RANDOM ? 2 : 0;
    fill(s.m.squeeze.weight, -weights, 2 * weights);
    fill(s.m.excite.weight, -weights - biases, 2 * weights + biases);
    fill(s.m.squeeze.bias, -biases / 2, biases);
    fill(s.m.excite.bias, -biases, biases);
    return s;
}

static void tear_down(Setup *s)
{
    mm_graph_free(s->g);
    mm_params_free(s->ps);
}

static real sigmoid(real z)
{
    return 1 / (1 + exp(-z));
}

/* The factors of picture b, by hand. */
static void factors(const Setup *s, int b, real *factor)
{
    real hidden[R];
    for (int r = 0; r < R; r++) {
        hidden[r] = s->m.squeeze.bias->data[r];
        for (int i = 0; i < C * PIXELS; i++) {
            hidden[r] += s->m.squeeze.weight->data[r * C + i / PIXELS] * s->x->data[b * C * PIXELS + i] / PIXELS;
        }
        hidden[r] *= sigmoid(hidden[r]);
    }
    for (int c = 0; c < C; c++) {
        factor[c] = s->m.excite.bias->data[c];
        for (int r = 0; r < R; r++) {
            factor[c] += s->m.excite.weight->data[c * R + r] * hidden[r];
        }
        factor[c] = sigmoid(factor[c]);
    }
}

static void compare(Fill how)
{
    Setup s = set_up(how);
    real want[ALL], factor[C];
    for (int i = 0; i < ALL; i++) {
        factors(&s, i / (C * PIXELS), factor);
        want[i] = s.x->data[i] * factor[i / PIXELS % C];
    }
    Tensor *y = YOURS(squeeze_excite)(s.g, &s.m, s.x);
    expect(mm_shape_equal(y->shape, s.x->shape), "the result must have the shape of x");
    if (mm_shape_equal(y->shape, s.x->shape)) {
        expect_tensor("y", MM_SHAPE(B * C, PIXELS), y->data, want, 1e-9);
    }
    tear_down(&s);
}

/* d sum(y) / d each parameter, by differences of the values by hand. */
static void gradients(void)
{
    Setup s = set_up(RANDOM);
    mm_backward(s.g, mm_sum(s.g, YOURS(squeeze_excite)(s.g, &s.m, s.x), MM_ALL));
    for (int k = 0; k < mm_params_count(s.ps); k++) {
        Tensor *p = mm_params_at(s.ps, k);
        real want[ALL], factor[C];
        for (size_t i = 0; i < p->n; i++) {
            real kept = p->data[i], sum[2] = {0, 0};
            for (int side = 0; side < 2; side++) {
                p->data[i] = kept + (side ? (real)1e-5 : -(real)1e-5);
                for (int e = 0; e < ALL; e++) {
                    factors(&s, e / (C * PIXELS), factor);
                    sum[side] += s.x->data[e] * factor[e / PIXELS % C];
                }
            }
            p->data[i] = kept;
            want[i] = (sum[1] - sum[0]) / (real)2e-5;
        }
        expect_tensor(p->name, MM_SHAPE(1, (int)p->n), p->grad, want, 1e-6);
    }
    tear_down(&s);
}

void exercise_56(void)
{
    check("half", "weights and biases of 0", "sigmoid(0) is one half: y is half of x, and has its shape.");
    compare(ZEROS);
    check("means", "without biases", "The mean over the pixels, W1, silu, W2, sigmoid; each picture by itself.");
    compare(MEANS);
    check("biases", "without the first weights", "Both layers have a bias.");
    compare(BIASES);
    check("all", "everything at once", "The mean over the pixels, W1 and b1, silu, W2 and b2, sigmoid, times x.");
    compare(RANDOM);
    check("gradient", "gradients of x and of all weights", "Everything must be made by ops, or the gradient finds no way back.");
    gradients();
}
