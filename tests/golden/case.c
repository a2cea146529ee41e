/* case.c: see case.h. */
#include "case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

Case begin(const char *name)
{
    return (Case){golden_open("operations.json", name), mm_graph_new(1), mm_params_new(1), {1}};
}

Tensor *input(Case *c, Shape shape, double scale)
{
    Tensor *x = mm_param(c->ps, mm_name(c->ps, "d%d", mm_params_count(c->ps)), shape, (Init){MM_ZERO, 0});
    lcg_fill(&c->lcg, x->data, x->n, scale);
    return x;
}

/* Draws dy and goes back from y, so that the inputs have their gradients. */
static void go_back(Case *c, Tensor *y)
{
    Tensor *dy = mm_input(c->g, y->shape, NULL);
    lcg_fill(&c->lcg, dy->data, dy->n, 2);
    mm_backward_from(c->g, y, dy->data);
}

static void give_back(Case *c)
{
    mm_graph_free(c->g);
    mm_params_free(c->ps);
    golden_close(c->golden);
}

void end(Case *c, Tensor *y)
{
    golden_compare(c->golden, "y", y->data, y->n);
    go_back(c, y);
    for (int i = 0; i < mm_params_count(c->ps); i++) {
        const Tensor *x = mm_params_at(c->ps, i);
        golden_compare(c->golden, x->name, x->grad, x->n);
    }
    give_back(c);
}

bool end_agrees(Case *c, Tensor *y)
{
    bool ok = golden_agrees(c->golden, "y", y->data, y->n);
    go_back(c, y);
    for (int i = 0; i < mm_params_count(c->ps); i++) {
        const Tensor *x = mm_params_at(c->ps, i);
        ok = golden_agrees(c->golden, x->name, x->grad, x->n) && ok;
    }
    give_back(c);
    return ok;
}

void compare_gradients(Golden golden, Params *ps)
{
    Tensor *sorted[GOLDEN_PARAMS];
    int n = params_by_name(ps, sorted);
    assert_int_equal(n, json_object_size(golden.arrays));
    Lcg lcg = {54321};
    for (int i = 0; i < n; i++) {
        double sum = 0, sizes = 0;
        for (size_t k = 0; k < sorted[i]->n; k++) {
            double term = (double)sorted[i]->grad[k] * 2 * lcg_draw(&lcg);
            sum += term;
            sizes += fabs(term);
        }
        double wanted = json_number_value(json_object_get(golden.arrays, sorted[i]->name));
        /* 1e-15: the bias of keys adds the same to all scores of a query, so its gradient is 0, but for rounding. */
        golden_number(mm_name(ps, "%s of %s, with draws", golden.name, sorted[i]->name), sum, wanted,
                      1e-9 + (1e-12 * sizes + 1e-15) / fabs(wanted));
    }
}
