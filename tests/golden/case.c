/* case.c: see case.h. */
#include "case.h"

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

void end(Case *c, Tensor *y)
{
    golden_compare(c->golden, "y", y->data, y->n);
    Tensor *dy = mm_input(c->g, y->shape, NULL);
    lcg_fill(&c->lcg, dy->data, dy->n, 2);
    mm_backward_from(c->g, y, dy->data);
    for (int i = 0; i < mm_params_count(c->ps); i++) {
        const Tensor *x = mm_params_at(c->ps, i);
        golden_compare(c->golden, x->name, x->grad, x->n);
    }
    mm_graph_free(c->g);
    mm_params_free(c->ps);
    golden_close(c->golden);
}
