/* tape.c: what the graph records and how the walk back adds up, against gradients worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mm/inspect.h"
#include "mm/ops.h"

static const Init nothing = {MM_ZERO, 0};

static Tensor *param(Params *ps, const char *name, Shape s, const real *values)
{
    Tensor *p = mm_param(ps, name, s, nothing);
    memcpy(p->data, values, p->n * sizeof *values);
    return p;
}

static Tensor *scalar(Params *ps, const char *name, double value)
{
    return param(ps, name, MM_SCALAR, (real[]){(real)value});
}

static void assert_real(real x, double expected)
{
    if (!(fabs((double)x - expected) <= 1e-12 * (1 + fabs(expected)))) {
        fail_msg("%.17g, not %.17g", (double)x, expected);
    }
}

/* y = x^2 + 3 x: two ways from x to y, which meet again */
/* [backward] */
static void diamond(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = scalar(ps, "x", 5);
    Tensor *left = mm_mul(g, x, x), *right = mm_affine(g, x, 3, 0), *y = mm_add(g, left, right);
    mm_backward(g, y);
    assert_real(y->data[0], 40);
    assert_real(left->grad[0], 1);
    assert_real(x->grad[0], 2 * 5 + 3);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void stop(void *context, const char *message)
{
    assert_non_null(
        strstr(message, "affine(x ()): its gradient was passed on and given back; mm_graph_keep_gradients(g, true) keeps them"));
    longjmp(*(jmp_buf *)context, 1);
}

/* Gradients that are not kept are gone, and who asks for one is told; those of parameters and inputs stay. */
static void gradients_given_back(void **state)
{
    (void)state;
    jmp_buf stopped;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    mm_graph_on_fail(g, (FailHandler){stop, &stopped});
    assert_true(mm_graph_keep_gradients(g, false));
    for (int step = 0; step < 2; step++) {
        mm_params_zero_grad(ps);
        Tensor *x = step ? mm_params_at(ps, 0) : scalar(ps, "x", 5), *in = mm_input(g, MM_SCALAR, (real[]){2});
        in->needs_grad = true;
        Tensor *left = mm_mul(g, x, x), *right = mm_affine(g, x, 3, 0), *y = mm_mul(g, mm_add(g, left, right), in);
        mm_backward(g, y);
        assert_true(!left->grad && !right->grad && !y->grad);
        assert_real(x->grad[0], 2 * (2 * 5 + 3));
        assert_real(in->grad[0], 40);
        assert_int_equal(mm_graph_memory(g)->now[MM_GRADIENTS], sizeof(real)); /* that of `in` */
        if (setjmp(stopped) == 0) {
            mm_grad(right);
            fail();
        }
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

/* A tensor inside the graph, used by three ops, one of which uses it twice. */
static void fan_out(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = scalar(ps, "x", 2), *h = mm_affine(g, x, 2, 1); /* h = 5 */
    Tensor *square = mm_mul(g, h, h), *cube = mm_mul(g, square, h);
    mm_backward(g, mm_add(g, mm_add(g, cube, square), h)); /* h^3 + h^2 + h */
    assert_real(h->grad[0], 3 * 25 + 2 * 5 + 1);
    assert_real(x->grad[0], 2 * (3 * 25 + 2 * 5 + 1));
    mm_graph_free(g);
    mm_params_free(ps);
}

static void branch_that_leads_nowhere(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = scalar(ps, "x", 5), *lost = scalar(ps, "lost", 7);
    Tensor *dead = mm_mul(g, x, lost), *y = mm_mul(g, x, x), *after = mm_exp(g, y);
    mm_backward(g, y);
    assert_real(x->grad[0], 10);
    assert_real(lost->grad[0], 0);
    assert_null(dead->grad);
    assert_null(after->grad); /* made after the loss */
    mm_graph_free(g);
    mm_params_free(ps);
}

static void inputs_need_no_gradient(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_input(g, MM_SHAPE(2), (const real[]){3, 4}), *w = param(ps, "w", MM_SHAPE(2), (const real[]){1, 2});
    Tensor *constant = mm_exp(g, x), *y = mm_sum(g, mm_mul(g, w, x), MM_ALL);
    mm_backward(g, y);
    assert_null(x->grad);
    assert_false(constant->needs_grad);
    assert_real(w->grad[0], 3);
    assert_real(w->grad[1], 4);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* d/dx of x (1 + 1e-4)^10000: as deep as it is long, and no recursion to run out of stack. */
static void chain_of_10000(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = scalar(ps, "x", 2), *y = x;
    for (int i = 0; i < 10000; i++) {
        y = mm_affine(g, y, (real)1.0001, 0);
    }
    assert_int_equal(mm_graph_size(g), 10001);
    mm_backward(g, y);
    assert_real(x->grad[0], pow(1.0001, 10000));
    mm_graph_free(g);
    mm_params_free(ps);
}

/* A bias under rows: y = sum of w_ij (a_ij + b_j), so db_j is the sum of column j of w. */
static void broadcast_sums(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *a = param(ps, "a", MM_SHAPE(2, 3), (const real[]){1, 2, 3, 4, 5, 6});
    Tensor *b = param(ps, "b", MM_SHAPE(3), (const real[]){10, 20, 30});
    Tensor *c = scalar(ps, "c", 2), *w = mm_input(g, MM_SHAPE(2, 3), (const real[]){1, 2, 3, 40, 50, 60});
    mm_backward(g, mm_sum(g, mm_mul(g, mm_mul(g, w, mm_add(g, a, b)), c), MM_ALL));
    assert_real(a->grad[4], 100);
    assert_real(b->grad[0], 2 * 41);
    assert_real(b->grad[1], 2 * 52);
    assert_real(b->grad[2], 2 * 63);
    assert_real(c->grad[0], 11 + 2 * 22 + 3 * 33 + 40 * 14 + 50 * 25 + 60 * 36);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void backward_from_a_given_gradient(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = param(ps, "x", MM_SHAPE(3), (const real[]){1, 2, 3}), *y = mm_mul(g, x, x);
    mm_backward_from(g, y, (const real[]){1, 0, -10});
    assert_real(x->grad[0], 2);
    assert_real(x->grad[1], 0);
    assert_real(x->grad[2], -60);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* Gradients of parameters add up over graphs until they are set to zero: a batch in two halves is one batch. */
static void two_graphs_share_parameters(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1), *h = mm_graph_new(2);
    Tensor *x = scalar(ps, "x", 5), *unused = scalar(ps, "unused", 1);
    Tensor *half = mm_mul(g, x, x), *other = mm_affine(h, x, 3, 0); /* recorded in turns */
    Tensor *y = mm_mul(g, half, x), *z = mm_add(h, other, x);
    mm_backward(g, y);
    mm_backward(h, z);
    assert_real(x->grad[0], 3 * 25 + 4);
    assert_real(unused->grad[0], 0);
    mm_graph_reset(h);
    Tensor *again = mm_add(g, mm_graph_node(g, 1), x); /* g still knows x, though h has forgotten it */
    assert_real(again->data[0], 30);
    mm_params_zero_grad(ps);
    assert_real(x->grad[0], 0);
    mm_graph_free(g);
    mm_graph_free(h);
    mm_params_free(ps);
}

static Tensor *small_network(Graph *g, Params *ps)
{
    Tensor *x = mm_input(g, MM_SHAPE(16, 32), NULL), *w1 = mm_params_at(ps, 0), *w2 = mm_params_at(ps, 1);
    for (size_t i = 0; i < x->n; i++) {
        x->data[i] = (real)(i % 7) - 3;
    }
    return mm_mean(g, mm_matmul(g, mm_gelu(g, mm_matmul(g, x, w1, MM_NN)), w2, MM_NN), MM_ALL);
}

/* Reset keeps the memory: from the second step on nothing is allocated, and every step gives the same bits. */
static void steps_after_the_first_allocate_nothing(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Tensor *w1 = mm_param(ps, "w1", MM_SHAPE(32, 512), (Init){MM_NORMAL, (real)0.1});
    mm_param(ps, "w2", MM_SHAPE(512, 64), (Init){MM_NORMAL, (real)0.1});
    Graph *g = mm_graph_new(1);
    mm_backward(g, small_network(g, ps));
    size_t bytes = mm_graph_bytes(g);
    real first = w1->grad[77];
    int size = mm_graph_size(g);
    assert_true(bytes > 0 && first != 0);
    for (int step = 0; step < 20; step++) {
        mm_graph_reset(g);
        assert_int_equal(mm_graph_size(g), 0);
        mm_params_zero_grad(ps);
        mm_backward(g, small_network(g, ps));
        assert_int_equal(mm_graph_bytes(g), bytes);
        assert_int_equal(mm_graph_size(g), size);
        assert_memory_equal(&w1->grad[77], &first, sizeof first);
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

/* The arena grows by chunks: what it gave out before stays where it was. */
static void growth_moves_nothing(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = scalar(ps, "x", 1), *early = mm_affine(g, x, 3, 4);
    real *data = early->data;
    size_t bytes = mm_graph_bytes(g);
    Tensor *y = early;
    while (mm_graph_bytes(g) < bytes + ((size_t)64 << 20)) {
        Tensor *wide = mm_input(g, MM_SHAPE(1000, 1000), NULL);
        y = mm_add(g, y, mm_sum(g, wide, MM_ALL));
    }
    assert_ptr_equal(early->data, data);
    assert_real(early->data[0], 7);
    mm_backward(g, y);
    assert_real(x->grad[0], 3);
    assert_int_equal((uintptr_t)mm_reals(g, 3) % 64, 0);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* Without recording there is a value and no gradient. */
static void no_record(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = scalar(ps, "x", 5);
    mm_graph_record(g, false);
    Tensor *y = mm_mul(g, x, x);
    assert_real(y->data[0], 25);
    assert_false(y->needs_grad);
    mm_graph_record(g, true);
    mm_backward(g, mm_add(g, y, x)); /* y is a constant now */
    assert_real(x->grad[0], 1);
    mm_graph_free(g);
    g = mm_graph_inference(1);
    assert_false(mm_graph_training(g));
    assert_false(mm_mul(g, x, x)->needs_grad);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void scopes_and_names(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = scalar(ps, "x", 1);
    mm_push(g, "visual");
    Tensor *a = mm_exp(g, x);
    mm_push(g, "block.0");
    Tensor *b = mm_named(mm_exp(g, a), "inner");
    mm_pop(g);
    Tensor *c = mm_exp(g, b);
    mm_pop(g);
    Tensor *d = mm_exp(g, c);
    const char *here = __FILE__;
    assert_string_equal(a->scope, "visual");
    assert_string_equal(b->scope, "visual.block.0");
    assert_string_equal(b->name, "inner");
    assert_string_equal(c->scope, "visual");
    assert_string_equal(d->scope, "");
    assert_int_equal(strncmp(d->site, here, strlen(here)), 0);
    assert_int_equal(d->site[strlen(here)], ':');
    mm_graph_free(g);
    mm_params_free(ps);
}

/* ---- the check of whole models ---- */

typedef struct Model {
    Params *ps;
    bool wrong;
} Model;

static Tensor *model_loss(Graph *g, void *model)
{
    const Model *m = model;
    Tensor *x = mm_input(g, MM_SHAPE(4, 3), (const real[]){1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3});
    Tensor *h = mm_relu(g, mm_linear(g, x, mm_params_at(m->ps, 0), mm_params_at(m->ps, 1)));
    Tensor *y = mm_linear(g, mm_dropout(g, h, (real)0.3), mm_params_at(m->ps, 2), NULL);
    if (m->wrong) { /* part of the way to w0 is cut: a copy that carries no gradient */
        y = mm_add(g, y, mm_input(g, y->shape, y->data));
    }
    return mm_cross_entropy(g, y, (const int[]){0, 1, 0, 1}, NULL, 0);
}

static void check_of_a_model(void **state)
{
    (void)state;
    Model m = {mm_params_new(3), false};
    Tensor *w = mm_param(m.ps, "w0", MM_SHAPE(8, 3), (Init){MM_NORMAL, (real)0.3});
    mm_param(m.ps, "b0", MM_SHAPE(8), (Init){MM_NORMAL, (real)0.3});
    mm_param(m.ps, "w1", MM_SHAPE(2, 8), (Init){MM_NORMAL, (real)0.3});
    real before = w->data[5];
    ModelCheck worst;
    assert_true(mm_modelcheck(m.ps, model_loss, &m, 5, 1e-6, &worst));
    assert_true(worst.error < 1e-7 && worst.loss > 0);
    assert_memory_equal(&w->data[5], &before, sizeof before);
    m.wrong = true;
    assert_false(mm_modelcheck(m.ps, model_loss, &m, 5, 1e-6, &worst));
    assert_true(worst.error > 0.1);
    mm_params_free(m.ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diamond),
        cmocka_unit_test(gradients_given_back),
        cmocka_unit_test(fan_out),
        cmocka_unit_test(branch_that_leads_nowhere),
        cmocka_unit_test(inputs_need_no_gradient),
        cmocka_unit_test(chain_of_10000),
        cmocka_unit_test(broadcast_sums),
        cmocka_unit_test(backward_from_a_given_gradient),
        cmocka_unit_test(two_graphs_share_parameters),
        cmocka_unit_test(steps_after_the_first_allocate_nothing),
        cmocka_unit_test(growth_moves_nothing),
        cmocka_unit_test(no_record),
        cmocka_unit_test(scopes_and_names),
        cmocka_unit_test(check_of_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
