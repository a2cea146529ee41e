/* set.c: what is trained on and what is tested with do not meet; noise and parts are what they say. */
#include "../io/scratch.h"
#include "batch.h"

#include <math.h>

static PairSet load(SetOptions o)
{
    Error err;
    PairSet s;
    o.data = "datasets";
    if (!set_load(&o, false, &s, &err)) {
        fail_msg("%s", err.text);
    }
    return s;
}

static bool same_pixels(const Picture *a, const Picture *b)
{
    return a->width == b->width && a->height == b->height &&
           memcmp(a->pixels, b->pixels, (size_t)a->width * (size_t)a->height * (size_t)a->channels) == 0;
}

/* No text and no picture of the test is trained on, filtered or not. */
static void apart(void **state)
{
    (void)state;
    static const int filters[] = {-1, MM_LIMITS_HERE};
    int n[2];
    for (int f = 0; f < 2; f++) {
        PairSet s = load((SetOptions){.filter = filters[f], .part = 1});
        const Test *t = &s.test[0];
        assert_int_equal(s.tests, 2);
        assert_true(t->pictures > 100 && s.test[1].pictures == 1032);
        n[f] = s.n;
        for (int i = 0; i < s.n; i++) {
            for (int j = 0; j < t->texts; j++) {
                assert_true(strcmp(s.text[i], t->text[j]) != 0);
                assert_false(same_pixels(&s.picture[i], &t->picture[j]));
            }
        }
        set_free(&s);
    }
    assert_true(n[0] > 5000 && n[1] > 1000 && n[1] < n[0]);
}

static void emoji(void **state)
{
    (void)state;
    PairSet s = load((SetOptions){.pictures = EMOJI, .filter = -1, .part = 1});
    assert_int_equal(s.tests, 1);
    assert_int_equal(s.n, 5233);
    const Test *t = &s.test[0];
    for (int i = 0; i < t->pictures; i++) {
        assert_int_equal(t->picture_label[i], t->text_label[i]);
    }
    set_free(&s);
}

/* More emoji to train on, and the same test. Without what is fetched: people and symbols only. */
static void more_emoji(void **state)
{
    (void)state;
    PairSet few = load((SetOptions){.pictures = EMOJI, .filter = -1, .part = 1}),
            more = load((SetOptions){.pictures = EMOJI, .filter = -1, .part = 1, .more.groups = true});
    assert_int_equal(more.n, 7893);
    assert_int_equal(more.test[0].pictures, few.test[0].pictures);
    for (int i = 0; i < few.test[0].texts; i++) {
        assert_string_equal(more.test[0].text[i], few.test[0].text[i]);
    }
    set_free(&few);
    set_free(&more);
}

/* How many texts of some batches are read as "a … .", where they are so often. */
static double part_of_sentences(PairSet *set, const Wordpiece *tok, double often)
{
    enum { STEPS = 20 };
    Recipe recipe = recipe_default();
    recipe.sentences = often;
    Error err;
    Batches b;
    Graph *g = mm_graph_new(1);
    int sentences = 0, a = mm_wordpiece_find(tok, "a"), stop = mm_wordpiece_find(tok, "."), end = mm_wordpiece_find(tok, "[SEP]");
    assert_true(a >= 0 && stop >= 0 && end >= 0 && batches_new(set, &recipe, tok, 1, &b, &err));
    for (int s = 0; s < STEPS; s++) {
        Batch batch = batch_of(g, &b, s);
        for (int i = 0; i < batch.n; i++) {
            const int *ids = batch.ids + i * batch.T;
            int n = batch.length[i];
            assert_int_equal(ids[n - 1], end);
            sentences += ids[1] == a && (ids[n - 2] == stop || n == recipe.model.context);
        }
        mm_graph_reset(g);
    }
    mm_graph_free(g);
    batches_free(&b);
    return sentences / (double)(STEPS * recipe.batch);
}

static void sentences(void **state)
{
    (void)state;
    Error err;
    PairSet s = load((SetOptions){.pictures = BOTH, .filter = MM_LIMITS_HERE, .part = 1});
    Wordpiece *tok = mm_wordpiece_learn(s.text, s.n, 1000, true, &err);
    assert_true(part_of_sentences(&s, tok, 0) < 0.01); /* some are sentences by themselves */
    assert_true(part_of_sentences(&s, tok, 1) == 1);
    assert_true(fabs(part_of_sentences(&s, tok, 0.5) - 0.5) < 0.06); /* four standard deviations */
    mm_wordpiece_free(tok);
    set_free(&s);
}

/* Half of the texts belong to other pictures, and they are the same texts. */
static void noise(void **state)
{
    (void)state;
    PairSet clean = load((SetOptions){.filter = MM_LIMITS_HERE, .part = 1, .seed = 3}),
            noisy = load((SetOptions){.filter = MM_LIMITS_HERE, .part = 1, .shuffled = 0.5, .seed = 3}),
            part = load((SetOptions){.filter = MM_LIMITS_HERE, .part = 0.25, .seed = 3});
    assert_int_equal(clean.n, noisy.n);
    assert_int_equal(part.n, (int)ceil(0.25 * clean.n));
    int moved = 0;
    uint64_t sum = 0, other = 0;
    for (int i = 0; i < clean.n; i++) {
        moved += strcmp(clean.text[i], noisy.text[i]) != 0;
        sum += strlen(clean.text[i]);
        other += strlen(noisy.text[i]);
        assert_true(same_pixels(&clean.picture[i], &noisy.picture[i]));
    }
    assert_int_equal(sum, other);
    assert_true(abs(moved - clean.n / 2) <= clean.n / 20); /* a few have the same text as their neighbour */
    set_free(&clean);
    set_free(&noisy);
    set_free(&part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(apart), cmocka_unit_test(emoji), cmocka_unit_test(more_emoji),
                                       cmocka_unit_test(sentences), cmocka_unit_test(noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
