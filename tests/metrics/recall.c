/* recall.c: Recall@K worked out by hand. Above all with ties: a model that says the same to everything must get chance. */
#include "mm/metrics.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>

static void near(double a, double b)
{
    if (!(fabs(a - b) < 1e-12)) {
        fail_msg("%.15g is not %.15g", a, b);
    }
}

/* [recall_at_k] [median_rank] 3 pictures, 2 captions each. Picture 0 finds a caption at rank 1, picture 1 at 3, picture 2 at 2. */
static const real scores[18] = {
    (real)0.9, (real)0.1,  (real)0.3, (real)0.2, (real)0.0, (real)0.4,  /* 0: its captions rank 1 and 5 */
    (real)0.8, (real)0.1,  (real)0.3, (real)0.2, (real)0.7, (real)0.0,  /* 1: 3 and 4 */
    (real)0.5, (real)-0.1, (real)0.2, (real)0.1, (real)0.4, (real)-0.5, /* 2: 2 and 6 */
};
static const int pictures[3] = {0, 1, 2}, captions[6] = {0, 0, 1, 1, 2, 2};

static void by_hand(void **state)
{
    (void)state;
    Recall r = mm_recall(scores, 3, 6, pictures, captions);
    near(r.at1, 1.0 / 3);
    near(r.at5, 1);
    near(r.median_rank, 2);
    near(mm_recall_at(2, scores, 3, 6, pictures, captions), 2.0 / 3);
    near(mm_recall_at(3, scores, 3, 6, pictures, captions), 1);
    double hits[3];
    mm_recall_hits(2, scores, 3, 6, pictures, captions, hits);
    near(hits[0], 1);
    near(hits[1], 0);
    near(hits[2], 1);
    const real tied[4] = {1, 1, 1, 1};
    mm_recall_hits(1, tied, 1, 4, pictures, captions, hits); /* two of four are right */
    near(hits[0], 0.5);
}

/* The other way each caption is a query with one right picture. Ranks: 1, (0.1 ties with 0.1: 1.5), (0.3 with 0.3: 1.5),
 * (0.2 with 0.2: 1.5), 2, 3. */
static void columns(void **state)
{
    (void)state;
    Recall r = mm_recall_columns(scores, 3, 6, pictures, captions);
    near(r.at1, (1 + 0.5 + 0.5 + 0.5) / 6);
    near(r.at5, 1); /* more places than candidates */
    near(r.median_rank, 1.5);
    real transposed[18];
    for (int i = 0; i < 18; i++) {
        transposed[i % 6 * 3 + i / 6] = scores[i];
    }
    Recall t = mm_recall(transposed, 6, 3, captions, pictures);
    near(t.at1, r.at1);
    near(t.median_rank, r.median_rank);
}

static void same_score_is_chance(void **state)
{
    (void)state;
    enum { N = 7, M = 23 };
    real s[N * M] = {0};
    int query[N], candidate[M];
    for (int j = 0; j < M; j++) {
        candidate[j] = j % 5; /* labels 0, 1, 2 five times, 3 and 4 four times */
    }
    for (int i = 0; i < N; i++) {
        query[i] = i % 5;
    }
    Recall r = mm_recall(s, N, M, query, candidate), chance = mm_recall_chance(N, M, query, candidate);
    near(r.at1, (5 * 5 + 4 * 2) / 23.0 / 7); /* five of the seven queries have five of 23 right, two have four */
    near(r.at1, chance.at1);
    near(r.at5, chance.at5);
    near(r.at10, chance.at10);
    near(r.median_rank, 24.0 / 6);
    near(chance.median_rank, 24.0 / 6);
    /* 1 - C(18, 5) / C(23, 5) and 1 - C(19, 5) / C(23, 5) */
    near(chance.at5, (5 * (1 - 8568.0 / 33649) + 2 * (1 - 11628.0 / 33649)) / 7);
    for (int i = 0; i < N * M; i++) {
        s[i] = NAN;
    }
    near(mm_recall(s, N, M, query, candidate).at1, chance.at1);
    for (int i = 0; i < N * M; i++) {
        s[i] = -INFINITY;
    }
    near(mm_recall(s, N, M, query, candidate).at10, chance.at10);
}

static void chance_of_one_in_m(void **state)
{
    (void)state;
    int label[1026];
    for (int i = 0; i < 1026; i++) {
        label[i] = i;
    }
    Recall r = mm_recall_chance(1026, 1026, label, label);
    near(r.at1, 1.0 / 1026);
    near(r.at5, 5.0 / 1026);
    near(r.at10, 10.0 / 1026);
    near(r.median_rank, 513.5);
}

/* All orders of the tied candidates, one after the other, give the same mean. */
static void ties_are_the_mean_of_all_orders(void **state)
{
    (void)state;
    const int candidate[5] = {1, 0, 1, 0, 0}, query = 1; /* candidate 0 scores highest and is wrong for label 0 */
    const real tied[5] = {(real)0.5, (real)0.9, (real)0.5, (real)0.5, (real)0.1};
    for (int k = 1; k <= 5; k++) {
        double mean = 0;
        for (int order = 0; order < 6; order++) { /* places of candidates 0, 2 and 3 */
            static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
            real s[5] = {tied[0], tied[1], tied[2], tied[3], tied[4]};
            for (int i = 0; i < 3; i++) {
                s[i == 0 ? 0 : i + 1] += (real)(orders[order][i] * 0.01);
            }
            mean += mm_recall_at(k, s, 1, 5, &query, candidate) / 6;
        }
        near(mm_recall_at(k, tied, 1, 5, &query, candidate), mean);
    }
    near(mm_recall(tied, 1, 5, &query, candidate).median_rank, 1 + 4.0 / 3);
}

static void worst_and_best(void **state)
{
    (void)state;
    const int label[3] = {0, 1, 2};
    const real right[9] = {2, 1, 1, 1, 2, 1, 1, 1, 2}, wrong[9] = {0, 1, 1, 1, 0, 1, 1, 1, 0};
    const real broken[9] = {NAN, 1, 1, 1, NAN, 1, 1, 1, NAN};
    near(mm_recall(right, 3, 3, label, label).at1, 1);
    near(mm_recall(right, 3, 3, label, label).median_rank, 1);
    near(mm_recall(wrong, 3, 3, label, label).at1, 0);
    near(mm_recall(wrong, 3, 3, label, label).median_rank, 3);
    near(mm_recall(broken, 3, 3, label, label).at1, 0); /* NaN is no answer, so not a right one */
    near(mm_recall(broken, 3, 3, label, label).at5, 1);
    const int absent[3] = {0, 1, 7};
    near(mm_recall(right, 3, 3, absent, label).at10, 2.0 / 3); /* what is not there is not found, not even among all */
    near(mm_recall_chance(3, 3, absent, label).at10, 2.0 / 3);
    const int nobody[3] = {7, 8, 9};
    near(mm_recall(right, 3, 3, nobody, label).median_rank, 4);
    near(mm_recall(right, 0, 3, label, label).at1, 0);
}

enum { PICTURES = 12, EACH = 5, TEXTS = PICTURES * EACH };

/* How many of m scores are higher than the one at `at`, for numbers that all differ: sort, and look. */
static int place(const real *s, int step, int m, int at)
{
    int above = 0;
    for (int j = 0; j < m; j++) {
        above += s[j * step] > s[at * step];
    }
    return above;
}

/* Karpathy's protocol by brute force: a picture's rank is the best of its five captions'; each caption is a query of its own. off
 * is added to all ranks: what an off-by-one would give. */
static Recall brute(const real *s, bool to_text, int off)
{
    Recall r = {0};
    int queries = to_text ? PICTURES : TEXTS;
    for (int q = 0; q < queries; q++) {
        int best = TEXTS;
        for (int c = 0; c < (to_text ? EACH : 1); c++) {
            int rank = to_text ? place(s + q * TEXTS, 1, TEXTS, q * EACH + c) : place(s + q, TEXTS, PICTURES, q / EACH);
            best = rank < best ? rank : best;
        }
        best += off;
        r.at1 += (best < 1) / (double)queries;
        r.at5 += (best < 5) / (double)queries;
        r.at10 += (best < 10) / (double)queries;
        r.mean_rank += (best + 1) / (double)queries;
    }
    return r;
}

static void same(Recall a, Recall b)
{
    near(a.at1, b.at1);
    near(a.at5, b.at5);
    near(a.at10, b.at10);
    near(a.mean_rank, b.mean_rank);
}

static void five_captions(void **state)
{
    (void)state;
    real s[PICTURES * TEXTS];
    int picture[PICTURES], of[TEXTS];
    for (int t = 0; t < TEXTS; t++) {
        of[t] = t / EACH;
    }
    for (int seed = 1; seed <= 20; seed++) {
        Rng rng = mm_rng((uint64_t)seed, "five captions");
        for (int i = 0; i < PICTURES * TEXTS; i++) {
            picture[i / TEXTS] = i / TEXTS;
            s[i] = (real)mm_uniform(&rng) + (i / TEXTS == of[i % TEXTS] ? (real)0.3 : 0);
        }
        Recall to_text = mm_recall(s, PICTURES, TEXTS, picture, of),
               to_image = mm_recall_columns(s, PICTURES, TEXTS, picture, of);
        same(to_text, brute(s, true, 0));
        same(to_image, brute(s, false, 0));
        assert_true(fabs(to_text.at1 - brute(s, true, 1).at1) > 0.1); /* the mistake would be seen */
    }
}

/* A perfect matrix gets 1 at every K, in both directions; counting hits twice, as UNITER's code does, would give 1.05. */
static void perfect(void **state)
{
    (void)state;
    real s[400] = {0};
    int label[20];
    for (int i = 0; i < 20; i++) {
        label[i] = i;
        s[i * 21] = 1;
    }
    Recall a = mm_recall(s, 20, 20, label, label), b = mm_recall_columns(s, 20, 20, label, label);
    same(a, (Recall){.at1 = 1, .at5 = 1, .at10 = 1, .mean_rank = 1});
    same(b, a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(columns),
        cmocka_unit_test(same_score_is_chance),
        cmocka_unit_test(chance_of_one_in_m),
        cmocka_unit_test(ties_are_the_mean_of_all_orders),
        cmocka_unit_test(worst_and_best),
        cmocka_unit_test(five_captions),
        cmocka_unit_test(perfect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
