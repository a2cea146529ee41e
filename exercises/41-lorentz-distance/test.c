/* Distances in the Lorentz model. */
#include "41.h"
#include "check.h"
#include "mm/nn.h"

enum { N = 2, M = 3, D = 3 };

typedef struct Result {
    real d[N * M], dx[N * D], dy[M * D], dc;
} Result;

static Result run(__typeof__(mm_lorentz_distance) *distance, const real *x, const real *y, real curvature)
{
    Result r = {0};
    real weights[N * M];
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *a = mm_param(ps, "x", MM_SHAPE(N, D), (Init){MM_ZERO, 0}), *b = mm_param(ps, "y", MM_SHAPE(M, D), (Init){MM_ZERO, 0});
    Tensor *c = mm_param(ps, "c", MM_SCALAR, (Init){MM_CONSTANT, curvature});
    memcpy(a->data, x, a->n * sizeof *x);
    memcpy(b->data, y, b->n * sizeof *y);
    Tensor *d = distance(g, a, b, c);
    expect(mm_shape_equal(d->shape, MM_SHAPE(N, M)), "the distances must be (%d, %d)", N, M);
    if (mm_shape_equal(d->shape, MM_SHAPE(N, M))) {
        memcpy(r.d, d->data, sizeof r.d);
        draw(weights, N * M, -1, 1, "weights");
        mm_backward(g, mm_sum(g, mm_mul(g, d, mm_input(g, d->shape, weights)), MM_ALL));
        memcpy(r.dx, a->grad, sizeof r.dx);
        memcpy(r.dy, b->grad, sizeof r.dy);
        r.dc = *c->grad;
    }
    mm_graph_free(g);
    mm_params_free(ps);
    return r;
}

void exercise_41(void)
{
    static const real x[N * D] = {0.3, -0.2, 0.5, 1, 0.4, -0.7}, y[M * D] = {0.1, 0.9, -0.3, 0.6, 0.2, -0.9, -2, 1, 0.5},
                            origin[M * D] = {0}, same[M * D] = {0.3, -0.2, 0.5, 0.3, -0.2, 0.5, 1, 0.4, -0.7};
    check("plain", "curvature 1", "With c = 1 it is arcosh of minus the inner product.");
    expect_tensor("d", MM_SHAPE(N, M), run(YOURS(mm_lorentz_distance), x, y, 1).d, run(mm_lorentz_distance, x, y, 1).d, 1e-9);
    check("curved", "curvature 1/2: distances from the origin",
          "From the origin to x it is arsinh(sqrt(c) |x|) / sqrt(c): c goes into the argument, its root out of the result.");
    expect_tensor("d", MM_SHAPE(N, M), run(YOURS(mm_lorentz_distance), x, origin, (real)0.5).d,
                  run(mm_lorentz_distance, x, origin, (real)0.5).d, 1e-9);
    check("itself", "a point and itself",
          "Rounding can make the argument less than 1, and at 1 the slope is infinite: clamp it from below.");
    Result got = run(YOURS(mm_lorentz_distance), x, same, 1);
    for (int i = 0; i < N * D; i++) {
        expect(isfinite(got.dx[i]), "the gradient of x is %g", (double)got.dx[i]);
    }
    expect(isfinite(got.d[0]) && got.d[0] < (real)1e-3, "d of a point and itself is %g", (double)got.d[0]);
    check("gradient", "gradients of x, y and c", "Ops alone, also where the curvature comes in.");
    Result want = run(mm_lorentz_distance, x, y, (real)0.5);
    got = run(YOURS(mm_lorentz_distance), x, y, (real)0.5);
    expect_tensor("dx", MM_SHAPE(N, D), got.dx, want.dx, 1e-9);
    expect_tensor("dy", MM_SHAPE(M, D), got.dy, want.dy, 1e-9);
    expect_number("dc", (double)got.dc, (double)want.dc, 1e-9);
}
