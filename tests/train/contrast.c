/* contrast.c: a contrastive step in parts is the step of the whole batch, with dropout too; and the mistakes that people make in it are
 * seen by the same comparison. */
#include "pairs.h"

#include <string.h>

static bool equal(Distance d)
{
    return d.loss < 1e-12 && d.gradient < 1e-12 && d.parameters < 1e-11; /* 20 steps of AdamW stretch what rounding began */
}

/* [gradcache] Parts of equal size and not, down to a row at a time; and with blocks that run once more inside of parts that are run twice. */
static void parts_equal_the_whole(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 3, 4, 7, 15, 16, 17};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        Pairs *p = pairs_new(CLIP_VIT, NULL, false);
        mm_graph_checkpoint(p->graph, i % 2);
        pairs_train(p, sizes[i / 2], pairs_step);
        Distance d = pairs_distance(pairs_whole, p);
        print_message("parts of %2d of %d%s: loss %.0e, gradients %.0e, parameters after %d steps %.0e\n", sizes[i / 2], PAIRS,
                      i % 2 ? ", checkpointing" : "", d.loss, d.gradient, PAIR_STEPS, d.parameters);
        assert_true(equal(d));
        pairs_free(p);
    }
}

/* The memory of activations is that of a part, or of the loss if that is more. */
static void memory(void **state)
{
    (void)state;
    Pairs *p = pairs_new(CLIP_VIT, NULL, false);
    pairs_train(p, 2, pairs_step);
    size_t part = mm_graph_memory(p->graph)->peak[MM_VALUES], all = mm_graph_memory(pairs_whole->graph)->peak[MM_VALUES];
    print_message("activations: %zu KiB for the whole batch of %d, %zu KiB in parts of 2\n", all >> 10, PAIRS, part >> 10);
    assert_true(part < all / (PAIRS / 2) * 5 / 4);
    pairs_free(p);
}

static void caught(void *context, const char *message)
{
    assert_non_null(strstr(message, "BatchNorm in training depends on the rows that it sees together"));
    longjmp(*(jmp_buf *)context, 1);
}

static void batchnorm_is_refused(void **state)
{
    (void)state;
    jmp_buf back;
    Pairs *p = pairs_new(CLIP_RESNET, NULL, false);
    mm_graph_on_fail(p->graph, (FailHandler){caught, &back});
    if (setjmp(back) == 0) {
        pairs_train(p, 4, pairs_step);
        fail_msg("a model with BatchNorm was trained in parts");
    }
    pairs_free(p);
}

/* ---- mistakes ---- */

/* Gradient accumulation: the loss of each part by itself, and the mean of these. */
static real accumulate(Pairs *p, int micro, FeatureCache *cache)
{
    (void)cache;
    real sum = 0, share = (real)micro / PAIRS;
    for (int first = 0; first < PAIRS; first += micro) {
        BatchPart part = {first, micro, PAIRS};
        mm_graph_part(p->graph, part);
        Tensor *features[2] = {pairs_encode(p->graph, p, 0, part), pairs_encode(p->graph, p, 1, part)};
        Tensor *loss = pairs_loss(p->graph, p, features);
        mm_backward_from(p->graph, loss, &share);
        sum += share * loss->data[0];
        mm_graph_reset(p->graph);
    }
    mm_graph_part(p->graph, (BatchPart){0});
    return sum;
}

/* The gradients are divided by the number of parts, as accumulation does: dL/df_i is of the whole loss already. */
static real divided_by_parts(Pairs *p, int micro, FeatureCache *cache)
{
    real loss = pairs_step(p, micro, cache);
    for (int i = 0; i < mm_params_count(p->params); i++) {
        Tensor *t = mm_params_at(p->params, i);
        for (size_t k = 0; k < t->n && t != p->clip.logit_scale; k++) {
            t->grad[k] *= (real)micro / PAIRS;
        }
    }
    return loss;
}

/* The loss of the whole batch is differentiated once for each part, and logit_scale gets its gradient each time. */
static real logit_scale_each_time(Pairs *p, int micro, FeatureCache *cache)
{
    real loss = pairs_step(p, micro, cache);
    p->clip.logit_scale->grad[0] *= (real)PAIRS / (real)micro;
    return loss;
}

/* The second forward draws other random numbers than the first. */
static Tensor *encode_anew(Graph *g, void *context, int tower, BatchPart part)
{
    Pairs *p = context;
    mm_graph_rng(g)->count += p->calls++ << 20;
    return pairs_encode(g, context, tower, part);
}

/* Each part draws as if it were the first: the same places of all parts are dropped. */
static Tensor *encode_unplaced(Graph *g, void *context, int tower, BatchPart part)
{
    mm_graph_part(g, (BatchPart){0, part.n, part.of});
    return pairs_encode(g, context, tower, part);
}

/* The features of the tower that comes second lie where the first one's do. */
static Tensor *encode_other_rows(Graph *g, void *context, int tower, BatchPart part)
{
    return pairs_encode(g, context, tower, (BatchPart){tower ? part.of - part.first - part.n : part.first, part.n, part.of});
}

static void mistakes_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        PairStep *step;
        Tensor *(*encode)(Graph *g, void *context, int tower, BatchPart part);
    } mistakes[] = {{"the losses of parts, accumulated", accumulate, pairs_encode},
                    {"divided by the number of parts", divided_by_parts, pairs_encode},
                    {"logit_scale counted once a part", logit_scale_each_time, pairs_encode},
                    {"dropout drawn anew", pairs_step, encode_anew},
                    {"every part draws as the first", pairs_step, encode_unplaced},
                    {"texts of another part", pairs_step, encode_other_rows}};
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        Pairs *p = pairs_new(CLIP_VIT, NULL, false);
        p->contrast.encode = mistakes[i].encode;
        pairs_train(p, 4, mistakes[i].step);
        Distance d = pairs_distance(pairs_whole, p);
        print_message("%-34s loss %.0e, gradients %.0e, parameters after %d steps %.0e\n", mistakes[i].what, d.loss, d.gradient,
                      PAIR_STEPS, d.parameters);
        assert_false(equal(d));
        assert_true(d.gradient > 1e-3);
        pairs_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_equal_the_whole), cmocka_unit_test(memory),
                                       cmocka_unit_test(batchnorm_is_refused), cmocka_unit_test(mistakes_are_seen)};
    return cmocka_run_group_tests(tests, pairs_train_whole, pairs_free_whole);
}
