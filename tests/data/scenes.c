/* scenes.c: what is said of a scene is what is in it. */
#include "mm/scenes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static Cutouts cutouts;

static int load(void **state)
{
    (void)state;
    Error err;
    return mm_cutouts_load("datasets", &cutouts, &err) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    mm_cutouts_free(&cutouts);
    return 0;
}

static bool is_where(const SceneObject *a, const SceneObject *b, SceneRelation r)
{
    switch (r) {
    case MM_LEFT_OF: return a->left + a->width <= b->left;
    case MM_RIGHT_OF: return b->left + b->width <= a->left;
    case MM_ABOVE: return a->top + a->height <= b->top;
    default: return b->top + b->height <= a->top;
    }
}

static void check(const Scene *s, bool held_out)
{
    const SceneFacts *f = &s->facts;
    assert_int_equal(s->n, f->count[0] + f->count[1]);
    assert_true(f->thing[0] != f->thing[1] && mm_scene_pair_is_held_out(f->thing[0], f->thing[1]) == held_out);
    int seen[2] = {0};
    for (int i = 0; i < s->n; i++) {
        const SceneObject *o = s->object + i;
        seen[o->kind]++;
        assert_true(o->left >= 0 && o->top >= 0 && o->left + o->width <= MM_SCENE_WIDTH && o->top + o->height <= MM_SCENE_HEIGHT);
        assert_true((o->width > o->height ? o->width : o->height) >= 16);
        for (int k = 0; k < i; k++) {
            const SceneObject *p = s->object + k;
            assert_true(is_where(o, p, MM_LEFT_OF) || is_where(o, p, MM_RIGHT_OF) || is_where(o, p, MM_ABOVE) ||
                        is_where(o, p, MM_BELOW)); /* none hides another */
            assert_true(p->kind == o->kind || is_where(p, o, f->relation));
        }
    }
    assert_true(seen[0] == f->count[0] && seen[1] == f->count[1]);
}

static void geometry(void **state)
{
    (void)state;
    for (int split = 0; split < MM_SCENE_SPLITS; split++) {
        for (uint64_t i = 0; i < 300 && (split != MM_SCENE_PHOTOGRAPHS || cutouts.photographs); i++) {
            Scene s = mm_scene_new(&cutouts, (SceneSplit)split, mm_rng(i, "scenes"));
            check(&s, split != MM_SCENE_TRAIN);
            assert_true(split != MM_SCENE_PHOTOGRAPHS || s.source == MM_PHOTOGRAPH);
            assert_true(s.source == MM_PHOTOGRAPH ||
                        (strcmp(mm_styles[s.source], mm_test_style) == 0) == (split == MM_SCENE_NEW_STYLE));
            mm_scene_free(&s);
        }
    }
}

/* Around its box an object changes nothing; in each of its outermost rows and columns it does. */
static void boxes(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 50; i++) {
        Scene s = mm_scene_new(&cutouts, MM_SCENE_TRAIN, mm_rng(i, "boxes"));
        for (int k = 0; k < s.n; k++) {
            const SceneObject *o = s.object + k;
            int changed_first = 0, changed_last = 0, changed_outside = 0;
            for (int y = o->top - 1; y <= o->top + o->height; y++) {
                for (int side = -1; side <= 2; side++) { /* left of the box, its first column, its last, right of the box */
                    int x = side <= 0 ? o->left + side : o->left + o->width + side - 2;
                    const unsigned char *p = s.picture.pixels + 3 * (y * MM_SCENE_WIDTH + x);
                    const unsigned char *ground = s.picture.pixels + 3 * (y * MM_SCENE_WIDTH); /* column 0 is always free */
                    bool same = memcmp(p, ground, 3) == 0;
                    changed_first += side == 0 && !same;
                    changed_last += side == 1 && !same;
                    changed_outside += (side == -1 || side == 2) && !same && x < MM_SCENE_WIDTH;
                }
            }
            assert_true(changed_first > 0 && changed_last > 0);
            assert_int_equal(changed_outside, 0);
        }
        mm_scene_free(&s);
    }
}

static void deterministic(void **state)
{
    (void)state;
    Scene a = mm_scene_new(&cutouts, MM_SCENE_TRAIN, mm_rng(7, "x")), b = mm_scene_new(&cutouts, MM_SCENE_TRAIN, mm_rng(7, "x")),
          c = mm_scene_new(&cutouts, MM_SCENE_TRAIN, mm_rng(8, "x"));
    size_t bytes = MM_SCENE_WIDTH * MM_SCENE_HEIGHT * 3;
    assert_memory_equal(a.picture.pixels, b.picture.pixels, bytes);
    assert_true(memcmp(a.picture.pixels, c.picture.pixels, bytes) != 0);
    mm_scene_free(&a);
    mm_scene_free(&b);
    mm_scene_free(&c);
}

static int thing(const char *en)
{
    int i = 0;
    while (strcmp(mm_things[i].en, en) != 0) {
        i++;
    }
    return i;
}

static void captions(void **state)
{
    (void)state;
    const SceneFacts f = {{thing("apple"), thing("dog")}, {1, 2}, MM_LEFT_OF};
    static const char *const said[2][MM_SCENE_CAPTIONS] = {
        {"an apple to the left of two dogs", "there is an apple on the left and two dogs on the right",
         "two dogs to the right of an apple", "an apple and two dogs", "a picture of an apple to the left of two dogs"},
        {"一个苹果在两只狗的左边", "图的左边有一个苹果，右边有两只狗", "两只狗在一个苹果的右边", "一个苹果和两只狗",
         "两只狗的左边是一个苹果"}};
    for (int language = 0; language < 2; language++) {
        for (int k = 0; k < MM_SCENE_CAPTIONS; k++) {
            SceneCaption c = mm_scene_caption(&f, (Language)language, k);
            assert_string_equal(c.text, said[language][k]);
            int n[3] = {0};
            for (int m = 0; m < c.n; m++) {
                const SceneMention *told = &c.mention[m];
                n[told->kind]++;
                if (told->kind == MM_SCENE_WHERE) {
                    const char *at = c.text + told->first;
                    bool left = strncmp(at, language ? "左" : "left", (size_t)told->bytes) == 0;
                    assert_true(left || strncmp(at, language ? "右" : "right", (size_t)told->bytes) == 0);
                } else {
                    const Thing *t = mm_things + f.thing[told->kind];
                    const char *noun = language == MM_CHINESE ? t->zh : f.count[told->kind] == 1 ? t->en : t->plural;
                    assert_int_equal(told->bytes, strlen(noun));
                    assert_memory_equal(c.text + told->first, noun, strlen(noun));
                }
            }
            assert_true(n[0] == 1 && n[1] == 1 && n[MM_SCENE_WHERE] == (k == MM_SCENE_UNPLACED ? 0 : k == 1 ? 2 : 1));
        }
    }
}

static void foils(void **state)
{
    (void)state;
    const SceneFacts f = {{thing("cat"), thing("dog")}, {3, 1}, MM_ABOVE};
    Rng rng = mm_rng(1, "foils");
    for (int i = 0; i < 300; i++) {
        SceneRespect respect = (SceneRespect)(i % MM_SCENE_RESPECTS);
        SceneFacts g = mm_scene_foil(&f, respect, &rng);
        int things = (f.thing[0] != g.thing[0]) + (f.thing[1] != g.thing[1]),
            counts = (f.count[0] != g.count[0]) + (f.count[1] != g.count[1]);
        assert_true(things == (respect == MM_OTHER_THING) && counts == (respect == MM_OTHER_COUNT));
        assert_int_equal(f.relation != g.relation, respect == MM_OTHER_SIDE);
        assert_true(g.thing[0] != g.thing[1] && (g.relation == MM_ABOVE || g.relation == MM_BELOW));
    }
}

/* Of 2,000 scenes: each answer follows from the facts; yes and no are about as frequent where a question draws them. */
static void questions(void **state)
{
    (void)state;
    int yes[MM_SCENE_QUESTIONS] = {0};
    for (uint64_t i = 0; i < 2000; i++) {
        const SceneFacts f = {{(int)i % 7, 7 + (int)i % 11}, {1 + (int)i % 2, 1 + (int)i / 2 % 2}, (SceneRelation)(i % 4)};
        SceneQuestion q[MM_SCENE_QUESTIONS];
        mm_scene_questions(&f, MM_ENGLISH, mm_rng(i, "questions"), q);
        for (int k = 0; k < MM_SCENE_QUESTIONS; k++) {
            const char *best = q[k].answer[q[k].best];
            int agree = 0;
            for (int p = 0; p < MM_VQA_PEOPLE; p++) {
                agree += strcmp(q[k].answer[p], best) == 0;
            }
            assert_true(agree >= 7);
            yes[k] += strcmp(best, "yes") == 0;
            assert_true((strcmp(q[k].answer_type, "yes/no") == 0) == (strcmp(best, "yes") == 0 || strcmp(best, "no") == 0));
        }
        const char *nouns[2] = {mm_things[f.thing[0]].en, mm_things[f.thing[1]].en};
        assert_true(strcmp(q[3].answer[q[3].best], nouns[0]) == 0 || strcmp(q[3].answer[q[3].best], nouns[1]) == 0);
        assert_true(strstr(q[2].text, nouns[0]) || strstr(q[2].text, nouns[1]) ? true
                                                                               : strcmp(q[2].answer[q[2].best], "no") == 0);
    }
    assert_in_range(yes[2], 900, 1100);
    assert_in_range(yes[4], 900, 1100);
}

static void chinese_questions(void **state)
{
    (void)state;
    const SceneFacts f = {{thing("dog"), thing("apple")}, {2, 1}, MM_ABOVE};
    int left = 0;
    for (uint64_t i = 0; i < 50; i++) {
        SceneQuestion q[MM_SCENE_QUESTIONS];
        mm_scene_questions(&f, MM_CHINESE, mm_rng(i, "zh"), q);
        if (strcmp(q[3].text, "苹果的上方是什么？") == 0) {
            assert_string_equal(q[3].answer[q[3].best], "狗");
        } else {
            assert_string_equal(q[3].text, "狗的下方是什么？");
            assert_string_equal(q[3].answer[q[3].best], "苹果");
            left++;
        }
        if (strcmp(q[0].text, "图里有几只狗？") == 0) {
            assert_string_equal(q[0].answer[q[0].best], "2");
        }
        assert_true(strcmp(q[4].text, "狗在苹果的上方吗？") == 0 ? strcmp(q[4].answer[0], "是") == 0
                                                                 : strcmp(q[4].answer[0], "不是") == 0);
    }
    assert_in_range(left, 10, 40);
}

static void references(void **state)
{
    (void)state;
    Scene s = {.facts = {{thing("dog"), thing("apple")}, {3, 1}, MM_ABOVE},
               .n = 4,
               .object = {{0, 60, 0, 20, 20}, {0, 10, 0, 20, 20}, {0, 100, 0, 20, 20}, {1, 50, 60, 20, 20}}};
    char text[MM_SCENE_TEXT];
    assert_true(mm_scene_refer(&s, 3, MM_ENGLISH, text));
    assert_string_equal(text, "the apple");
    assert_true(mm_scene_refer(&s, 3, MM_CHINESE, text));
    assert_string_equal(text, "那个苹果");
    assert_false(mm_scene_refer(&s, 0, MM_ENGLISH, text));
    assert_true(mm_scene_refer(&s, 1, MM_ENGLISH, text));
    assert_string_equal(text, "the dog on the far left");
    assert_true(mm_scene_refer(&s, 2, MM_CHINESE, text));
    assert_string_equal(text, "最右边的狗");
}

static void missing_data(void **state)
{
    (void)state;
    Error err;
    Cutouts none;
    assert_false(mm_cutouts_load("no/such/folder", &none, &err));
    assert_non_null(strstr(err.text, "no/such/folder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometry),   cmocka_unit_test(boxes),        cmocka_unit_test(deterministic),
        cmocka_unit_test(captions),   cmocka_unit_test(foils),        cmocka_unit_test(questions),
        cmocka_unit_test(references), cmocka_unit_test(missing_data), cmocka_unit_test(chinese_questions)};
    return cmocka_run_group_tests(tests, load, unload);
}
