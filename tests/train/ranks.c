/* ranks.c: many ranks equal one process with the whole batch; here they are threads. And the mistakes that people make. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>

/* ---- what ranks do together ---- */

enum { MOST_RANKS = 5 };

static void expect(bool right, const Ranks *r, const char *what)
{
    if (!right) {
        fprintf(stderr, "rank %d of %d: %s\n", r->rank, r->n, what);
        abort(); /* cmocka's way out is not for threads */
    }
}

/* Rank r has r + 1 numbers, 10 r, 10 r + 1, … */
static void collectives(const Ranks *r, void *context)
{
    (void)context;
    int count[MOST_RANKS], total = 0, first = 0;
    real own[MOST_RANKS], all[MOST_RANKS * (MOST_RANKS + 1) / 2];
    for (int k = 0; k < r->n; k++) {
        count[k] = k + 1;
        first += k < r->rank ? k + 1 : 0;
        total += k + 1;
    }
    for (int i = 0; i <= r->rank; i++) {
        own[i] = 10 * (real)r->rank + (real)i;
    }
    r->gather(r, own, all, count);
    for (int k = 0, at = 0; k < r->n; k++) {
        for (int i = 0; i <= k; i++, at++) {
            expect(all[at] == 10 * (real)k + (real)i, r, "gather");
        }
    }
    for (int i = 0; i < total; i++) {
        all[i] = (real)(1 + r->rank) * (real)i;
    }
    r->scatter_sum(r, all, own, count);
    for (int i = 0; i <= r->rank; i++) {
        expect(own[i] == (real)(r->n * (r->n + 1) / 2 * (first + i)), r, "scatter_sum");
    }
    mm_ranks_sum(r, all, total);
    for (int i = 0; i < total; i++) {
        expect(all[i] == (real)(r->n * (r->n + 1) / 2 * i), r, "sum");
    }
}

static void ranks_exchange_numbers(void **state)
{
    (void)state;
    for (int n = 1; n <= MOST_RANKS; n++) {
        mm_ranks_run(n, collectives, NULL);
    }
}

/* Every row belongs to one rank. */
static void rows_are_divided(void **state)
{
    (void)state;
    for (int n = 1; n <= 7; n++) {
        for (int rows = 0; rows < 20; rows++) {
            int next = 0;
            for (int k = 0; k < n; k++) {
                BatchPart p = mm_ranks_part(&(Ranks){.rank = k, .n = n}, rows);
                assert_true(p.first == next && p.of == rows && (p.n == rows / n || p.n == (rows + n - 1) / n));
                next += p.n;
            }
            assert_int_equal(next, rows);
        }
    }
    assert_int_equal(mm_ranks_part(NULL, 7).n, 7);
}

/* ---- training ---- */

typedef struct Way {
    bool local, checkpointing;
    int micro;
    PairStep *step;
    Tensor *(*encode)(Graph *g, void *context, int tower, BatchPart part);
    Tensor *(*loss)(Graph *g, void *context, Tensor *const *features);
    Distance distance; /* of rank 0 from one process */
    bool same;         /* all ranks ended with the same bits */
    GradientMeanSpent spent;
} Way;

static void train_rank(const Ranks *r, void *context)
{
    Way *w = context;
    mm_set_threads(1);
    Pairs *p = pairs_new(CLIP_VIT, r, w->local);
    mm_graph_checkpoint(p->graph, w->checkpointing);
    p->contrast.encode = w->encode ? w->encode : pairs_encode;
    p->contrast.loss = w->loss ? w->loss : pairs_loss;
    pairs_train(p, w->micro, w->step ? w->step : pairs_step);
    int n = (int)mm_params_numel(p->params), count[MOST_RANKS] = {0};
    real *first = calloc((size_t)n, sizeof *first), different = 0;
    count[0] = n;
    r->gather(r, p->parameters, first, count);
    different = memcmp(first, p->parameters, (size_t)n * sizeof *first) != 0;
    mm_ranks_sum(r, &different, 1);
    if (r->rank == 0) {
        w->distance = pairs_distance(pairs_whole, p);
        w->same = different == 0;
        w->spent = *mm_gradient_mean_spent(p->mean);
    }
    free(first);
    pairs_free(p);
}

static bool equal(Distance d)
{
    bool in_double = sizeof(real) == sizeof(double);
    double once = in_double ? 1e-12 : 1e-5, after = in_double ? 1e-11 : 1e-5; /* 20 steps of AdamW stretch what rounding began */
    return d.loss < once && d.gradient < once && d.parameters < after;
}

enum { WAYS = 8 };

static Way way(int how)
{
    return (Way){.local = how & 1, .checkpointing = how & 2, .micro = how & 4 ? 3 : 0};
}

static bool judge(const Way *w, int ranks)
{
    print_message("%d ranks, %s rows%s%s: loss %.0e, gradients %.0e, parameters after %d steps %.0e%s\n", ranks,
                  w->local ? "local" : "global", w->checkpointing ? ", checkpointing" : "", w->micro ? ", parts of 3" : "",
                  w->distance.loss, w->distance.gradient, PAIR_STEPS, w->distance.parameters,
                  w->same ? "" : "; the ranks are not the same");
    return equal(w->distance) && w->same;
}

/* [local_loss] */
static void ranks_equal_one_process(void **state)
{
    (void)state;
    for (int n = 1; n <= MOST_RANKS; n++) {
        for (int how = 0; how < WAYS; how++) {
            Way w = way(how);
            mm_ranks_run(n, train_rank, &w);
            assert_true(judge(&w, n));
        }
    }
}

/* The same where the ranks are processes that mpirun started. */
static int processes(const Ranks *world)
{
    bool ok = true;
    collectives(world, NULL);
    pairs_train_whole(NULL);
    for (int how = 0; how < WAYS; how++) {
        Way w = way(how);
        train_rank(world, &w);
        ok = (world->rank != 0 || judge(&w, world->n)) && ok;
    }
    pairs_free_whole(NULL);
    mm_ranks_end(world);
    return ok ? 0 : 1;
}

/* From the second step on, most gradients are sent before backward is over. */
static void most_is_sent_early(void **state)
{
    (void)state;
    for (int micro = 0; micro <= 3; micro += 3) {
        Way w = {.micro = micro};
        mm_ranks_run(2, train_rank, &w);
        double later = w.spent.bytes * (PAIR_STEPS - 1) / PAIR_STEPS;
        print_message("%d buckets, of %.0f bytes %.0f %% sent while backward ran\n", w.spent.buckets, w.spent.bytes,
                      100 * w.spent.early / w.spent.bytes);
        assert_int_equal(w.spent.steps, PAIR_STEPS);
        assert_true(w.spent.buckets > 3 && w.spent.early > later / 2 && w.spent.early <= later);
    }
}

/* ---- mistakes ---- */

/* Features of the other ranks are constants, as all_gather of most libraries has them. */
static Tensor *without_gradient(Graph *g, Tensor *own, const Ranks *ranks)
{
    BatchPart rows = mm_ranks_part(ranks, PAIRS);
    Tensor *all = mm_all_gather(g, own, ranks, PAIRS), *part[3];
    int n = 0, width = mm_last(own->shape), after = PAIRS - rows.first - rows.n;
    if (rows.first) {
        part[n++] = mm_input(g, MM_SHAPE(rows.first, width), all->data);
    }
    part[n++] = own;
    if (after) {
        part[n++] = mm_input(g, MM_SHAPE(after, width), all->data + (size_t)(rows.first + rows.n) * (size_t)width);
    }
    return mm_concat(g, n, part, 0);
}

static Tensor *loss_without_gradient(Graph *g, void *context, Tensor *const *features)
{
    Pairs *p = context;
    Tensor *all[2] = {without_gradient(g, features[0], p->ranks), without_gradient(g, features[1], p->ranks)};
    return clip_loss(g, clip_logits(g, &p->clip, all[0], all[1]), (real)0.1);
}

/* No all-gather: each rank has the loss of a small batch, and gradients are averaged as for a classifier. */
static Tensor *loss_of_a_small_batch(Graph *g, void *context, Tensor *const *features)
{
    Pairs *p = context;
    return clip_loss(g, clip_logits(g, &p->clip, features[0], features[1]), (real)0.1);
}

/* Labels of local rows begin at 0 on every rank. */
static Tensor *loss_of_labels_from_0(Graph *g, void *context, Tensor *const *features)
{
    Pairs moved = *(Pairs *)context;
    moved.contrast.rows[0].first = 0;
    return pairs_loss(g, &moved, features);
}

/* Each rank's dropout draws as if its rows were the first. */
static Tensor *encode_unplaced(Graph *g, void *context, int tower, BatchPart part)
{
    mm_graph_part(g, (BatchPart){0, part.n, part.of});
    return pairs_encode(g, context, tower, part);
}

/* Every rank trains on the rows of rank 0. */
static Tensor *encode_first_rows(Graph *g, void *context, int tower, BatchPart part)
{
    return pairs_encode(g, context, tower, (BatchPart){0, part.n, part.of});
}

static real sum_of_gradients(Pairs *p, int micro, FeatureCache *cache)
{
    real loss = pairs_step(p, micro, cache);
    for (int i = 0; i < mm_params_count(p->params); i++) {
        Tensor *t = mm_params_at(p->params, i);
        for (size_t k = 0; k < t->n; k++) {
            t->grad[k] *= (real)p->ranks->n;
        }
    }
    return loss;
}

/* The temperature is "only a scalar", so its gradient stays local. */
static real logit_scale_left_out(Pairs *p, int micro, FeatureCache *cache)
{
    p->clip.logit_scale->needs_grad = p->ranks->rank == 0;
    return pairs_step(p, micro, cache);
}

static void mistakes_are_seen(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        Way way;
    } mistakes[] = {{"no gradient through the all-gather", {.loss = loss_without_gradient}},
                    {"each rank a small batch", {.loss = loss_of_a_small_batch}},
                    {"labels of local rows from 0", {.local = true, .loss = loss_of_labels_from_0}},
                    {"dropout of the first rows everywhere", {.encode = encode_unplaced}},
                    {"the first rows everywhere", {.encode = encode_first_rows}},
                    {"the sum of gradients, not the mean", {.step = sum_of_gradients}},
                    {"logit_scale of rank 0 only", {.local = true, .step = logit_scale_left_out}}};
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        Way w = mistakes[i].way;
        mm_ranks_run(2, train_rank, &w);
        print_message("%-38s loss %.0e, gradients %.0e, parameters after %d steps %.0e\n", mistakes[i].what, w.distance.loss,
                      w.distance.gradient, PAIR_STEPS, w.distance.parameters);
        assert_true(w.distance.gradient > 1e-3);
    }
}

/* A step that is not like the first would use a gradient that has been sent already. */
static void caught(void *context, const char *message)
{
    assert_non_null(strstr(message, "its gradient has been sent to the other ranks after 1 ops had added to it"));
    longjmp(*(jmp_buf *)context, 1);
}

static bool backward_fails(Graph *g, Tensor *loss)
{
    jmp_buf back;
    mm_graph_on_fail(g, (FailHandler){caught, &back});
    if (setjmp(back) != 0) {
        return true;
    }
    mm_backward(g, loss);
    return false;
}

static void late_gradient(const Ranks *r, void *context)
{
    (void)context;
    Params *ps = mm_params_new(1);
    Graph *g = mm_graph_new(1);
    Tensor *w = mm_param(ps, "w", MM_SHAPE(3), (Init){MM_NORMAL, 1});
    GradientMean *m = mm_gradient_mean_new(ps, r, 1);
    for (int step = 0; step < 3; step++) {
        mm_gradient_mean_begin(m, g);
        Tensor *y = mm_affine(g, w, 2, 0);
        y = step == 2 ? mm_add(g, y, mm_affine(g, w, 3, 0)) : y;
        expect(backward_fails(g, mm_sum(g, y, MM_ALL)) == (step == 2), r, "a second gradient after the sum was sent is noticed");
        mm_gradient_mean_end(m);
        mm_params_zero_grad(ps);
        mm_graph_reset(g);
        if (step == 1) {
            expect(mm_gradient_mean_spent(m)->early == 3 * sizeof(real), r, "sent early in the second step");
        }
    }
    mm_gradient_mean_free(m);
    mm_graph_free(g);
    mm_params_free(ps);
}

static void a_late_gradient_is_noticed(void **state)
{
    (void)state;
    mm_ranks_run(1, late_gradient, NULL);
}

int main(void)
{
    const Ranks *world;
    Error err;
    if (!mm_ranks_world(&world, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    if (world) {
        return processes(world);
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranks_exchange_numbers),  cmocka_unit_test(rows_are_divided),
                                       cmocka_unit_test(ranks_equal_one_process), cmocka_unit_test(most_is_sent_early),
                                       cmocka_unit_test(mistakes_are_seen),       cmocka_unit_test(a_late_gradient_is_noticed)};
    return cmocka_run_group_tests(tests, pairs_train_whole, pairs_free_whole);
}
