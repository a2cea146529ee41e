/* parts.c: pieces of chapter 01 that no figure would show to be wrong: what is shown to the autoencoder, the split, scenes, the tree. */
#include "joint.h"
#include "scene.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static Set set;

/* [joint_code] Of many examples a third each; never nothing; never two languages. Without dropout always both. */
static void shown(void **state)
{
    (void)state;
    enum { N = 3000 };
    static real show[SHOWN * N];
    int count[2][2] = {{0}};
    joint_shown(N, false, 7, show);
    for (int i = 0; i < N; i++) {
        int image = show[SHOW_IMAGE * N + i] > 0, en = show[SHOW_EN * N + i] > 0, zh = show[SHOW_ZH * N + i] > 0;
        assert_true(en + zh <= 1);
        count[image][en + zh]++;
    }
    assert_int_equal(count[0][0], 0);
    assert_in_range(count[0][1], 900, 1100);
    assert_in_range(count[1][0], 900, 1100);
    assert_in_range(count[1][1], 900, 1100);
    joint_shown(N, true, 7, show);
    for (int i = 0; i < N; i++) {
        assert_true(show[SHOW_IMAGE * N + i] == 1 && show[SHOW_EN * N + i] + show[SHOW_ZH * N + i] == 1);
    }
}

/* A modality that is masked with 0 gives the code of the other alone. */
static void missing_is_zero(void **state)
{
    (void)state;
    Model m = model_new(&method_joint, &set, 1);
    Graph *g = mm_graph_new(1);
    Tensor *x = mm_input(g, MM_SHAPE(2, WIDTH), NULL), *nothing = mm_input(g, MM_SHAPE(2, WIDTH), NULL);
    Rng rng = mm_rng(1, "features");
    for (size_t i = 0; i < x->n; i++) {
        x->data[i] = (real)mm_normal(&rng);
    }
    const Tensor *image[] = {joint_code(g, &m, x, NULL), joint_code(g, &m, x, nothing)};
    const Tensor *text[] = {joint_code(g, &m, NULL, x), joint_code(g, &m, nothing, x)};
    for (size_t i = 0; i < x->n; i++) {
        assert_true(fabs((double)(image[0]->data[i] - image[1]->data[i])) < 1e-6);
        assert_true(fabs((double)(text[0]->data[i] - text[1]->data[i])) < 1e-6);
    }
    mm_graph_free(g);
    model_free(&m);
}

/* Nothing of the test style and nothing of a held-out concept is trained on, and a batch has no concept twice. */
static void split(void **state)
{
    (void)state;
    int style = mm_emoji_style(&set.emoji, mm_test_style);
    assert_true(set.items > 4000 && set.tests > 1000);
    for (int i = 0; i < set.items; i++) {
        assert_true(set.emoji.at[set.item[i]].style != style);
        assert_false(set_unseen(&set, set_concept(&set, set.item[i])));
    }
    for (int i = 0; i < set.tests; i++) {
        assert_int_equal(set.emoji.at[set.test[i]].style, style);
    }
    BatchPlan plan = {.set = &set, .batch = 64, .seed = 1};
    Batch b = batch_new(&plan);
    batch_fill(&plan, 5, &b);
    for (int i = 0; i < b.n; i++) {
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(b.concept[i], b.concept[j]);
        }
        for (int k = 0; k < LEVELS; k++) {
            assert_int_equal(b.class[k][i], set.level[k].of[b.concept[i]]);
        }
    }
    batch_free(&b);
}

/* Options are chosen without anything of the test: other concepts are held out then, and another style is asked about. */
static void validation(void **state)
{
    (void)state;
    Set s;
    Error err;
    assert_true(set_load("datasets", true, &s, &err));
    int test = mm_emoji_style(&s.emoji, mm_test_style), style = mm_emoji_style(&s.emoji, s.style), unseen = 0;
    assert_int_not_equal(style, test);
    for (int i = 0; i < s.items; i++) {
        int concept = set_concept(&s, s.item[i]);
        assert_true(s.emoji.at[s.item[i]].style != test && s.emoji.at[s.item[i]].style != style);
        assert_false(set_unseen(&s, concept) || set_unseen(&set, concept));
    }
    for (int i = 0; i < s.tests; i++) {
        int concept = set_concept(&s, s.test[i]);
        assert_int_equal(s.emoji.at[s.test[i]].style, style);
        assert_false(set_unseen(&set, concept));
        unseen += set_unseen(&s, concept);
    }
    assert_in_range(unseen, 60, 120);
    set_free(&s);
}

/* A group has the groups of its subgroups' concepts: the levels are a tree. */
static void tree(void **state)
{
    (void)state;
    int *above = calloc((size_t)set.level[SUBGROUP].classes[EN].n, sizeof *above);
    assert_int_equal(set.level[GROUP].classes[EN].n, 6);
    for (int c = 0; c < set.emoji.concepts.n; c++) {
        int subgroup = set.level[SUBGROUP].of[c], group = set.level[GROUP].of[c];
        assert_true((subgroup < 0) == (group < 0));
        if (subgroup >= 0) {
            assert_true(above[subgroup] == 0 || above[subgroup] == group + 1);
            above[subgroup] = group + 1;
        }
    }
    free(above);
}

/* Objects lie inside the scene, side by side, and the caption is made of their names in order. */
static void scenes(void **state)
{
    (void)state;
    for (int k = 0; k < 50; k++) {
        Rng rng = mm_rng((uint64_t)k, "scenes");
        Scene s = scene_new(&set, set.item, set.items, k % LANGUAGES, rng);
        int words = 0;
        assert_in_range(s.n, 2, MOST_OBJECTS);
        for (int i = 0; i < s.n; i++) {
            const Object *o = &s.object[i];
            const Text *name = &set.words[k % LANGUAGES][set_concept(&set, o->item)].name;
            assert_true(o->left >= 0 && o->top >= 0 && o->left + o->side <= SCENE && o->top + o->side <= SCENE);
            assert_int_equal(o->first_word, words);
            assert_memory_equal(s.caption.ids + words, name->ids, (size_t)name->n * sizeof *name->ids);
            words += o->words;
            for (int j = 0; j < i; j++) {
                const Object *p = &s.object[j];
                assert_true(o->left + o->side <= p->left || p->left + p->side <= o->left || o->top + o->side <= p->top ||
                            p->top + p->side <= o->top);
            }
        }
        assert_int_equal(words, s.caption.n);
        scene_free(&s);
    }
}

int main(void)
{
    Error err;
    if (!set_load("datasets", false, &set, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(shown), cmocka_unit_test(missing_is_zero),
                                       cmocka_unit_test(split), cmocka_unit_test(validation),
                                       cmocka_unit_test(tree),  cmocka_unit_test(scenes)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    set_free(&set);
    return failed;
}
