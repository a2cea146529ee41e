/* trace.c: what is told of a step is what happened on the tape: statistics, the order of the backward pass, and what each op
 * added to which gradient. Run in float and in double. */
#include "inspect/trace.h"
#include "towers.h"

static const double rounding = sizeof(real) == 4 ? 1e-6 : 1e-14;

static Trace *trace_of(const Towers *t)
{
    return mm_trace_new(t->g, t->loss, &(DrawOptions){.watch = t->watch});
}

static void check_stat(const Stat *s, const real *x, size_t n)
{
    double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
    size_t counted = 0, zeros = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
        low = fmin(low, (double)x[i]);
        high = fmax(high, (double)x[i]);
        zeros += x[i] == 0;
        assert_true(!s->data || s->data[i] == (double)x[i]);
    }
    for (int b = 0; b < MM_BINS; b++) {
        counted += s->bin[b];
    }
    assert_true(s->n == n && s->zeros == zeros && s->bad == 0 && counted == n && !s->data == (n > MM_SMALL));
    assert_true(s->min == low && s->max == high);
    assert_true(fabs(s->squares - squares) <=
                1e-12 * squares); /* here or there a product and a sum may be one instruction, rounded once */
    assert_near(s->mean, sum / (double)n, 1e-12);
    assert_true(low == high ||
                (s->bin[0] > 0 && s->bin[MM_BINS - 1] > 0)); /* the smallest and the largest are in the outer bins */
}

static void numbers_are_those_of_the_tape(void **state)
{
    (void)state;
    Towers t = towers_new_watched(2, true);
    Trace *trace = trace_of(&t);
    assert_int_equal(trace->n, mm_graph_size(t.g));
    for (int i = 0; i < trace->n; i++) {
        const Tensor *x = mm_graph_node(t.g, i);
        check_stat(&trace->node[i].value, x->data, x->n);
        assert_int_equal(trace->node[i].flows, x->needs_grad && x->grad);
        if (trace->node[i].flows) {
            check_stat(&trace->node[i].grad, x->grad, x->n);
        }
    }
    mm_trace_free(trace);
    towers_free(t);
}

static void order_of_the_backward_pass(void **state)
{
    (void)state;
    Towers t = towers_new_watched(2, true);
    Trace *trace = trace_of(&t);
    int placed = 0, flowing = 0;
    for (int i = 0; i < trace->n; i++) {
        const TraceNode *y = &trace->node[i];
        placed += y->place >= 0;
        flowing += y->kind == NODE_OP && y->flows;
        assert_int_equal(y->place >= 0, y->kind == NODE_OP && y->flows);
        assert_true(y->place < 0 || (y->forward >= 0 && y->backward >= 0));
        for (int k = 0; k < y->n_in && y->place >= 0; k++) {
            const TraceNode *x = &trace->node[y->in[k]];
            assert_true(x->place < 0 || x->place > y->place);
        }
    }
    assert_int_equal(placed, flowing);
    assert_int_equal(trace->node[t.loss->id].place, 0);
    mm_trace_free(trace);
    towers_free(t);
}

/* Follows one tensor's gradient from nothing to what it became, op by op in the order of the backward pass. */
static void follow(const Trace *t, int x)
{
    double share = 0, before = 0, sum[MM_SMALL] = {0};
    const Stat *g = &t->node[x].grad;
    int uses = 0;
    for (int y = t->n - 1; y > x; y--) {
        for (int k = 0; k < t->node[y].n_added; k++) {
            const Contribution *c = &t->node[y].added[k];
            if (c->to != x) {
                continue;
            }
            assert_true(c->before == before && !c->data == !g->data);
            for (size_t i = 0; g->data && i < g->n; i++) {
                sum[i] += c->data[i];
            }
            before = c->after;
            share += c->share;
            uses++;
        }
    }
    assert_true(uses > 0);
    assert_near(before, sqrt(g->squares), 1e-12);
    if (g->squares > 0) {
        assert_near(share, 1, 10 * rounding);
    }
    for (size_t i = 0; g->data && i < g->n; i++) {
        assert_true(fabs(sum[i] - g->data[i]) <= rounding * sqrt(g->squares));
    }
}

static void contributions_make_the_gradient(void **state)
{
    (void)state;
    Towers t = towers_new_watched(2, true);
    Trace *trace = trace_of(&t);
    int followed = 0;
    for (int i = 0; i < trace->n; i++) {
        if (trace->node[i].flows && i != t.loss->id) {
            follow(trace, i);
            followed++;
        }
    }
    assert_true(followed > 50);
    mm_trace_free(trace);
    towers_free(t);
}

static Tensor *param(Params *ps, const char *name, real a, real b)
{
    Tensor *p = mm_param(ps, name, MM_SHAPE(2), (Init){MM_ZERO, 0});
    p->data[0] = a;
    p->data[1] = b;
    return p;
}

static const Contribution *added(const Trace *t, int op, int to)
{
    for (int k = 0; k < t->node[op].n_added; k++) {
        if (t->node[op].added[k].to == to) {
            return &t->node[op].added[k];
        }
    }
    fail_msg("n%d adds nothing to n%d", op, to);
    return NULL;
}

/* L = sum(s s + x s), all worked out by hand. s s takes s twice and is one contribution, 2 s; x s adds x. */
static void by_hand(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Watch *w = mm_watch_new(g);
    Tensor *s = param(ps, "s", 2, 4), *x = param(ps, "x", 3, -8);
    Tensor *square = mm_mul(g, s, s), *product = mm_mul(g, x, s);
    Tensor *loss = mm_sum(g, mm_add(g, square, product), MM_ALL);
    mm_backward(g, loss);
    Trace *t = mm_trace_new(g, loss, &(DrawOptions){.watch = w});
    assert_int_equal(t->node[square->id].n_added, 1);
    const Contribution *first = added(t, product->id, s->id), *second = added(t, square->id, s->id);
    assert_true(first->data[0] == 3 && first->data[1] == -8 && second->data[0] == 4 && second->data[1] == 8);
    assert_true(first->before == 0 && t->node[product->id].place < t->node[square->id].place);
    assert_near(first->norm, sqrt(9 + 64), 1e-12);
    assert_near(second->before, sqrt(9 + 64), 1e-12);
    assert_near(second->after, 7, 1e-12);                   /* (7, 0) */
    assert_near(first->share, 3 * 7 / 49.0, 10 * rounding); /* <(3, -8), (7, 0)> / <(7, 0), (7, 0)> */
    assert_near(second->share, 4 * 7 / 49.0, 10 * rounding);
    assert_true(added(t, product->id, x->id)->data[1] == 4);
    mm_trace_free(t);
    mm_watch_free(w);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* Gradients that were there before the step are told apart from what the step adds. */
static void gradients_that_were_there(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Watch *w = mm_watch_new(g);
    Tensor *s = param(ps, "s", 2, 4);
    s->grad[0] = 3;
    Tensor *loss = mm_sum(g, s, MM_ALL);
    mm_backward(g, loss);
    Trace *t = mm_trace_new(g, loss, &(DrawOptions){.watch = w});
    const Contribution *c = added(t, loss->id, s->id);
    assert_true(c->before == 3 && c->data[0] == 1 && c->data[1] == 1);
    assert_near(c->share, (4 + 1) / 17.0, 10 * rounding); /* the gradient is (4, 1) */
    mm_trace_free(t);
    mm_watch_free(w);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void watching_changes_nothing(void **state)
{
    (void)state;
    Towers a = towers_new_watched(2, true), b = towers_new(2);
    for (int i = 0; i < mm_params_count(a.ps); i++) {
        const Tensor *p = mm_params_at(a.ps, i), *q = mm_params_at(b.ps, i);
        assert_memory_equal(p->grad, q->grad, p->n * sizeof(real));
    }
    towers_free(a);
    towers_free(b);
}

/* Blocks that would be computed twice are kept while somebody looks on: otherwise what they add could not be seen. */
static void blocks_are_kept(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    mm_graph_checkpoint(g, true);
    Watch *w = mm_watch_new(g);
    assert_false(mm_graph_checkpoint(g, false));
    mm_watch_free(w);
    assert_true(mm_graph_checkpoint(g, false));
    mm_graph_free(g);
}

static void memory_that_forward_keeps(void **state)
{
    (void)state;
    Towers t = towers_new_watched(1, true);
    Trace *trace = trace_of(&t);
    for (int i = 0; i < trace->n; i++) {
        const TraceNode *n = &trace->node[i];
        size_t probabilities = n->value.n * sizeof(real) * 8; /* far more than any op here keeps of so small a step */
        assert_true(n->saved < probabilities + 8192);
        if (strcmp(n->op, "add") == 0 || strcmp(n->op, "matmul") == 0) {
            assert_int_equal(n->saved, 0);
        } else if (strcmp(n->op, "layernorm") == 0) {
            assert_true(n->saved >= 2 * (n->value.n / 8) * sizeof(real)); /* mean and deviation of each row of 8 */
        }
    }
    mm_trace_free(trace);
    towers_free(t);
}

static void not_watched(void **state)
{
    (void)state;
    Towers t = towers_new(1);
    Trace *trace = trace_of(&t);
    assert_false(trace->watched);
    for (int i = 0; i < trace->n; i++) {
        assert_true(trace->node[i].place < 0 && trace->node[i].n_added == 0 && trace->node[i].forward < 0);
    }
    mm_trace_free(trace);
    towers_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_tape),
        cmocka_unit_test(order_of_the_backward_pass),
        cmocka_unit_test(contributions_make_the_gradient),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(gradients_that_were_there),
        cmocka_unit_test(watching_changes_nothing),
        cmocka_unit_test(blocks_are_kept),
        cmocka_unit_test(memory_that_forward_keeps),
        cmocka_unit_test(not_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
