/* mutants_functions.c: mistakes in activations and in the functions that distances and angles are made of. */
#include <math.h>

#include "mutants.h"

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* The gate of gelu_tanh: sigmoid(scale (x + cube x^3)), and its slope without the factor of the chain. */
static double gate(double x, double scale, double cube)
{
    return sigmoid(scale * (x + cube * x * x * x));
}

static double gelu_tanh_slope(double x, double scale, double cube, double du)
{
    double s = gate(x, scale, cube);
    return s + x * s * (1 - s) * du;
}

static const double GELU_SCALE = 1.5957691216057308;

SLOPE(sigmoid_right, y *(1 - y))
SLOPE(sigmoid_of_x, x *(1 - x))
SLOPE(sigmoid_one_factor, 1 - y)
SLOPE(sigmoid_twice, sigmoid(y) * (1 - sigmoid(y)))
SLOPE(tanh_not_squared, 1 - y)
SLOPE(tanh_of_x, 1 - x * x)
SLOPE(tanh_of_sigmoid, y *(1 - y))
SLOPE(silu_gate_only, sigmoid(x))
SLOPE(silu_no_x, sigmoid(x) + sigmoid(x) * (1 - sigmoid(x)))
SLOPE(silu_of_y, y + x * y * (1 - y))
SLOPE(softplus_of_y, sigmoid(y))
SLOPE(softplus_sign, 1 - sigmoid(x))
SLOPE(softplus_step, x > 0)
SLOPE(gelu_tanh_no_cube, gelu_tanh_slope(x, GELU_SCALE, 0.044715, GELU_SCALE))
SLOPE(gelu_tanh_no_three, gelu_tanh_slope(x, GELU_SCALE, 0.044715, GELU_SCALE *(1 + 0.044715 * x * x)))
SLOPE(gelu_tanh_rounded, gelu_tanh_slope(x, GELU_SCALE, 0.0447, GELU_SCALE *(1 + 3 * 0.0447 * x * x)))
SLOPE(gelu_tanh_of_gelu, 0.5 * (1 + erf(x * M_SQRT1_2)) + x * exp(-0.5 * x * x) / sqrt(2 * M_PI))
SLOPE(leaky_relu_of_relu, x > 0)
SLOPE(leaky_relu_mask_of_dy, dy > 0 ? 1 : 0.1)
SLOPE(leaky_relu_usual_slope, x > 0 ? 1 : 0.01)
SLOPE(leaky_relu_negative, x > 0 ? 1 : -0.1)
SLOPE(abs_no_sign, 1)
SLOPE(abs_of_y, y)
SLOPE(abs_of_relu, x > 0)
SLOPE(sqrt_no_two, 1 / y)
SLOPE(sqrt_of_x, 1 / (2 * x))
SLOPE(sqrt_product, 0.5 * y)
SLOPE(sinh_of_y, y)
SLOPE(sinh_sign, -cosh(x))
SLOPE(sinh_of_sin, cos(x))
SLOPE(acosh_of_asinh, 1 / sqrt(x * x + 1))
SLOPE(acosh_no_root, 1 / (x * x - 1))
SLOPE(acosh_of_y, 1 / sqrt(y * y - 1))
SLOPE(asin_of_acos, -1 / sqrt(1 - x * x))
SLOPE(asin_of_atan, 1 / (1 + x * x))
SLOPE(asin_of_y, 1 / sqrt(1 - y * y))
SLOPE(acos_of_asin, 1 / sqrt(1 - x * x))
SLOPE(acos_no_root, -1 / (1 - x * x))
SLOPE(acos_not_squared, -1 / sqrt(1 - x))
SLOPE(clamp_no_mask, 1)
SLOPE(clamp_one_side, x <= 0.3)
SLOPE(clamp_other_side, x >= -0.6)
SLOPE(clamp_mask_turned, x != y)

const Mutant mutants_functions[] = {{"sigmoid", NULL, sigmoid_right},
                                    {"sigmoid", "dx = x (1 - x) dy: input for output", sigmoid_of_x},
                                    {"sigmoid", "dx = (1 - y) dy: one factor is missing", sigmoid_one_factor},
                                    {"sigmoid", "sigmoid taken of y, which has it already", sigmoid_twice},
                                    {"tanh", "dx = (1 - y) dy: the square is missing", tanh_not_squared},
                                    {"tanh", "dx = (1 - x^2) dy: input for output", tanh_of_x},
                                    {"tanh", "the derivative of sigmoid", tanh_of_sigmoid},
                                    {"silu", "dx = s dy: the product rule's second term is missing", silu_gate_only},
                                    {"silu", "x is missing in the second term", silu_no_x},
                                    {"silu", "the output for the sigmoid", silu_of_y},
                                    {"softplus", "dx = sigmoid(y) dy: output for input", softplus_of_y},
                                    {"softplus", "dx = sigmoid(-x) dy", softplus_sign},
                                    {"softplus", "the derivative of relu", softplus_step},
                                    {"gelu_tanh", "the cube is missing in u'", gelu_tanh_no_cube},
                                    {"gelu_tanh", "the factor 3 is missing in u'", gelu_tanh_no_three},
                                    {"gelu_tanh", "0.044715 rounded to 0.0447", gelu_tanh_rounded},
                                    {"gelu_tanh", "the derivative of gelu in its erf form", gelu_tanh_of_gelu},
                                    {"leaky_relu", "the derivative of relu", leaky_relu_of_relu},
                                    {"leaky_relu", "masked by the sign of dy", leaky_relu_mask_of_dy},
                                    {"leaky_relu", "the usual slope 0.01 for the one that was given", leaky_relu_usual_slope},
                                    {"leaky_relu", "sign of the slope", leaky_relu_negative},
                                    {"abs", "dx = dy", abs_no_sign},
                                    {"abs", "dx = y dy", abs_of_y},
                                    {"abs", "nothing below zero", abs_of_relu},
                                    {"sqrt", "the factor 1/2 is missing", sqrt_no_two},
                                    {"sqrt", "dx = dy / (2 x): input for output", sqrt_of_x},
                                    {"sqrt", "a product for the quotient", sqrt_product},
                                    {"sinh", "dx = sinh(x) dy, as if it were exp", sinh_of_y},
                                    {"sinh", "sign, as of a cosine", sinh_sign},
                                    {"sinh", "dx = cos(x) dy", sinh_of_sin},
                                    {"acosh", "the derivative of asinh", acosh_of_asinh},
                                    {"acosh", "the root is missing", acosh_no_root},
                                    {"acosh", "output for input", acosh_of_y},
                                    {"asin", "the derivative of acos", asin_of_acos},
                                    {"asin", "the derivative of atan", asin_of_atan},
                                    {"asin", "output for input", asin_of_y},
                                    {"acos", "the derivative of asin", acos_of_asin},
                                    {"acos", "the root is missing", acos_no_root},
                                    {"acos", "the square is missing", acos_not_squared},
                                    {"clamp", "dx = dy: the limits are ignored", clamp_no_mask},
                                    {"clamp", "the lower limit is ignored", clamp_one_side},
                                    {"clamp", "the upper limit is ignored", clamp_other_side},
                                    {"clamp", "the mask is turned round", clamp_mask_turned},
                                    {0}};
