/* blocks.c: what mm_block leaves out costs no bit of the result: gradients, dropout, running statistics; and it does save memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mm/nn.h"

enum { LAYERS = 6, ROWS = 24, WIDTH = 16, CHANNELS = 4, PLACES = 4, CLASSES = 3 };

typedef enum How { DIRECT, RECORDED, CHECKPOINTED, INFERENCE, LEAN, LEAN_CHECKPOINTED } How; /* lean: gradients are not kept */

typedef struct Layer {
    Tensor *w, *shared;
    BatchNorm norm;
    bool direct;
} Layer;

typedef struct Net {
    Params *ps;
    Graph *g;
    Layer layer[LAYERS];
    Tensor *x, *gate, *loss; /* x: a parameter, so that a gradient leaves the first block */
    int backward_in_layers;  /* ops whose backward ran */
} Net;

static void count_op(void *context, const Tensor *y, bool backward, double seconds)
{
    (void)seconds;
    *(int *)context += backward && strcmp(y->scope, "net.layer") == 0;
}

/* Two inputs, of which one comes from outside of all blocks; a parameter that all blocks share; dropout; running statistics. */
static Tensor *layer_forward(Graph *g, const void *attr, Tensor *const *in)
{
    const Layer *l = attr;
    mm_push(g, "layer");
    Tensor *y = mm_linear(g, mm_linear(g, in[0], l->w, NULL), l->shared, NULL);
    y = mm_dropout(g, mm_gelu(g, y), (real)0.3);
    y = mm_batchnorm_forward(g, &l->norm, mm_reshape(g, y, MM_SHAPE(ROWS, CHANNELS, PLACES, 1)), MM_LINEAR);
    y = mm_add(g, mm_mul(g, mm_reshape(g, y, MM_SHAPE(ROWS, WIDTH)), in[1]), in[0]);
    mm_pop(g);
    return mm_named(y, "y");
}

static Tensor *through(Net *n, int i, Tensor *x)
{
    Layer *l = &n->layer[i];
    Tensor *in[] = {x, n->gate};
    return l->direct ? layer_forward(n->g, l, in) : mm_block(n->g, layer_forward, l, sizeof *l, 2, in);
}

static void make_layer(Net *n, int i, Tensor *shared, bool direct)
{
    char name[32];
    snprintf(name, sizeof name, "w%d", i);
    n->layer[i] = (Layer){mm_param(n->ps, name, MM_SHAPE(WIDTH, WIDTH), (Init){MM_NORMAL, (real)0.3}), shared, {0}, direct};
    snprintf(name, sizeof name, "norm%d", i);
    n->layer[i].norm = mm_batchnorm_init(n->ps, name, CHANNELS, MM_TORCH_BATCHNORM);
}

/* The first layer is applied twice; the input comes back at the end. */
static Net net_new(How how)
{
    Net n = {.ps = mm_params_new(5), .g = mm_graph_new(9)};
    Init normal = {MM_NORMAL, (real)0.5};
    n.x = mm_param(n.ps, "x", MM_SHAPE(ROWS, WIDTH), normal);
    Tensor *shared = mm_param(n.ps, "shared", MM_SHAPE(WIDTH, WIDTH), normal);
    Tensor *gate = mm_param(n.ps, "gate", MM_SHAPE(WIDTH), normal),
           *head = mm_param(n.ps, "head", MM_SHAPE(CLASSES, WIDTH), normal);
    mm_graph_record(n.g, how != INFERENCE);
    mm_graph_checkpoint(n.g, how == CHECKPOINTED || how == LEAN_CHECKPOINTED);
    mm_graph_keep_gradients(n.g, how < LEAN);
    mm_push(n.g, "net");
    n.gate = mm_affine(n.g, gate, 2, 1);
    Tensor *y = n.x;
    int labels[ROWS];
    for (int i = 0; i < LAYERS; i++) {
        make_layer(&n, i, shared, how == DIRECT);
        y = through(&n, i, y);
    }
    y = mm_add(n.g, through(&n, 0, y), n.x);
    mm_pop(n.g);
    for (int i = 0; i < ROWS; i++) {
        labels[i] = i % CLASSES;
    }
    n.loss = mm_cross_entropy(n.g, mm_linear(n.g, y, head, NULL), labels, NULL, 0);
    if (how != INFERENCE) {
        mm_graph_on_op(n.g, count_op, &n.backward_in_layers);
        mm_backward(n.g, n.loss);
        mm_graph_on_op(n.g, NULL, NULL);
    }
    return n;
}

static void net_free(Net *n)
{
    mm_graph_free(n->g);
    mm_params_free(n->ps);
}

static void assert_same_bits(const Net *a, const Net *b, bool gradients)
{
    assert_memory_equal(a->loss->data, b->loss->data, sizeof(real));
    for (int i = 0; i < mm_params_count(a->ps); i++) {
        const Tensor *p = mm_params_at(a->ps, i), *q = mm_params_at(b->ps, i);
        if (memcmp(p->data, q->data, p->n * sizeof(real)) != 0) {
            fail_msg("%s is not the same", p->name); /* a running mean or variance */
        }
        if (gradients && p->grad && memcmp(p->grad, q->grad, p->n * sizeof(real)) != 0) {
            fail_msg("the gradient of %s is not the same", p->name);
        }
    }
    const Rng *r = mm_graph_rng(a->g), *s = mm_graph_rng(b->g);
    assert_true(r->key == s->key && r->count == s->count);
}

static void checkpointing_changes_no_bit(void **state)
{
    (void)state;
    Net direct = net_new(DIRECT), recorded = net_new(RECORDED), checkpointed = net_new(CHECKPOINTED),
        inference = net_new(INFERENCE), lean = net_new(LEAN), lean_checkpointed = net_new(LEAN_CHECKPOINTED);
    assert_same_bits(&direct, &recorded, true);
    assert_same_bits(&direct, &checkpointed, true);
    assert_same_bits(&direct, &inference, false);
    assert_same_bits(&direct, &lean, true);
    assert_same_bits(&direct, &lean_checkpointed, true);
    assert_int_equal(mm_graph_size(direct.g), mm_graph_size(recorded.g));
    assert_true(direct.x->grad[0] != 0 && direct.layer[LAYERS - 1].norm.running_mean->data[0] != 0);
    net_free(&direct);
    net_free(&recorded);
    net_free(&checkpointed);
    net_free(&inference);
    net_free(&lean);
    net_free(&lean_checkpointed);
}

/* What is left of a block in the record: its result, under its own name, where it was made. */
static void the_record_shows_the_block(void **state)
{
    (void)state;
    Net n = net_new(CHECKPOINTED), d = net_new(DIRECT);
    int blocks = 0;
    for (int i = 0; i < mm_graph_size(n.g); i++) {
        const Tensor *t = mm_graph_node(n.g, i);
        assert_int_equal(t->id, i);
        if (t->op && strcmp(t->op->name, "block") == 0) {
            blocks++;
            assert_string_equal(t->name, "y");
            assert_string_equal(t->scope, "net.layer");
            assert_non_null(strstr(t->site, "blocks.c:"));
            assert_int_equal(t->n_in, 2);
        }
    }
    assert_int_equal(blocks, LAYERS + 1);
    assert_true(mm_graph_size(n.g) < mm_graph_size(d.g) / 3);
    assert_int_equal(n.backward_in_layers, d.backward_in_layers); /* run again, they know where they are */
    assert_int_equal(n.backward_in_layers, 9 * (LAYERS + 1));
    net_free(&n);
    net_free(&d);
}

/* ---- memory ---- */

static size_t peak(const Graph *g)
{
    size_t all = 0;
    for (int k = 0; k < MM_MEMORY_KINDS; k++) {
        all += mm_graph_memory(g)->peak[k];
    }
    return all;
}

/* A Transformer of so many layers on (8, 33, 64); returns the most that was in use. */
static size_t peak_of_layers(int layers, How how)
{
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Transformer t = mm_transformer_init(ps, "transformer", 64, layers, 4, false, true);
    mm_graph_record(g, how != INFERENCE);
    mm_graph_checkpoint(g, how == CHECKPOINTED);
    mm_graph_keep_gradients(g, how < LEAN);
    Tensor *y = mm_sum(g, mm_transformer_forward(g, &t, mm_input(g, MM_SHAPE(8, 33, 64), NULL)), MM_ALL);
    if (how != INFERENCE) {
        mm_backward(g, y);
    }
    size_t bytes = peak(g);
    mm_graph_free(g);
    mm_params_free(ps);
    return bytes;
}

/* Per layer, recording takes 18 (8, 33, 64) of values, the same of gradients, and what attention and the norms save; a checkpoint
 * takes one of values and one of gradients; inference takes nothing; where gradients are not kept, depth adds none. */
static void depth_takes_little_memory(void **state)
{
    (void)state;
    size_t unit = 8 * 33 * 64 * sizeof(real), of[5][2];
    for (How how = RECORDED; how <= LEAN; how++) {
        of[how][0] = peak_of_layers(2, how);
        of[how][1] = peak_of_layers(12, how);
        print_message("%s: 2 layers %zu KiB, 12 layers %zu KiB, each %.2f times its input\n",
                      (const char *[]){"", "recorded", "checkpointed", "inference", "lean"}[how], of[how][0] >> 10,
                      of[how][1] >> 10, (double)(of[how][1] - of[how][0]) / 10 / (double)unit);
    }
    assert_true(of[RECORDED][1] - of[RECORDED][0] > 10 * 30 * unit);
    assert_true(of[CHECKPOINTED][1] - of[CHECKPOINTED][0] < 10 * 5 * unit / 2);
    assert_true(of[INFERENCE][1] - of[INFERENCE][0] < unit / 100);
    assert_true(of[INFERENCE][1] < 25 * unit);
    assert_true(of[CHECKPOINTED][1] < of[RECORDED][1] / 3);
    assert_true(of[RECORDED][1] - of[LEAN][1] > 10 * 18 * unit);
}

/* The second step finds all the memory it needs. */
static void steps_reuse_the_memory(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Transformer t = mm_transformer_init(ps, "transformer", 32, 4, 4, false, true);
    mm_graph_checkpoint(g, true);
    size_t held = 0;
    for (int step = 0; step < 10; step++) {
        if (step == 5) {
            mm_graph_keep_gradients(g, false);
            held = 0;
        }
        mm_backward(g, mm_sum(g, mm_transformer_forward(g, &t, mm_input(g, MM_SHAPE(64, 9, 32), NULL)), MM_ALL));
        assert_true(!held || mm_graph_bytes(g) == held);
        held = mm_graph_bytes(g);
        mm_graph_reset(g);
        for (int k = 0; k < MM_MEMORY_KINDS; k++) {
            assert_int_equal(mm_graph_memory(g)->now[k], 0);
        }
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

/* ---- blocks that do little, and wrong ones ---- */

static Tensor *only_its_input(Graph *g, const void *attr, Tensor *const *in)
{
    (void)attr;
    mm_exp(g, in[0]); /* leads nowhere */
    return in[0];
}

static Tensor *a_constant(Graph *g, const void *attr, Tensor *const *in)
{
    (void)in;
    return mm_input(g, MM_SHAPE(2), attr);
}

static void blocks_without_a_gradient(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(2), (Init){MM_CONSTANT, 3}), *y = mm_affine(g, x, 2, 0);
    mm_graph_checkpoint(g, true);
    int size = mm_graph_size(g);
    assert_ptr_equal(mm_block(g, only_its_input, NULL, 0, 1, &y), y);
    assert_ptr_equal(mm_block(g, only_its_input, NULL, 0, 1, &x), x);
    assert_int_equal(mm_graph_size(g), size);
    Tensor *c = mm_block(g, a_constant, (const real[]){5, 7}, 2 * sizeof(real), 1, &y);
    assert_false(c->needs_grad);
    assert_null(c->op);
    mm_backward(g, mm_sum(g, mm_mul(g, y, c), MM_ALL));
    assert_true(x->grad[0] == 10 && x->grad[1] == 14);
    mm_graph_free(g);
    mm_params_free(ps);
}

typedef struct Caught {
    jmp_buf back;
    char message[2048];
} Caught;

static void caught(void *context, const char *message)
{
    Caught *c = context;
    snprintf(c->message, sizeof c->message, "%s", message);
    longjmp(c->back, 1);
}

static Tensor *uses_another(Graph *g, const void *attr, Tensor *const *in)
{
    Tensor *other;
    memcpy(&other, attr, sizeof(Tensor *));
    return mm_mul(g, in[0], other);
}

static Tensor *forgets_to_pop(Graph *g, const void *attr, Tensor *const *in)
{
    (void)attr;
    mm_push(g, "open");
    return mm_exp(g, in[0]);
}

static void rejected(BlockForward forward, bool learned, const char *expected)
{
    Caught c;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    mm_graph_on_fail(g, (FailHandler){caught, &c});
    mm_graph_checkpoint(g, true);
    Tensor *x = mm_param(ps, "x", MM_SHAPE(2), (Init){MM_CONSTANT, 3}), *constant = mm_input(g, MM_SHAPE(2), NULL);
    Tensor *other = mm_named(mm_mul(g, learned ? x : constant, constant), "memory");
    *c.message = 0;
    if (setjmp(c.back) == 0) {
        mm_block(g, forward, &other, sizeof(Tensor *), 1, &x);
    }
    if (expected ? !strstr(c.message, expected) : *c.message) {
        fail_msg("\"%s\" does not say \"%s\"", c.message, expected ? expected : "nothing");
    }
    mm_graph_free(g);
    mm_params_free(ps);
}

static void mistakes(void **state)
{
    (void)state;
    rejected(
        uses_another, true,
        "mul(x (2), memory (2)): memory was made outside of the block and is not among the inputs of mm_block, so its gradient "
        "would be lost  [");
    rejected(uses_another, false, NULL); /* a mask has no gradient to lose */
    rejected(forgets_to_pop, true,
             "mm_block: in the block, mm_push and mm_pop do not pair; it began in 0 modules and ended in 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checkpointing_changes_no_bit), cmocka_unit_test(the_record_shows_the_block),
        cmocka_unit_test(depth_takes_little_memory),    cmocka_unit_test(steps_reuse_the_memory),
        cmocka_unit_test(blocks_without_a_gradient),    cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
