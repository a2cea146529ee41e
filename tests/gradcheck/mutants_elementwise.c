/* mutants_elementwise.c: mistakes in ops that treat one element at a time, and mistakes that any op can have. */
#include <math.h>

#include "mutants.h"

/* Which element of input i the broadcast took for element k of y. */
static size_t source(const Tensor *y, int i, size_t k)
{
    Shape s = y->in[i]->shape;
    size_t at = 0, step = 1;
    for (int d = 1; d <= s.rank; d++) {
        size_t size = (size_t)y->shape.d[y->shape.rank - d];
        at += s.d[s.rank - d] == 1 ? 0 : k % size * step;
        step *= (size_t)s.d[s.rank - d];
        k /= size;
    }
    return at;
}

static real value(const Tensor *y, int i, size_t k)
{
    return y->in[i]->data[source(y, i, k)];
}

/* ---- any op ---- */

static void overwrites(Tensor *y)
{
    Tensor *r = right(y);
    for (int i = 0; i < y->n_in; i++) {
        for (size_t k = 0; k < y->in[i]->n && r->in[i]->grad; k++) {
            mm_grad(y->in[i])[k] = r->in[i]->grad[k];
        }
    }
}

static void wrong_sign(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->grad = zeros(y, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->grad[k] = -y->grad[k];
    }
    give(y, run(r));
}

/* The loop over rows ends one too early. */
static void last_row_skipped(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->grad = copied(y, y->grad, y->n);
    for (size_t k = y->n - (size_t)mm_last(y->shape); k < y->n; k++) {
        r->grad[k] = 0;
    }
    give(y, run(r));
}

const Mutant mutants_any[] = {
    {NULL, "= for +=", overwrites}, {NULL, "sign", wrong_sign}, {NULL, "last row skipped", last_row_skipped}, {0}};

/* ---- two operands ---- */

/* The last of the places where an element was repeated wins; their sum is forgotten. */
static void repeats_not_summed(Tensor *y)
{
    for (int i = 0; i < 2; i++) {
        Tensor *r = copy_of(y);
        real *total = zeros(y, y->in[i]->n), *to = mm_grad(y->in[i]);
        for (size_t k = 0; k < y->n && to; k++) {
            real dy = y->grad[k];
            total[source(r, i, k)] = y->op->name[0] == 'm' ? dy * value(y, 1 - i, k) : dy;
        }
        for (size_t k = 0; k < y->in[i]->n && to; k++) {
            to[k] += total[k];
        }
    }
}

static void only_a(Tensor *y)
{
    give_only(y, right(y), 0);
}

static void only_b(Tensor *y)
{
    give_only(y, right(y), 1);
}

/* da is right; db[source] += factor(k) dy */
static void give_b(Tensor *y, real (*factor)(const Tensor *y, size_t k))
{
    give_only(y, right(y), 0);
    real *db = mm_grad(y->in[1]);
    for (size_t k = 0; k < y->n && db; k++) {
        db[source(y, 1, k)] += factor(y, k) * y->grad[k];
    }
}

static real one(const Tensor *y, size_t k)
{
    (void)y, (void)k;
    return 1;
}

static real own_value(const Tensor *y, size_t k)
{
    return value(y, 1, k);
}

static real divided_once(const Tensor *y, size_t k)
{
    return -value(y, 0, k) / value(y, 1, k);
}

static real not_negative(const Tensor *y, size_t k)
{
    return value(y, 0, k) / (value(y, 1, k) * value(y, 1, k));
}

static void sub_sign_of_b(Tensor *y)
{
    give_b(y, one);
}

static void mul_own_value(Tensor *y)
{
    give_b(y, own_value);
}

static void div_one_division(Tensor *y)
{
    give_b(y, divided_once);
}

static void div_sign_of_b(Tensor *y)
{
    give_b(y, not_negative);
}

/* ---- one operand ---- */

static double Phi(double x)
{
    return 0.5 * (1 + erf(x * M_SQRT1_2));
}

static double phi(double x)
{
    return exp(-0.5 * x * x) / sqrt(2 * M_PI);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

SLOPE(affine_no_scale, 1)
SLOPE(affine_shift_counted, -1.7 + 0.3)
SLOPE(exp_of_x, x)
SLOPE(log_over_y, 1 / y)
SLOPE(log_no_division, 1)
SLOPE(relu_no_mask, 1)
SLOPE(relu_mask_of_dy, dy > 0)
SLOPE(relu_passes_negative, y > 0 ? 1 : 0.01)
SLOPE(gelu_no_product_rule, Phi(x))
SLOPE(gelu_no_density_constant, Phi(x) + x * exp(-0.5 * x * x))
SLOPE(gelu_rounded_constant, Phi(x) + x * exp(-0.5 * x * x) * 0.3989)
SLOPE(gelu_of_quick_gelu, sigmoid(1.702 * x) * (1 + 1.702 * x * (1 - sigmoid(1.702 * x))))
SLOPE(quick_gelu_no_factor, sigmoid(1.702 * x) + x * sigmoid(1.702 * x) * (1 - sigmoid(1.702 * x)))
SLOPE(quick_gelu_rounded, sigmoid(1.7 * x) + 1.7 * x * sigmoid(1.7 * x) * (1 - sigmoid(1.7 * x)))
SLOPE(quick_gelu_of_gelu, Phi(x) + x * phi(x))

/* ---- dropout ---- */

static void dropout_mask_ignored(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
    for (size_t k = 0; k < y->n; k++) {
        dx[k] += y->grad[k] / (real)(1 - 0.4);
    }
}

static void dropout_not_scaled(Tensor *y)
{
    real *dx = mm_grad(y->in[0]);
    for (size_t k = 0; k < y->n; k++) {
        dx[k] += y->data[k] != 0 ? y->grad[k] : 0;
    }
}

static void dropout_another_draw(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->grad = zeros(y, y->n);
    for (size_t k = 0; k < y->n; k++) {
        r->grad[k] = 1;
    }
    const real *factor = run(r)->in[0]->grad;
    for (size_t k = 0; k < y->n; k++) {
        mm_grad(y->in[0])[k] += y->grad[k] * factor[(k + 1) % y->n];
    }
}

static void drop_connect_by_element(Tensor *y)
{
    Tensor *r = copy_of(y);
    r->op = &mm_op_dropout;
    give(y, run(r));
}

const Mutant mutants_elementwise[] = {{"add", "a repeated operand's gradient is not summed", repeats_not_summed},
                                      {"add", "b gets nothing", only_a},
                                      {"sub", "db = dy: sign of the second operand", sub_sign_of_b},
                                      {"sub", "a gets nothing", only_b},
                                      {"mul", "db = b dy: its own value for the other's", mul_own_value},
                                      {"mul", "a repeated operand's gradient is not summed", repeats_not_summed},
                                      {"div", "db = -a dy / b: one division is missing", div_one_division},
                                      {"div", "db = a dy / b^2: sign", div_sign_of_b},
                                      {"affine", "dx = dy: the factor is missing", affine_no_scale},
                                      {"affine", "dx = (scale + shift) dy", affine_shift_counted},
                                      {"exp", "dx = x dy: input for output", exp_of_x},
                                      {"log", "dx = dy / y: output for input", log_over_y},
                                      {"log", "dx = dy", log_no_division},
                                      {"relu", "dx = dy: the mask is ignored", relu_no_mask},
                                      {"relu", "masked by the sign of dy", relu_mask_of_dy},
                                      {"relu", "0.01 dy below zero: another function's gradient", relu_passes_negative},
                                      {"gelu", "dx = Phi(x) dy: the term x phi(x) is missing", gelu_no_product_rule},
                                      {"gelu", "1/sqrt(2 pi) is missing", gelu_no_density_constant},
                                      {"gelu", "1/sqrt(2 pi) taken as 0.3989", gelu_rounded_constant},
                                      {"gelu", "the derivative of quick_gelu", gelu_of_quick_gelu},
                                      {"quick_gelu", "1.702 is missing in the second term", quick_gelu_no_factor},
                                      {"quick_gelu", "1.7 for 1.702", quick_gelu_rounded},
                                      {"quick_gelu", "the derivative of gelu", quick_gelu_of_gelu},
                                      {"dropout", "the mask is ignored", dropout_mask_ignored},
                                      {"dropout", "1/(1-p) is missing", dropout_not_scaled},
                                      {"dropout", "another draw than the forward's", dropout_another_draw},
                                      {"drop_connect", "the mask is ignored", dropout_mask_ignored},
                                      {"drop_connect", "1/(1-p) is missing", dropout_not_scaled},
                                      {"drop_connect", "a draw an element, as dropout", drop_connect_by_element},
                                      {0}};
