/* byhand.c: the gradients that `clip example` works out by hand are those of the tape, to the last digits of double. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "byhand.h"
#include "model.h"

enum { N = 5, EMBED = 4, IMAGE_WIDTH = 7, TEXT_WIDTH = 6 };

/* Features and projections as parameters, so that the tape keeps the gradients of all of them. */
typedef struct Pairs {
    Params *ps;
    Graph *g;
    Clip clip;
    Tensor *image_f, *image_w, *text_f, *text_w, *image_e, *text_e, *Z, *loss;
    ByHand h;
} Pairs;

static Matrix data_of(const Tensor *t)
{
    return matrix_of(t, t->data, false);
}

static void make(Pairs *p, double scale, double spread)
{
    Init normal = {MM_NORMAL, spread};
    p->ps = mm_params_new(7);
    p->g = mm_graph_new(0);
    p->clip.logit_scale = mm_param(p->ps, "logit_scale", MM_SCALAR, (Init){MM_CONSTANT, log(scale)});
    p->image_f = mm_param(p->ps, "image features", MM_SHAPE(N, IMAGE_WIDTH), normal);
    p->image_w = mm_param(p->ps, "image projection", MM_SHAPE(IMAGE_WIDTH, EMBED), normal);
    p->text_f = mm_param(p->ps, "text features", MM_SHAPE(N, TEXT_WIDTH), normal);
    p->text_w = mm_param(p->ps, "text projection", MM_SHAPE(TEXT_WIDTH, EMBED), normal);
    p->image_e = mm_matmul(p->g, p->image_f, p->image_w, MM_NN);
    p->text_e = mm_matmul(p->g, p->text_f, p->text_w, MM_NN);
    p->Z = clip_logits(p->g, &p->clip, p->image_e, p->text_e);
    p->loss = clip_loss(p->g, p->Z, 0);
    mm_params_zero_grad(p->ps);
    mm_backward(p->g, p->loss);
    p->h = by_hand(data_of(p->image_f), data_of(p->image_w), data_of(p->text_f), data_of(p->text_w), log(scale));
}

static void drop(Pairs *p)
{
    by_hand_free(&p->h);
    mm_graph_free(p->g);
    mm_params_free(p->ps);
}

static void same(const char *what, Matrix hand, const Tensor *t, const real *numbers)
{
    Matrix tape = matrix_of(t, numbers, false);
    double difference = matrix_difference(hand, tape), allowed = 1e-12 * (1 + matrix_largest(tape));
    if (tape.rows != hand.rows || tape.columns != hand.columns || !(difference <= allowed)) {
        print_error("%s: %d x %d by hand, %d x %d on the tape, %g apart\n", what, hand.rows, hand.columns, tape.rows,
                    tape.columns, difference);
        fail();
    }
    matrix_free(&tape);
}

static void check_all(double scale, double spread)
{
    Pairs p = {0};
    make(&p, scale, spread);
    const ByHand *h = &p.h;
    const Tensor *S = p.Z->in[0], *I = S->in[0], *T = S->in[1];
    same("E_i", h->image.e, p.image_e, p.image_e->data);
    same("E_t", h->text.e, p.text_e, p.text_e->data);
    same("I", h->image.unit, I, I->data);
    same("T", h->text.unit, T, T->data);
    same("S", h->S, S, S->data);
    same("Z", h->Z, p.Z, p.Z->data);
    assert_true(fabs(h->loss - p.loss->data[0]) <= 1e-12 * h->loss);
    same("dL/dZ", h->d_Z, p.Z, p.Z->grad);
    same("dL/ds", h->d_s, p.clip.logit_scale, p.clip.logit_scale->grad);
    same("dL/dS", h->d_S, S, S->grad);
    same("dL/dI", h->image.d_unit, I, I->grad);
    same("dL/dT", h->text.d_unit, T, T->grad);
    same("dL/dE_i", h->image.d_e, p.image_e, p.image_e->grad);
    same("dL/dE_t", h->text.d_e, p.text_e, p.text_e->grad);
    same("dL/dW_i", h->image.d_w, p.image_w, p.image_w->grad);
    same("dL/dW_t", h->text.d_w, p.text_w, p.text_w->grad);
    same("dL/dF_i", h->image.d_f, p.image_f, p.image_f->grad);
    same("dL/dF_t", h->text.d_f, p.text_f, p.text_f->grad);
    drop(&p);
}

static void by_hand_is_the_tape(void **state)
{
    (void)state;
    check_all(1 / 0.07, 0.5); /* as a run begins */
    check_all(100, 3);        /* as it may end: the largest scale */
    check_all(0.01, 0.1);     /* nearly uniform */
}

/* [first_loss] What any two encoders that say nothing get, worked out with a pencil: all cosines 1, P = Q = 1/N, L = ln N. */
static void equal_embeddings(void **state)
{
    (void)state;
    Matrix f = matrix_new(2, 1), w = matrix_new(1, 2), f2 = matrix_new(2, 1), w2 = matrix_new(1, 2);
    f.at[0] = f.at[1] = f2.at[0] = f2.at[1] = 1;
    w.at[0] = w2.at[0] = 3;
    w.at[1] = w2.at[1] = 4;
    ByHand h = by_hand(f, w, f2, w2, log(10));
    assert_true(fabs(h.loss - log(2)) < 1e-15);
    assert_true(fabs(h.image.unit.at[0] - 0.6) < 1e-15 && fabs(h.image.unit.at[1] - 0.8) < 1e-15);
    for (int i = 0; i < 4; i++) {
        double wanted = i == 0 || i == 3 ? -0.25 : 0.25; /* (1/2 + 1/2 - 2) / 4 and (1/2 + 1/2) / 4 */
        assert_true(fabs(h.Z.at[i] - 10) < 1e-14 && fabs(h.d_Z.at[i] - wanted) < 1e-15);
    }
    assert_true(fabs(h.d_s.at[0]) < 1e-13);
    by_hand_free(&h);
}

static void difference_sees_everything(void **state)
{
    (void)state;
    Matrix a = matrix_new(2, 3), b = matrix_new(2, 3);
    assert_true(matrix_difference(a, b) == 0);
    b.at[5] = -0.25;
    assert_true(matrix_difference(a, b) == 0.25 && matrix_largest(b) == 0.25);
    b.at[0] = NAN;
    assert_true(isinf(matrix_difference(a, b)));
    matrix_free(&a);
    matrix_free(&b);
}

static void turned_is_transposed(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(0);
    Tensor *t = mm_input(g, MM_SHAPE(2, 3), ((real[]){1, 2, 3, 4, 5, 6}));
    Matrix m = matrix_of(t, t->data, true);
    assert_int_equal(m.rows, 3);
    assert_int_equal(m.columns, 2);
    assert_true(m.at[0] == 1 && m.at[1] == 4 && m.at[4] == 3 && m.at[5] == 6);
    matrix_free(&m);
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand_is_the_tape),
        cmocka_unit_test(equal_embeddings),
        cmocka_unit_test(difference_sees_everything),
        cmocka_unit_test(turned_is_transposed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
