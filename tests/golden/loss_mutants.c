/* loss_mutants.c: the test of the goldens of losses and of the Lorentz model. Each is written once more with a mistake that is
 * easily made; its value or its gradients must differ from PyTorch's. The first of each is the library's own and must agree. */
#include "case.h"
#include "mm/nn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <tgmath.h>

#include <cmocka.h>

static Tensor *scaled(Graph *g, Tensor *x, double factor)
{
    return mm_affine(g, x, (real)factor, 0);
}

static Tensor *sum(Graph *g, Tensor *x)
{
    return mm_sum(g, x, MM_ALL);
}

/* there on the diagonal, elsewhere beside it */
static Tensor *eye(Graph *g, int n, real there, real elsewhere)
{
    Tensor *t = mm_input(g, MM_SHAPE(n, n), NULL);
    for (int i = 0; i < n * n; i++) {
        t->data[i] = i % (n + 1) == 0 ? there : elsewhere;
    }
    return t;
}

static Tensor *transposed(Graph *g, Tensor *x)
{
    return mm_permute(g, x, (const int[]){1, 0});
}

/* [margin + s_ij - s_ii]+ , or with the column's own s_jj, diagonal included */
static Tensor *hinge(Graph *g, Tensor *s, double margin, bool of_column)
{
    int n = s->shape.d[0];
    Tensor *own = mm_sum(g, mm_mul(g, s, eye(g, n, 1, 0)), 1);
    own = of_column ? own : mm_reshape(g, own, MM_SHAPE(n, 1));
    return mm_relu(g, mm_affine(g, mm_sub(g, s, own), 1, (real)margin));
}

static Tensor *off_diagonal(Graph *g, Tensor *cost)
{
    return mm_mul(g, cost, eye(g, cost->shape.d[0], 0, 1));
}

static Tensor *excess(Graph *g, Tensor *image, Tensor *text)
{
    return mm_sub(g, text, mm_reshape(g, image, MM_SHAPE(image->shape.d[0], 1, mm_last(image->shape))));
}

static Tensor *curvature(Graph *g, Tensor *c)
{
    return mm_affine(g, c, 1, (real)1.5);
}

static Tensor *one(Graph *g)
{
    return mm_input(g, MM_SCALAR, (const real[]){1});
}

static const real q[] = {0.1, 0.4, 0, 0.3, 0.2, 0, 0, 1, 0, 0, 0.5, 0.25, 0, 0.25, 0};
static const real targets[] = {0.1, 0.4, 0, 0.3, 1, 0, 0, 1, 0, 0, 0.5, 0.25, 0, 0.25, 0};

#define LOSS(name, expression)                                                                                                   \
    static Tensor *name(Graph *g, Tensor *const *x)                                                                              \
    {                                                                                                                            \
        return expression;                                                                                                       \
    }
#define T mm_input(g, x[0]->shape, targets)
#define Q mm_input(g, x[0]->shape, q)

LOSS(bce_right, mm_bce_with_logits(g, x[0], targets))
LOSS(bce_summed, scaled(g, mm_bce_with_logits(g, x[0], targets), 15))
LOSS(bce_positives_only, mm_mean(g, mm_mul(g, T, mm_softplus(g, scaled(g, x[0], -1))), MM_ALL))
LOSS(bce_sign, mm_mean(g, mm_sub(g, mm_softplus(g, scaled(g, x[0], -1)), mm_mul(g, x[0], T)), MM_ALL))
LOSS(bce_of_probabilities, mm_bce_with_logits(g, mm_sigmoid(g, x[0]), targets))

LOSS(kl_right, mm_kl_divergence(g, mm_log_softmax(g, x[0]), q))
LOSS(kl_cross_entropy, scaled(g, mm_sum(g, mm_mul(g, Q, mm_log_softmax(g, x[0])), -1), -1))
LOSS(kl_mean_over_classes, scaled(g, mm_kl_divergence(g, mm_log_softmax(g, x[0]), q), 0.2))
LOSS(kl_of_logits, mm_kl_divergence(g, x[0], q))

LOSS(siglip_right, mm_siglip_loss(g, x[0], NULL))
LOSS(siglip_mean, mm_mean(g, mm_softplus(g, mm_mul(g, x[0], eye(g, 5, -1, 1))), MM_ALL))
LOSS(siglip_pairs_only, scaled(g, sum(g, mm_mul(g, mm_softplus(g, scaled(g, x[0], -1)), eye(g, 5, 1, 0))), 0.2))
LOSS(siglip_sign, scaled(g, sum(g, mm_softplus(g, mm_mul(g, x[0], eye(g, 5, 1, -1)))), 0.2))

static const bool pairs[] = {true, false, true, false, false, true, true, false, false, false, false, false, false, true, false};

/* -1 where a pair is, 1 elsewhere; or, with share, what clip_targets gives: -1/k for each of a row's k pairs. */
static Tensor *minus_z(Graph *g, bool share, bool first_only)
{
    Tensor *t = mm_input(g, MM_SHAPE(3, 5), NULL);
    for (int n = 0; n < 3; n++) {
        int right = 0, seen = 0;
        for (int m = 0; m < 5; m++) {
            right += pairs[n * 5 + m];
        }
        for (int m = 0; m < 5; m++) {
            bool pair = pairs[n * 5 + m] && !(first_only && seen);
            seen += pairs[n * 5 + m];
            t->data[n * 5 + m] = pair ? (share ? -1 / (real)right : -1) : 1;
        }
    }
    return t;
}
#define OF(z) scaled(g, sum(g, mm_softplus(g, mm_mul(g, x[0], z))), 1 / (real)3)
LOSS(siglip_pairs_right, mm_siglip_loss(g, x[0], pairs))
LOSS(siglip_pairs_right_too, OF(minus_z(g, false, false)))
LOSS(siglip_shared, OF(minus_z(g, true, false)))
LOSS(siglip_first_pair, OF(minus_z(g, false, true)))
LOSS(siglip_by_columns, scaled(g, mm_siglip_loss(g, x[0], pairs), (real)0.6))

#define BOTH_WAYS(reduce)                                                                                                        \
    mm_add(g, reduce(off_diagonal(g, hinge(g, x[0], 0.2, false))), reduce(off_diagonal(g, hinge(g, x[0], 0.2, true))))
#define SUM(cost) sum(g, cost)
#define MEAN(cost) mm_mean(g, cost, MM_ALL)
#define WRONG_AXIS(cost) sum(g, mm_max(g, cost, 0))
LOSS(ranking_right, mm_ranking_loss(g, x[0], (real)0.2, false))
LOSS(ranking_right_too, BOTH_WAYS(SUM))
LOSS(ranking_averaged, BOTH_WAYS(MEAN))
LOSS(ranking_one_way, sum(g, off_diagonal(g, hinge(g, x[0], 0.2, false))))
LOSS(ranking_same_way_twice, scaled(g, sum(g, off_diagonal(g, hinge(g, x[0], 0.2, false))), 2))
LOSS(ranking_with_diagonal, mm_add(g, sum(g, hinge(g, x[0], 0.2, false)), sum(g, hinge(g, x[0], 0.2, true))))
LOSS(ranking_no_margin, mm_ranking_loss(g, x[0], 0, false))
LOSS(hardest_right, mm_ranking_loss(g, x[0], (real)0.2, true))
LOSS(hardest_wrong_axis, BOTH_WAYS(WRONG_AXIS))
LOSS(hardest_of_all, mm_add(g, mm_max(g, off_diagonal(g, hinge(g, x[0], 0.2, false)), MM_ALL),
                            mm_max(g, off_diagonal(g, hinge(g, x[0], 0.2, true)), MM_ALL)))

LOSS(cosine_right, mm_cosine(g, x[0], x[1], (real)1e-8))
LOSS(cosine_no_lengths, mm_sum(g, mm_mul(g, x[0], x[1]), -1))
LOSS(cosine_one_length, mm_div(g, mm_sum(g, mm_mul(g, x[0], x[1]), -1), mm_norm(g, x[0], -1)))
LOSS(cosine_length_of_product, mm_div(g, mm_sum(g, mm_mul(g, x[0], x[1]), -1), mm_norm(g, mm_mul(g, x[0], x[1]), -1)))

LOSS(order_right, mm_order_scores(g, x[0], x[1], false))
LOSS(order_squared, mm_order_scores(g, x[0], x[1], true))
LOSS(order_turned_round, transposed(g, mm_order_scores(g, x[1], x[0], false)))
LOSS(order_both_ways, scaled(g, mm_norm(g, excess(g, x[0], x[1]), -1), -1))
LOSS(order_sign, mm_norm(g, mm_relu(g, excess(g, x[0], x[1])), -1))

LOSS(exp0_right, mm_lorentz_exp0(g, x[0], curvature(g, x[1])))
LOSS(exp0_no_curvature, mm_lorentz_exp0(g, x[0], mm_affine(g, x[1], 0, 1)))
LOSS(exp0_not_lifted, mm_mul(g, x[0], mm_affine(g, x[1], 0, 1)))
LOSS(exp0_by_time, mm_sinh(g, mm_mul(g, x[0], mm_sqrt(g, curvature(g, x[1])))))

LOSS(distance_right, mm_lorentz_distance(g, x[0], x[1], curvature(g, x[2])))
LOSS(distance_not_scaled, mm_mul(g, mm_lorentz_distance(g, x[0], x[1], curvature(g, x[2])), mm_sqrt(g, curvature(g, x[2]))))
LOSS(distance_inverse, mm_lorentz_distance(g, x[0], x[1], mm_div(g, one(g), curvature(g, x[2]))))
LOSS(distance_is_inner, scaled(g, mm_lorentz_inner(g, x[0], x[1], curvature(g, x[2])), -1))

LOSS(aperture_right, mm_lorentz_half_aperture(g, x[0], curvature(g, x[1]), (real)0.1))
LOSS(aperture_not_doubled, mm_lorentz_half_aperture(g, x[0], curvature(g, x[1]), (real)0.05))
LOSS(aperture_whole, scaled(g, mm_lorentz_half_aperture(g, x[0], curvature(g, x[1]), (real)0.1), 2))

LOSS(angle_right, mm_lorentz_exterior_angle(g, x[0], x[1], curvature(g, x[2])))
LOSS(angle_inside, mm_affine(g, mm_lorentz_exterior_angle(g, x[0], x[1], curvature(g, x[2])), -1, (real)M_PI))
LOSS(angle_at_the_other, mm_lorentz_exterior_angle(g, x[1], x[0], curvature(g, x[2])))

LOSS(entailment_right, mm_entailment_loss(g, x[0], x[1], curvature(g, x[2]), (real)0.1))
LOSS(entailment_turned_round, mm_entailment_loss(g, x[1], x[0], curvature(g, x[2]), (real)0.1))
LOSS(entailment_no_cone, mm_mean(g, mm_lorentz_exterior_angle(g, x[0], x[1], curvature(g, x[2])), MM_ALL))
LOSS(entailment_summed, scaled(g, mm_entailment_loss(g, x[0], x[1], curvature(g, x[2]), (real)0.1), 3))

typedef struct LossMutant {
    const char *mistake; /* NULL: none */
    Tensor *(*build)(Graph *g, Tensor *const *x);
} LossMutant;

enum { MOST_MUTANTS = 8 };

/* A golden of operations.json, the shapes and scales of its inputs, and those who claim to compute it. */
static const struct {
    const char *golden;
    int n_in;
    Shape in[3];
    double scale[3];
    LossMutant mutant[MOST_MUTANTS];
} losses[] = {
    {"bce_with_logits",
     1,
     {MM_DIMS(3, 5)},
     {8},
     {{NULL, bce_right},
      {"summed over the answers", bce_summed},
      {"no loss for what is not wanted", bce_positives_only},
      {"softplus(-x) - t x", bce_sign},
      {"sigmoid taken before, and again inside", bce_of_probabilities}}},
    {"kl_divergence",
     1,
     {MM_DIMS(3, 5)},
     {8},
     {{NULL, kl_right},
      {"the cross-entropy, without the entropy of q", kl_cross_entropy},
      {"mean over the classes", kl_mean_over_classes},
      {"logits for log-probabilities", kl_of_logits}}},
    {"siglip",
     1,
     {MM_DIMS(5, 5)},
     {8},
     {{NULL, siglip_right}, {"divided by N^2", siglip_mean}, {"pairs only", siglip_pairs_only}, {"sign of z", siglip_sign}}},
    {"siglip_pairs",
     1,
     {MM_DIMS(3, 5)},
     {8},
     {{NULL, siglip_pairs_right},
      {NULL, siglip_pairs_right_too},
      {"equal parts, as for a softmax", siglip_shared},
      {"the first pair of a row only", siglip_first_pair},
      {"divided by the columns", siglip_by_columns}}},
    {"ranking_sum",
     1,
     {MM_DIMS(5, 5)},
     {2},
     {{NULL, ranking_right},
      {NULL, ranking_right_too},
      {"averaged", ranking_averaged},
      {"one way only", ranking_one_way},
      {"the same way twice", ranking_same_way_twice},
      {"with the diagonal", ranking_with_diagonal},
      {"no margin", ranking_no_margin}}},
    {"ranking_max",
     1,
     {MM_DIMS(5, 5)},
     {2},
     {{NULL, hardest_right},
      {"all violations", ranking_right},
      {"the largest over the other axis", hardest_wrong_axis},
      {"the largest of the batch", hardest_of_all}}},
    {"cosine",
     2,
     {MM_DIMS(3, 5), MM_DIMS(3, 5)},
     {2, 2},
     {{NULL, cosine_right},
      {"not divided", cosine_no_lengths},
      {"divided by one length", cosine_one_length},
      {"divided by the length of the product", cosine_length_of_product}}},
    {"order",
     2,
     {MM_DIMS(3, 4), MM_DIMS(5, 4)},
     {2, 2},
     {{NULL, order_right},
      {"the square", order_squared},
      {"image above text", order_turned_round},
      {"both directions count", order_both_ways},
      {"an energy for a score", order_sign}}},
    {"lorentz_exp0",
     2,
     {MM_DIMS(3, 4), {0}},
     {4, 1},
     {{NULL, exp0_right},
      {"curvature 1", exp0_no_curvature},
      {"not lifted", exp0_not_lifted},
      {"sinh of each coordinate", exp0_by_time}}},
    {"lorentz_distance",
     3,
     {MM_DIMS(3, 4), MM_DIMS(5, 4), {0}},
     {4, 4, 1},
     {{NULL, distance_right},
      {"not divided by sqrt(c)", distance_not_scaled},
      {"1/c for c", distance_inverse},
      {"the inner product", distance_is_inner}}},
    {"lorentz_half_aperture",
     2,
     {MM_DIMS(3, 4), {0}},
     {4, 1},
     {{NULL, aperture_right}, {"K for 2 K", aperture_not_doubled}, {"the whole aperture", aperture_whole}}},
    {"lorentz_exterior_angle",
     3,
     {MM_DIMS(3, 4), MM_DIMS(3, 4), {0}},
     {4, 4, 1},
     {{NULL, angle_right}, {"the interior angle", angle_inside}, {"the angle at y", angle_at_the_other}}},
    {"entailment",
     3,
     {MM_DIMS(3, 4), MM_DIMS(3, 4), {0}},
     {4, 4, 1},
     {{NULL, entailment_right},
      {"the image entails the text", entailment_turned_round},
      {"the cone is ignored", entailment_no_cone},
      {"summed", entailment_summed}}},
};

/* Whether value and gradients are those of the golden. */
static bool agrees(size_t k, const LossMutant *m)
{
    Case c = begin(losses[k].golden);
    Tensor *x[3];
    for (int i = 0; i < losses[k].n_in; i++) {
        x[i] = input(&c, losses[k].in[i], losses[k].scale[i]);
    }
    return end_agrees(&c, m->build(c.g, x));
}

static void each_is_rejected(void **state)
{
    (void)state;
    int planted = 0, killed = 0;
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
        for (const LossMutant *m = losses[k].mutant; m < losses[k].mutant + MOST_MUTANTS && m->build; m++) {
            bool same = agrees(k, m);
            if (!m->mistake) {
                assert_true(same);
                continue;
            }
            printf("%-24s %-44s %s\n", losses[k].golden, m->mistake, same ? "SURVIVES" : "rejected");
            planted++;
            killed += !same;
        }
    }
    printf("rejected %d of %d mistakes planted in losses\n", killed, planted);
    assert_int_equal(killed, planted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_rejected)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
