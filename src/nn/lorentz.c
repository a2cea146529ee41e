/* lorentz.c: hyperbolic space, where the room grows exponentially with the distance from the origin, as the number of concepts
 * does with their depth in a tree. The Lorentz model of curvature -c is the sheet of all (x, x_t) with
 *     <x, x>_L = x . x - x_t^2 = -1/c,    so x_t = sqrt(1/c + |x|^2),
 * and the space part x alone names the point. Formulas and clamps are those of MERU (Desai et al. 2023, lorentz.py). */
#include "mm/nn.h"

#include <float.h>
#include <math.h>

/* How near to the edge of acosh, asin and acos an argument may come. MERU has 1e-8, which a float cannot tell from the edge
 * itself, where the slope is infinite. */
/* region eps */
static const real EPS = sizeof(real) == sizeof(double) ? (real)1e-8 : (real)FLT_EPSILON;
/* end eps */

static Tensor *reciprocal(Graph *g, Tensor *c)
{
    return mm_div(g, mm_input(g, MM_SCALAR, (real[]){1}), c);
}

static Tensor *time_part(Graph *g, Tensor *x, Tensor *c)
{
    return mm_sqrt(g, mm_add(g, mm_sum(g, mm_mul(g, x, x), -1), reciprocal(g, c))); /* (B) */
}

static Tensor *within_one(Graph *g, Tensor *x)
{
    return mm_clamp(g, x, -1 + EPS, 1 - EPS);
}

/* [lorentz_lift] sinh(sqrt(c) |v|) v / (sqrt(c) |v|); beyond asinh(2^15) a point would be too far away for its type */
Tensor *mm_lorentz_exp0(Graph *g, Tensor *v, Tensor *c)
{
    Tensor *length = mm_mul(g, mm_reshape(g, mm_norm(g, v, -1), MM_SHAPE(v->shape.d[0], 1)), mm_sqrt(g, c)); /* (B, 1) */
    Tensor *far = mm_sinh(g, mm_clamp(g, length, EPS, (real)asinh(32768)));
    return mm_mul(g, v, mm_div(g, far, mm_clamp(g, length, EPS, INFINITY)));
}

/* <x_i, y_j>_L = x_i . y_j - x_it y_jt */
Tensor *mm_lorentz_inner(Graph *g, Tensor *x, Tensor *y, Tensor *c)
{
    Tensor *x_time = mm_reshape(g, time_part(g, x, c), MM_SHAPE(x->shape.d[0], 1)); /* (N, 1) */
    return mm_sub(g, mm_matmul(g, x, y, MM_NT), mm_mul(g, x_time, time_part(g, y, c)));
}

/* [lorentz_distance] arcosh(-c <x, y>_L) / sqrt(c); for a point and itself the argument is 1, and a little less by rounding */
Tensor *mm_lorentz_distance(Graph *g, Tensor *x, Tensor *y, Tensor *c)
{
    /* region lorentz_distance */
    Tensor *cosh_of = mm_affine(g, mm_mul(g, mm_lorentz_inner(g, x, y, c), c), -1, 0);
    return mm_div(g, mm_acosh(g, mm_clamp(g, cosh_of, 1 + EPS, INFINITY)), mm_sqrt(g, c));
    /* end lorentz_distance */
}

/* arcsin(2 K / (sqrt(c) |x|)): the cone of what x entails is the wider, the nearer x is to the origin, which entails all */
Tensor *mm_lorentz_half_aperture(Graph *g, Tensor *x, Tensor *c, real min_radius)
{
    Tensor *length = mm_affine(g, mm_mul(g, mm_norm(g, x, -1), mm_sqrt(g, c)), 1, EPS); /* (B) */
    Tensor *sine = mm_div(g, mm_input(g, MM_SCALAR, (real[]){2 * min_radius}), length);
    return mm_asin(g, within_one(g, sine));
}

/* The angle at x of the triangle origin, x, y, measured from outside: 0 where y lies straight behind x.
 * arccos((y_t + x_t u) / (|x| sqrt(u^2 - 1))) with u = c <x, y>_L, by the hyperbolic law of cosines */
Tensor *mm_lorentz_exterior_angle(Graph *g, Tensor *x, Tensor *y, Tensor *c)
{
    Tensor *x_time = time_part(g, x, c), *y_time = time_part(g, y, c); /* (B) */
    Tensor *inner = mm_sub(g, mm_sum(g, mm_mul(g, x, y), -1), mm_mul(g, x_time, y_time));
    Tensor *u = mm_mul(g, inner, c);
    Tensor *above = mm_add(g, y_time, mm_mul(g, x_time, u));
    Tensor *root = mm_sqrt(g, mm_clamp(g, mm_affine(g, mm_mul(g, u, u), 1, -1), EPS, INFINITY));
    Tensor *below = mm_affine(g, mm_mul(g, mm_norm(g, x, -1), root), 1, EPS);
    return mm_acos(g, within_one(g, mm_div(g, above, below)));
}

/* [entailment] max(0, angle - half aperture): 0 where specific lies in the cone that opens at general, away from the origin */
Tensor *mm_entailment_loss(Graph *g, Tensor *general, Tensor *specific, Tensor *c, real min_radius)
{
    /* region entailment */
    Tensor *angle = mm_lorentz_exterior_angle(g, general, specific, c);
    return mm_mean(g, mm_relu(g, mm_sub(g, angle, mm_lorentz_half_aperture(g, general, c, min_radius))), MM_ALL);
    /* end entailment */
}
