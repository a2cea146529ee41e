/* heads.c: UNITER's heads for answers and for ranking against PyTorch (tests/golden/make_uniter.py); hard negatives; planted mistakes. */
#include "heads.h"
#include "../io/scratch.h"
#include "folder.h"

#include <jansson.h>
#include <math.h>

enum { B = 2, T = 6, R = 3, IMG_DIM = 6, ANSWERS = 7, GROUP = 3 };

static json_t *file, *golden;

static void numbers(const json_t *of, const char *key, real *x)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(of, key), i, one) x[i] = (real)json_number_value(one);
}

static double off(const char *key, const real *x, size_t n)
{
    double worst = 0;
    assert_int_equal(json_array_size(json_object_get(golden, key)), n);
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)x[i] - json_number_value(json_array_get(json_object_get(golden, key), i))));
    }
    print_message("%s: off by %.1e\n", key, worst);
    return worst;
}

static int open_golden(void **state)
{
    (void)state;
    Error err;
    file = mm_json_read("tests/golden/uniter.json", 1 << 20, &err);
    golden = json_object_get(file, "heads");
    return golden ? 0 : -1;
}

static int close_golden(void **state)
{
    (void)state;
    json_decref(file);
    return 0;
}

static void as_pytorch(void **state)
{
    (void)state;
    Error err;
    UniterModel m;
    assert_true(uniter_folder_load("tests/golden/uniter/uniter", &m, &err));
    Params *ps = mm_params_new(1);
    VqaHead vqa = vqa_init(ps, "vqa_output", &m.uniter.config, ANSWERS);
    RankHead rank = rank_init(ps, &m.uniter);
    for (int d = 0; d < m.uniter.config.bert.width; d++) { /* as it begins: what ITM has for yes */
        assert_true(rank.output.weight->data[d] == m.uniter.itm_output.weight->data[m.uniter.config.bert.width + d]);
    }
    assert_true(rank.output.bias->data[0] == m.uniter.itm_output.bias->data[1]);
    if (!mm_params_load(ps, "tests/golden/uniter/heads/model.safetensors", &err)) {
        fail_msg("%s", err.text);
    }
    const json_t *inputs = json_object_get(file, "uniter");
    static const int words[B] = {6, 4}, regions[B] = {1, 3};
    real feat[B * R * IMG_DIM], box[B * R * UNITER_BOX], id[B * T];
    int ids[B * T];
    numbers(inputs, "feat", feat);
    numbers(inputs, "box", box);
    numbers(inputs, "ids", id);
    for (int i = 0; i < B * T; i++) {
        ids[i] = (int)id[i];
    }
    Graph *g = mm_graph_new(1);
    mm_graph_train(g, false);
    const UniterBatch b = {.B = B,
                           .T = T,
                           .R = R,
                           .ids = ids,
                           .words = words,
                           .regions = regions,
                           .feat = mm_input(g, MM_SHAPE(B, R, IMG_DIM), feat),
                           .box = mm_input(g, MM_SHAPE(B, R, UNITER_BOX), box)};
    Tensor *hidden = uniter_encode(g, &m.uniter, &b);
    assert_true(off("logits", vqa_logits(g, &m.uniter, &vqa, hidden)->data, B * ANSWERS) < 1e-11);
    assert_true(off("scores", rank_scores(g, &m.uniter, &rank, hidden)->data, B) < 1e-11);
    mm_graph_free(g);
    mm_params_free(ps);
    uniter_model_free(&m);
}

static void losses(void **state)
{
    (void)state;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    real targets[B * ANSWERS];
    numbers(golden, "targets", targets);
    Tensor *logits = mm_param(ps, "logits", MM_SHAPE(B, ANSWERS), (Init){MM_ZERO, 0}),
           *ranks = mm_param(ps, "ranks", MM_SHAPE(2 * GROUP), (Init){MM_ZERO, 0});
    numbers(golden, "logits", logits->data);
    numbers(golden, "ranks", ranks->data);
    Tensor *vqa = vqa_loss(g, logits, targets), *rank = rank_loss(g, ranks, GROUP, (real)0.2);
    assert_true(off("vqa", vqa->data, 1) < 1e-12);
    assert_true(off("rank", rank->data, 1) < 1e-12);
    mm_backward(g, mm_add(g, vqa, rank));
    assert_true(off("d logits", logits->grad, B * ANSWERS) < 1e-12);
    assert_true(off("d ranks", ranks->grad, 2 * GROUP) < 1e-12);
    mm_graph_free(g);
    mm_params_free(ps);
}

/* What looks right and is not must differ from the golden by far more than rounding. */
static void mistakes(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    real targets[B * ANSWERS], ranks[2 * GROUP], hard[B * ANSWERS], logits[B * ANSWERS];
    numbers(golden, "targets", targets);
    numbers(golden, "ranks", ranks);
    numbers(golden, "logits", logits);
    for (int i = 0; i < B * ANSWERS; i++) {
        hard[i] = targets[i] > 0.5;
    }
    Tensor *z = mm_input(g, MM_SHAPE(B, ANSWERS), logits), *s = mm_input(g, MM_SHAPE(2 * GROUP), ranks);
    assert_true(off("vqa", vqa_loss(g, z, hard)->data, 1) > 1e-3);               /* hard targets for soft */
    assert_true(off("vqa", mm_bce_with_logits(g, z, targets)->data, 1) > 1e-3);  /* mean over answers for their sum */
    assert_true(off("rank", rank_loss(g, s, GROUP, (real)0.1)->data, 1) > 1e-3); /* another margin */
    assert_true(off("rank", rank_loss(g, s, 2, (real)0.2)->data, 1) > 1e-3);     /* other groups */
    Tensor *swapped = mm_affine(g, s, -1, 0);
    assert_true(off("rank", rank_loss(g, swapped, GROUP, (real)0.2)->data, 1) > 1e-3); /* the pair below the others */
    mm_graph_free(g);
}

static void hard_negatives(void **state)
{
    (void)state;
    static const real score[] = {0.5, 2, -1, 2, 3, 0.7};
    int which[6];
    hardest(score, 6, 4, which);
    assert_true(which[0] == 4 && which[1] == 1 && which[2] == 3 && which[3] == 5);
    hardest(score, 3, 5, which); /* as many as there are */
    assert_true(which[0] == 1 && which[1] == 0 && which[2] == 2);
}

static jmp_buf failed;
static char message[256];

static void caught(void *context, const char *text)
{
    (void)context;
    snprintf(message, sizeof message, "%s", text);
    longjmp(failed, 1);
}

static void wrong_groups(void **state)
{
    (void)state;
    Graph *g = mm_graph_new(1);
    mm_graph_on_fail(g, (FailHandler){caught, NULL});
    message[0] = 0;
    if (!setjmp(failed)) {
        rank_loss(g, mm_input(g, MM_SHAPE(7), NULL), 3, (real)0.2);
    }
    assert_non_null(strstr(message, "7 scores are no groups of 3"));
    mm_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_pytorch), cmocka_unit_test(losses), cmocka_unit_test(mistakes),
                                       cmocka_unit_test(hard_negatives), cmocka_unit_test(wrong_groups)};
    return cmocka_run_group_tests(tests, open_golden, close_golden);
}
