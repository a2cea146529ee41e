/* calls.c: each wrong call of the core and of the ops is reported in the words that are pinned here. */
#include "calls.h"

#include <math.h>

static void names_shapes_scope_and_line(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    Tensor *text = mm_named(IN(8, 64), "text"), *w = param(b, "text_projection", 32, 64);
    REJECTED(b, "matmul(text (8,64), text_projection (32,64)): inner sizes 64 and 32 differ; did you mean MM_NT?" AT,
             mm_matmul(g, text, w, MM_NN));
    REJECTED(b, "matmul(text (8,64), (8,16)): inner sizes 64 and 8 differ" AT, mm_matmul(g, text, IN(8, 16), MM_NN));
    mm_pop(g);
    REJECTED(b, "matmul(text (8,64), text_projection (32,64)): inner sizes 64 and 32 differ; did you mean MM_NT?  [HERE]",
             mm_matmul(g, text, w, MM_NN));
}

static void elementwise(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
#define DOES_NOT_FIT(dimension, left, right)                                                                                     \
    "the shapes do not fit: aligned at the right, dimension " dimension " is " left " on the left and " right                    \
    " on the right. Sizes must be equal, or one of them 1; mm_reshape can insert a 1, mm_permute can move a dimension" AT
    REJECTED(b, "add((3,5), (3)): " DOES_NOT_FIT("-1", "5", "3"), mm_add(g, IN(3, 5), IN(3)));
    REJECTED(b, "sub((2,3,5), (4,5)): " DOES_NOT_FIT("-2", "3", "4"), mm_sub(g, IN(2, 3, 5), IN(4, 5)));
    REJECTED(b, "mul((7), (6)): " DOES_NOT_FIT("-1", "7", "6"), mm_mul(g, IN(7), IN(6)));
    REJECTED(b, "div((7), (6)): " DOES_NOT_FIT("-1", "7", "6"), mm_div(g, IN(7), IN(6)));
    REJECTED(b, "clamp((3)): low = 1 is above high = -1" AT, mm_clamp(g, IN(3), 1, -1));
    REJECTED(b, "dropout((3)): p = 1 is the share of elements to drop: at least 0, and less than 1, or nothing would be left" AT,
             mm_dropout(g, IN(3), 1));
    REJECTED(b,
             "dropout((3)): p = nan is the share of elements to drop: at least 0, and less than 1, or nothing would be left" AT,
             mm_dropout(g, IN(3), (real)NAN));
}

static void reductions_and_shapes(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
#define NO_AXIS(axis, rank)                                                                                                      \
    "there is no axis " axis ": the tensor has " rank " dimensions, counted from 0, or from the end as -1, -2, …" AT
    REJECTED(b, "sum((3,5)): " NO_AXIS("2", "2"), mm_sum(g, IN(3, 5), 2));
    REJECTED(b, "mean((3,5)): " NO_AXIS("-3", "2"), mm_mean(g, IN(3, 5), -3));
    REJECTED(b, "concat((3,5), (3,5)): " NO_AXIS("2", "2"), mm_concat(g, 2, (Tensor *[]){IN(3, 5), IN(3, 5)}, 2));
    REJECTED(b,
             "concat((3,5), (4,6)): input 1 differs from input 0 in more than axis 0; only the size of that axis may differ" AT,
             mm_concat(g, 2, (Tensor *[]){IN(3, 5), IN(4, 6)}, 0));
    REJECTED(b, "slice((3,5)): " NO_AXIS("2", "2"), mm_slice(g, IN(3, 5), 2, 0, 1));
    REJECTED(b, "slice((3,5)): elements 4 .. 5 are not all there: axis 1 has 0 .. 4; the arguments are axis, from, count" AT,
             mm_slice(g, IN(3, 5), 1, 4, 2));
    REJECTED(b, "reshape((3,5)): (4,4) has room for 16 elements, the tensor has 15; a reshape keeps all of them" AT,
             mm_reshape(g, IN(3, 5), MM_SHAPE(4, 4)));
    REJECTED(b, "permute((3,5)): order[1] = 0: the order must hold each of 0 .. 1 once" AT,
             mm_permute(g, IN(3, 5), (const int[]){0, 0}));
    REJECTED(b, "permute((3,5)): order[0] = 2: the order must hold each of 0 .. 1 once" AT,
             mm_permute(g, IN(3, 5), (const int[]){2, 0}));
}

static void products(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    REJECTED(b, "matmul((5), (5,2)): both operands need at least two dimensions" AT, mm_matmul(g, IN(5), IN(5, 2), MM_NN));
    REJECTED(b, "matmul((2,4,3), (3,4)): inner sizes 3 and 4 differ" AT, mm_matmul(g, IN(2, 4, 3), IN(3, 4), MM_NT));
    REJECTED(b, "matmul((2,4,3), (4,3)): with MM_TN both operands need the same leading dimensions" AT,
             mm_matmul(g, IN(2, 4, 3), IN(4, 3), MM_TN));
    REJECTED(b,
             "matmul((2,4,3), (5,3,4)): leading dimensions differ; they must be equal, or the second operand a plain matrix" AT,
             mm_matmul(g, IN(2, 4, 3), IN(5, 3, 4), MM_NN));
    REJECTED(b, "linear((2,4), (5,3)): weight is (out, in), and in must be the last size of the input" AT,
             mm_linear(g, IN(2, 4), IN(5, 3), NULL));
    REJECTED(b, "linear((2,3), (5,3), (3)): bias must be (5)" AT, mm_linear(g, IN(2, 3), IN(5, 3), IN(3)));
}

static void attention(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    REJECTED(b, "softmax(()): softmax is over the last axis, a scalar has none" AT, mm_softmax(g, SCALAR, NULL));
    REJECTED(b, "max((3,5)): there is no axis 2: the tensor has 2 dimensions, counted from 0, or from the end as -1, -2, …" AT,
             mm_max(g, IN(3, 5), 2));
    REJECTED(b, "log_softmax(()): log_softmax is over the last axis, a scalar has none" AT, mm_log_softmax(g, SCALAR));
    REJECTED(b, "softmax((3,5), (3)): the mask must have the last sizes of x" AT, mm_softmax(g, IN(3, 5), IN(3)));
    REJECTED(b, "attention((2,4)): qkv must be (B, T, 3D) with D a multiple of the 1 heads" AT,
             mm_attention(g, IN(2, 4), 1, false));
    REJECTED(b, "attention((2,4,12)): qkv must be (B, T, 3D) with D a multiple of the 3 heads" AT,
             mm_attention(g, IN(2, 4, 12), 3, false));
}

static void attention_between_sequences(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
#define SDPA(more, heads, mask, causal, dropout)                                                                                 \
    mm_sdpa(g, IN(2, 3, 4), IN(2, 5, 4), IN(2, 5, more), heads, mask, causal, dropout)
    REJECTED(b, "sdpa((2,3,4), (2,5,6), (2,5,4)): q must be (B, Tq, D), k (B, Tk, D), v (B, Tk, E)" AT,
             mm_sdpa(g, IN(2, 3, 4), IN(2, 5, 6), IN(2, 5, 4), 1, NULL, false, 0));
    REJECTED(b, "sdpa((2,3,4), (2,5,4), (2,5,3)): D = 4 and E = 3 must be multiples of the 2 heads" AT,
             SDPA(3, 2, NULL, false, 0));
    REJECTED(b,
             "sdpa((2,3,4), (2,5,4), (2,5,4)): causal is of one sequence: 3 queries cannot be told which of 5 keys are later" AT,
             SDPA(4, 1, NULL, true, 0));
    REJECTED(b,
             "sdpa((2,3,4), (2,5,4), (2,5,4)): p = 1 is the share of elements to drop: at least 0, and less than 1, or nothing "
             "would be left" AT,
             SDPA(4, 1, NULL, false, 1));
    REJECTED(b,
             "sdpa((2,3,4), (2,5,4), (2,5,4), (2,5)): the mask must fit the scores (B, heads, Tq, Tk) = (2,1,3,5), from the "
             "right; sizes but the last may be 1" AT,
             SDPA(4, 1, IN(2, 5), false, 0));
    Tensor *mask = mm_padding_mask(g, ((const int[]){5, 0}), 2, 5, -(real)INFINITY);
    REJECTED(b,
             "sdpa((2,3,4), (2,5,4), (2,5,4), padding_mask (2,1,1,5)): the mask hides every key from query 0 of example 1: no "
             "softmax of nothing" AT,
             SDPA(4, 2, mask, false, 0));
#undef SDPA
}

static void recurrent(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    REJECTED(b, "lstm((2,4), (8,4), (8,2), (8), (8)): x must be (B, T, I): a sequence of T vectors for each of B examples" AT,
             mm_lstm(g, IN(2, 4), IN(8, 4), IN(8, 2), IN(8), IN(8), NULL));
    REJECTED(b, "gru((2,3,4), (8,4), (8,2), (8), (8)): weight_hh must be (3H, H): a block of H rows for each of the 3 gates" AT,
             mm_gru(g, IN(2, 3, 4), IN(8, 4), IN(8, 2), IN(8), IN(8), NULL));
    REJECTED(b,
             "lstm((2,3,5), (8,4), (8,2), (8), (8)): weight_ih must be (8, 5): 4 gates of the H = 2 of weight_hh, and the last "
             "size of x" AT,
             mm_lstm(g, IN(2, 3, 5), IN(8, 4), IN(8, 2), IN(8), IN(8), NULL));
    REJECTED(b, "gru((2,3,4), (6,4), (6,2), (6), (8)): bias_hh must be (6)" AT,
             mm_gru(g, IN(2, 3, 4), IN(6, 4), IN(6, 2), IN(6), IN(8), NULL));
    REJECTED(b, "lstm((2,3,4), (8,4), (8,2), (8), (8)): length[1] = 0, but sequences have 1 .. 3 steps" AT,
             mm_lstm(g, IN(2, 3, 4), IN(8, 4), IN(8, 2), IN(8), IN(8), ((const int[]){3, 0})));
}

static void normalisation(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    real running[8] = {0};
    REJECTED(b, "layernorm((2,4), (4), (3)): weight and bias must be (4), the last size of x" AT,
             mm_layernorm(g, IN(2, 4), IN(4), IN(3), 0));
    REJECTED(b, "l2norm(()): l2norm is over the last axis, a scalar has none" AT, mm_l2norm(g, SCALAR, 0));
    REJECTED(b, "batchnorm((2,3), (3), (3)): x must be (B, C, H, W)" AT,
             mm_batchnorm(g, IN(2, 3), IN(3), IN(3), running, running, MM_TORCH_BATCHNORM));
    REJECTED(b, "batchnorm((2,3,4,5), (3), (4)): weight and bias must be (3), the number of channels" AT,
             mm_batchnorm(g, IN(2, 3, 4, 5), IN(3), IN(4), running, running, MM_TORCH_BATCHNORM));
    REJECTED(b, "batchnorm((1,3,1,1), (3), (3)): one number per channel has no variance; train with a larger batch" AT,
             mm_batchnorm(g, IN(1, 3, 1, 1), IN(3), IN(3), running, running, MM_TORCH_BATCHNORM));
}

static void pictures(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    REJECTED(b,
             "conv2d((2,3,8,8), (4,2,3,3)): x is (B, C, H, W) and weight (O, C/groups, kh, kw) with the same C; groups is 1" AT,
             mm_conv2d(g, IN(2, 3, 8, 8), IN(4, 2, 3, 3), NULL, (Conv2d){0}));
    REJECTED(b, "conv2d((2,3,8,8), (4,3,3,3)): stride -1, pad 1, extra 0 and groups 1 make no sense" AT,
             mm_conv2d(g, IN(2, 3, 8, 8), IN(4, 3, 3, 3), NULL, (Conv2d){.stride = -1, .pad = 1}));
    REJECTED(b, "conv2d((2,4,8,8), (3,2,3,3)): 3 outputs cannot be shared out among 2 groups" AT,
             mm_conv2d(g, IN(2, 4, 8, 8), IN(3, 2, 3, 3), NULL, (Conv2d){.groups = 2}));
    REJECTED(b, "conv2d((2,3,4,4), (4,3,7,7)): the kernel is larger than the padded picture" AT,
             mm_conv2d(g, IN(2, 3, 4, 4), IN(4, 3, 7, 7), NULL, (Conv2d){.pad = 1}));
    REJECTED(b, "conv2d((2,3,8,8), (4,3,3,3), (3)): bias must be (4)" AT,
             mm_conv2d(g, IN(2, 3, 8, 8), IN(4, 3, 3, 3), IN(3), (Conv2d){0}));
    REJECTED(b, "maxpool2d((2,3,8,8)): size 3, stride 0 and pad 2 make no sense; pad is at most half the size" AT,
             mm_maxpool2d(g, IN(2, 3, 8, 8), (Pool2d){.size = 3, .pad = 2}));
    REJECTED(b, "drop_connect(()): x must be (B, ...): whole samples are dropped" AT, mm_drop_connect(g, SCALAR, (real)0.5));
    REJECTED(b, "avgpool2d((2,3,1,8)): x must be (B, C, H, W) with H and W at least the window's 2" AT,
             mm_avgpool2d(g, IN(2, 3, 1, 8), (Pool2d){.size = 2}));
}

static void numbers_out_of_range(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    REJECTED(b,
             "embedding((10,4)): ids(2,2): number 3 is 10, but the table has rows 0 .. 9; was the tokeniser made for another "
             "vocabulary?" AT,
             mm_embedding(g, IN(10, 4), (const int[]){0, 9, 3, 10}, MM_SHAPE(2, 2)));
    REJECTED(b,
             "embedding((10,4)): ids(1): number 0 is -1, but the table has rows 0 .. 9; was the tokeniser made for another "
             "vocabulary?" AT,
             mm_embedding(g, IN(10, 4), (const int[]){-1}, MM_SHAPE(1)));
    REJECTED(b,
             "embedding((10)): the table must be a matrix (V, D), one row for each id, and ids may have 5 dimensions at most" AT,
             mm_embedding(g, IN(10), (const int[]){0}, MM_SHAPE(1)));
    REJECTED(b, "gather_rows((2,5,4)): row[1] = 5, but sequence 1 has rows 0 .. 4" AT,
             mm_gather_rows(g, IN(2, 5, 4), (const int[]){0, 5}));
    REJECTED(b,
             "gather_rows((2,5)): takes one row of each sequence: x must be (B, T, D); mm_reshape or mm_embedding may be what "
             "you need" AT,
             mm_gather_rows(g, IN(2, 5), (const int[]){0, 0}));
    REJECTED(b, "cross_entropy((2,3)): labels[1] = 3, but the logits have classes 0 .. 2" AT,
             mm_cross_entropy(g, IN(2, 3), (const int[]){0, 3}, NULL, 0));
    REJECTED(b, "cross_entropy((2,3)): smoothing = 1.5 is a share of the target: 0 .. 1" AT,
             mm_cross_entropy(g, IN(2, 3), (const int[]){0, 1}, NULL, (real)1.5));
    REJECTED(b, "cross_entropy((2,3)): give labels or soft targets, and NULL for the other" AT,
             mm_cross_entropy(g, IN(2, 3), NULL, NULL, 0));
    REJECTED(b,
             "cross_entropy((2)): logits must be (N, K): a row of K class scores for each of N examples; mm_reshape can bring "
             "them there" AT,
             mm_cross_entropy(g, IN(2), (const int[]){0, 1}, NULL, 0));
}

static void inputs_that_are_none(void **state)
{
    Bench *b = *state;
    Graph *other = mm_graph_new(1);
    Tensor *foreign = mm_input(other, MM_SHAPE(3), NULL), *stale = IN(3);
    REJECTED(b, "matmul: input 1 is NULL" AT, mm_matmul(b->g, IN(2, 3), NULL, MM_NN));
    REJECTED(b, "add: input 0 is NULL" AT, mm_add(b->g, NULL, IN(3)));
    REJECTED(b, "exp: input 0 is NULL" AT, mm_exp(b->g, NULL));
    REJECTED(b, "gather_rows: input 0 is NULL" AT, mm_gather_rows(b->g, NULL, (const int[]){0}));
    REJECTED(b, "cross_entropy: input 0 is NULL" AT, mm_cross_entropy(b->g, NULL, (const int[]){0}, NULL, 0));
    REJECTED(b, "add: input 1 belongs to another graph" AT, mm_add(b->g, IN(3), foreign));
    mm_graph_reset(b->g);
    mm_push(b->g, "text.block.0");
    if (setjmp(b->back) == 0) {
        mm_add(b->g, param(b, "w", 1, 3), stale);
        fail_msg("a stale tensor was accepted");
    }
    hide_line(b->message, __FILE__ ":");
    if (strcmp(b->message, "add: input 1 belongs to another graph" AT) != 0) { /* debug: which graph it was in is forgotten */
        assert_string_equal(b->message, "add: input 1 was made before the graph was reset; only parameters live longer" AT);
    }
    mm_graph_free(other);
}

static void *opened(Graph *g, int times)
{
    for (int i = 0; i < times; i++) {
        mm_push(g, "visual");
    }
    return NULL;
}

static void *closed(Graph *g)
{
    mm_pop(g);
    return NULL;
}

static void scopes(void **state)
{
    Bench *b = *state;
    mm_pop(b->g);
    REJECTED(b, "mm_pop without mm_push", closed(b->g));
    REJECTED(b, "mm_push(\"visual\"): more than 32 modules inside each other; is an mm_pop missing?", opened(b->g, 33));
}

static void *backward(Graph *g, Tensor *loss)
{
    mm_backward(g, loss);
    return NULL;
}

static void walks(void **state)
{
    Bench *b = *state;
    Graph *g = b->g;
    Tensor *x = param(b, "x", 1, 3), *y = mm_mul(g, x, x), *input = SCALAR;
    REJECTED(b, "mm_backward: the loss must be one number, this is (1,3); sum or average it first", backward(g, y));
    REJECTED(b, "mm_backward: no parameter leads to this tensor, which is an input; was recording off (mm_graph_record)?",
             backward(g, input));
    REJECTED(b, "mm_backward: no parameter leads to loss; was recording off (mm_graph_record)?",
             backward(g, mm_named(mm_exp(g, input), "loss")));
    Tensor *loss = mm_sum(g, y, MM_ALL);
    mm_backward(g, loss);
    REJECTED(b, "a second mm_backward on one graph would add every gradient twice; call mm_graph_reset and run the forward again",
             backward(g, loss));
    Graph *other = new_graph(b);
    REJECTED(b, "mm_backward: this tensor is not in the graph; was the graph reset after it was made?", backward(other, loss));
    mm_graph_free(other);
}

static void parameters(void **state)
{
    Bench *b = *state;
    param(b, "w", 1, 3);
    REJECTED(b, "two parameters named \"w\"", param(b, "w", 1, 3));
    REJECTED(b, "two parameters named \"w\"", mm_buffer(b->ps, "w", MM_SHAPE(3), 0));
}

/* Names far too long for the message are cut, not run over. */
static void long_names(void **state)
{
    Bench *b = *state;
    char name[3000];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    Tensor *x[8];
    for (int i = 0; i < 8; i++) {
        x[i] = mm_named(mm_input(b->g, i < 7 ? MM_SHAPE(1, 1, 1, 1, 1, 1) : MM_SHAPE(2, 2), NULL), name);
    }
    if (setjmp(b->back) == 0) {
        mm_concat(b->g, 8, x, 0);
        fail_msg("accepted");
    }
    assert_non_null(strstr(b->message, "input 7 differs"));
    assert_true(strlen(b->message) < sizeof b->message - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_shapes_scope_and_line),
        TEST(elementwise),
        TEST(reductions_and_shapes),
        TEST(products),
        TEST(attention),
        TEST(attention_between_sequences),
        TEST(recurrent),
        TEST(normalisation),
        TEST(pictures),
        TEST(numbers_out_of_range),
        TEST(inputs_that_are_none),
        TEST(scopes),
        TEST(walks),
        TEST(parameters),
        TEST(long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
