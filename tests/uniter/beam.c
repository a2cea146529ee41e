/* beam.c: beam search against all texts there are, one by one; greedy; where a text may end, and what length is worth. */
#include "beam.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { VOCAB = 4, END = 0, FIRST = 3, MOST = 5 };

/* A model that has no sense but is always the same: its numbers depend on the beginning and a seed. */
static void nonsense(void *seed, const int *prefix, int n, int length, int stride, real *log_p)
{
    for (int i = 0; i < n; i++) {
        uint64_t key = *(uint64_t *)seed;
        double sum = 0;
        for (int t = 0; t < length; t++) {
            key = key * 31 + (uint64_t)prefix[i * stride + t] + 1;
        }
        Rng rng = mm_rng(key, "next");
        for (int v = 0; v < VOCAB; v++) {
            log_p[i * VOCAB + v] = (real)mm_normal(&rng);
            sum += exp((double)log_p[i * VOCAB + v]);
        }
        for (int v = 0; v < VOCAB; v++) {
            log_p[i * VOCAB + v] -= (real)log(sum);
        }
    }
}

typedef struct Best {
    int tokens[1 + MOST], length;
    double score;
} Best;

/* Tries everything. */
static void walk(uint64_t *seed, const BeamOptions *o, int *prefix, int length, double sum, Best *best)
{
    real log_p[VOCAB];
    if (length <= o->most) {
        nonsense(seed, prefix, 1, length, 0, log_p);
    }
    for (int v = 0; v < VOCAB && length <= o->most; v++) {
        double now = sum + (double)log_p[v], rating = now / pow(length, (double)o->length_penalty);
        if (v == END && length <= o->least) {
            continue;
        }
        prefix[length] = v;
        if ((v == END || length == o->most) && rating > best->score) {
            *best = (Best){.length = length + 1, .score = rating};
            memcpy(best->tokens, prefix, (size_t)(length + 1) * sizeof *prefix);
        }
        if (v != END) {
            walk(seed, o, prefix, length + 1, now, best);
        }
    }
}

static const double penalties[] = {0, 0.5, 1, 2};

static void finds_the_best(void **state)
{
    (void)state;
    int greedy_differs = 0, longer = 0, compared = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        int shortest = 0;
        for (int p = 0; p < 4; p++) {
            BeamOptions o = {.first = FIRST, .end = END, .vocab = VOCAB, .width = MAX_BEAMS, .least = (int)(seed % 3), .most = 4};
            o.length_penalty = (real)penalties[p];
            int prefix[1 + MOST] = {FIRST}, tokens[1 + MOST];
            double score;
            Best best = {.score = -INFINITY};
            walk(&seed, &o, prefix, 1, 0, &best);
            int length = beam_search(nonsense, &seed, o, tokens, &score); /* 3^3 beginnings at most: none is left out */
            assert_int_equal(length, best.length);
            assert_memory_equal(tokens, best.tokens, (size_t)length * sizeof *tokens);
            assert_true(fabs(score - best.score) < 1e-5);
            assert_true(length > o.least + 1 && (tokens[length - 1] == END || length == o.most + 1));
            shortest = p == 0 ? length : shortest;
            longer += p == 3 && length > shortest;
            assert_true(length >= shortest);
            o.width = 1;
            double alone;
            beam_search(nonsense, &seed, o, tokens, &alone);
            assert_true(alone <= score + 1e-6);
            greedy_differs += alone < score - 1e-6;
            compared++;
        }
    }
    print_message("greedy is worse in %d of %d, a penalty makes %d of 200 longer\n", greedy_differs, compared, longer);
    assert_true(greedy_differs > 50 && longer > 50);
}

/* Of beginnings, greedy keeps the likeliest; what has ended before is kept beside it. */
static void greedy_follows(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        int tokens[1 + MOST], prefix[1 + MOST] = {FIRST};
        const BeamOptions o = {
            .first = FIRST, .end = END, .vocab = VOCAB, .width = 1, .least = MOST - 1, .most = MOST, .length_penalty = 1};
        double score, sum = 0;
        int length = beam_search(nonsense, &seed, o, tokens, &score);
        for (int t = 1; t < MOST; t++) { /* no end is allowed before the last */
            real log_p[VOCAB];
            nonsense(&seed, prefix, 1, t, 0, log_p);
            int best = 1;
            for (int v = 2; v < VOCAB; v++) {
                best = log_p[v] > log_p[best] ? v : best;
            }
            prefix[t] = best;
            sum += (double)log_p[best];
        }
        assert_int_equal(length, MOST + 1);
        assert_memory_equal(tokens, prefix, MOST * sizeof *tokens);
        assert_true(score * MOST <= sum + 1e-5);
    }
}

static void impossible(void *context, const int *prefix, int n, int length, int stride, real *log_p)
{
    (void)context;
    (void)prefix;
    (void)length;
    (void)stride;
    for (int i = 0; i < n * VOCAB; i++) {
        log_p[i] = (real)-INFINITY;
    }
}

static void no_text(void **state)
{
    (void)state;
    int tokens[1 + MOST];
    double score;
    const BeamOptions o = {.first = FIRST, .end = END, .vocab = VOCAB, .width = 3, .most = MOST};
    assert_int_equal(beam_search(impossible, NULL, o, tokens, &score), 0);
    assert_true(score == -INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_best), cmocka_unit_test(greedy_follows),
                                       cmocka_unit_test(no_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
