/* backward.c: a learner's backward beside the engine's. */
#include "check.h"
#include "judge.h"

/* Gradients of all inputs, one after the other, by op as it is. */
static Tensor *run(Graph *g, const Op *op, void (*backward)(Tensor *y), const Check *c, Tensor *const *x, double start)
{
    for (int i = 0; i < c->n_in; i++) {
        draw(x[i]->data, x[i]->n, c->low || c->high ? (double)c->low : -1, c->low || c->high ? (double)c->high : 1, x[i]->name);
        for (size_t k = 0; k < x[i]->n; k++) {
            x[i]->grad[k] = (real)start;
        }
    }
    Tensor *y = c->build(g, x);
    real *dy = mm_reals(g, y->n);
    draw(dy, y->n, -1, 1, "dy");
    Op *tested = mm_arena(g, sizeof *tested);
    *tested = *op;
    tested->backward = backward;
    for (int id = 0; id < mm_graph_size(g); id++) {
        Tensor *node = mm_graph_node(g, id);
        node->op = node->op == op ? tested : node->op;
    }
    mm_backward_from(g, y, dy);
    return y;
}

void expect_backward(const Op *op, void (*theirs)(Tensor *y), const Check *c, double start)
{
    judge_draw_op(op, theirs, c);
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x[MM_MAX_CHECK_INPUTS];
    real *want[MM_MAX_CHECK_INPUTS];
    for (int i = 0; i < c->n_in; i++) {
        x[i] = mm_param(ps, mm_name(ps, "x%d", i), c->in[i], (Init){MM_ZERO, 0});
    }
    run(g, op, op->backward, c, x, start);
    for (int i = 0; i < c->n_in; i++) {
        want[i] = mm_params_memory(ps, x[i]->n * sizeof(real));
        memcpy(want[i], x[i]->grad, x[i]->n * sizeof(real));
    }
    mm_graph_reset(g);
    run(g, op, theirs, c, x, start);
    for (int i = 0; i < c->n_in; i++) {
        char name[64];
        snprintf(name, sizeof name, "the gradient of input %d", i);
        expect_tensor(name, x[i]->shape, x[i]->grad, want[i], 1e-9);
    }
    mm_graph_free(g);
    mm_params_free(ps);
}
