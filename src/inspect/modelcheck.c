/* modelcheck.c: the gradient of a whole model, along random directions. */
#include "mm/inspect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 5 };
static const double STEP = 1e-5;

static double evaluate(ModelLoss loss, void *model)
{
    Graph *g = mm_graph_new(1); /* the same seed each time: dropout drops the same elements */
    mm_graph_record(g, false);
    double value = loss(g, model)->data[0];
    mm_graph_free(g);
    return value;
}

/* How many numbers of p the gradient has: those of a buffer are not learned. */
static size_t learned(const Tensor *p)
{
    return p->needs_grad ? p->n : 0;
}

/* p = kept + h v, over all parameters laid end to end */
static void move(Params *ps, const real *kept, const double *v, double h)
{
    size_t at = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        Tensor *p = mm_params_at(ps, i);
        for (size_t k = 0; k < learned(p); k++, at++) {
            p->data[k] = (real)(kept[at] + h * v[at]);
        }
    }
}

static double slope(Params *ps, ModelLoss loss, void *model, const real *kept, const double *v, double h)
{
    move(ps, kept, v, h);
    double plus = evaluate(loss, model);
    move(ps, kept, v, -h);
    double minus = evaluate(loss, model);
    move(ps, kept, v, 0);
    return (plus - minus) / (2 * h);
}

/* v: a random direction of length 1. Returns gradient . v */
static double draw_direction(Params *ps, double *v, size_t n, Rng *rng)
{
    double length = 0, dot = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = mm_normal(rng);
        length += v[i] * v[i];
    }
    length = sqrt(length);
    size_t at = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        Tensor *p = mm_params_at(ps, i);
        for (size_t k = 0; k < learned(p); k++, at++) {
            v[at] /= length;
            dot += v[at] * p->grad[k];
        }
    }
    return dot;
}

static double analytic_gradient(Params *ps, ModelLoss loss, void *model, real *kept, ModelCheck *worst)
{
    mm_params_zero_grad(ps);
    Graph *g = mm_graph_new(1);
    Tensor *l = loss(g, model);
    worst->loss = l->data[0];
    mm_backward(g, l);
    mm_graph_free(g);
    double norm = 0;
    size_t at = 0;
    for (int i = 0; i < mm_params_count(ps); i++) {
        Tensor *p = mm_params_at(ps, i);
        for (size_t k = 0; k < learned(p); k++) {
            kept[at++] = p->data[k];
            norm += (double)p->grad[k] * p->grad[k];
        }
    }
    return sqrt(norm);
}

/* One direction; drawn again if a kink, as of relu, lies within the step: then two step sizes disagree. */
static void check_direction(Params *ps, ModelLoss loss, void *model, const real *kept, double *v, Rng *rng, double floor,
                            ModelCheck *r)
{
    size_t n = mm_params_numel(ps);
    for (int try = 0; try < TRIES; try++) {
        r->analytic = draw_direction(ps, v, n, rng);
        r->numeric = slope(ps, loss, model, kept, v, STEP);
        double half = slope(ps, loss, model, kept, v, STEP / 2);
        double scale = fabs(r->numeric) + fabs(r->analytic) + floor;
        r->error = fabs(r->numeric - r->analytic) / scale;
        if (fabs(r->numeric - half) <= 1e-6 * scale) {
            break;
        }
    }
    r->error = isfinite(r->error) ? r->error : INFINITY;
}

bool mm_modelcheck(Params *ps, ModelLoss loss, void *model, int directions, double tolerance, ModelCheck *worst)
{
    ModelCheck none, now = {0}, *w = worst ? worst : &none;
    size_t n = mm_params_numel(ps);
    real *kept = malloc(n * sizeof *kept);
    double *v = malloc(n * sizeof *v);
    if (!kept || !v) {
        mm_fail(mm_params_handler(ps), "no memory to check the gradient of %zu parameters", n);
    }
    double norm = analytic_gradient(ps, loss, model, kept, &now);
    double floor = norm / sqrt((double)n) * 1e-2 + 1e-12; /* at right angles to the gradient there is only rounding */
    Rng rng = mm_rng(1, "directions");
    *w = now;
    for (int d = 0; d < directions; d++) {
        check_direction(ps, loss, model, kept, v, &rng, floor, &now);
        if (d == 0 || now.error > w->error) {
            *w = now;
            snprintf(w->text, sizeof w->text,
                     "loss %.9g, gradient norm %.4g; along direction %d: numeric %.9g, analytic %.9g, error %.1e", w->loss, norm,
                     d, w->numeric, w->analytic, w->error);
        }
    }
    free(kept);
    free(v);
    return w->error <= tolerance;
}
