/* noise.c: every noise filter at its border, wrong ones beside it, and the funnel. */
#include "../io/scratch.h"
#include "mm/web.h"

#include <math.h>

/* ---- rules at their borders ---- */

typedef struct Border {
    const char *rule;
    double limit;
    WebPair stays, goes; /* as near to each other as can be */
} Border;

static const Border borders[] = {
    {"unreadable", 0, {.unreadable = false}, {.unreadable = true}},
    {"blank", 8, {.contrast = 8}, {.contrast = 7}},
    {"small", 200, {.width = 200.01, .height = 999}, {.width = 999, .height = 200}},
    {"small", 200, {.width = 0, .height = 0}, {.width = 200, .height = 200}}, /* 0: not known */
    {"small", 199, {.width = 200, .height = 200}, {.width = 199, .height = 500}},
    {"narrow", 3, {.width = 299, .height = 100}, {.width = 300, .height = 100}},
    {"narrow", 3, {.width = 100, .height = 299}, {.width = 100, .height = 300}},
    {"narrow", 3, {.width = 0, .height = 0}, {.width = 1, .height = 9}},
    {"tiny-file", 5120, {.bytes = 5120}, {.bytes = 5119}},
    {"tiny-file", 5120, {.bytes = 0}, {.bytes = 1}},
    {"many-texts", 1000, {.texts = 1000}, {.texts = 1001}},
    {"garbled", 0, {.garbled = false}, {.garbled = true}},
    {"no-words", 0, {.words = 1}, {.words = 0}},
    {"shared", 10, {.sharers = 10}, {.sharers = 11}},
    {"machine", 0, {.machine = false}, {.machine = true}},
    {"rare", 5000, {.rarity = 5000}, {.rarity = 5001}},
    {"few-words", 3, {.words = 3}, {.words = 2}},
    {"many-words", 20, {.words = 20}, {.words = 21}},
    {"few-characters", 5, {.characters = 6}, {.characters = 5}},
    {"many-characters", 1000, {.characters = 1000}, {.characters = 1001}},
};
enum { BORDERS = sizeof borders / sizeof *borders };

/* Whether the test decides right at every border of this rule. */
static bool right(const char *rule, bool (*test)(const NoiseCase *))
{
    bool ok = true;
    for (int i = 0; i < BORDERS; i++) {
        const Border *b = &borders[i];
        if (strcmp(b->rule, rule) == 0) {
            ok = ok && !test(&(NoiseCase){&b->stays, b->limit, NULL}) && test(&(NoiseCase){&b->goes, b->limit, NULL});
        }
    }
    return ok;
}

static void rules_at_their_borders(void **state)
{
    (void)state;
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        const NoiseRule *rule = &mm_noise_rules[r];
        int cases = 0;
        for (int i = 0; i < BORDERS; i++) {
            cases += strcmp(borders[i].rule, rule->name) == 0;
        }
        bool alone = rule->test && rule->against == MM_ALONE;
        if (alone && (cases == 0 || !right(rule->name, rule->test))) {
            fail_msg("%s: %s", rule->name, cases ? "decides wrongly at its border" : "is not tried at its border");
        }
        assert_int_equal(mm_noise_rule(rule->name), r);
        assert_true(rule->removes[0] && rule->why[0]);
    }
    assert_int_equal(mm_noise_rule("none"), -1);
}

/* ---- wrong rules ---- */

#define WRONG(name, expression)                                                                                                  \
    static bool name(const NoiseCase *c)                                                                                         \
    {                                                                                                                            \
        return expression;                                                                                                       \
    }

WRONG(shared_at_limit, c->pair->sharers >= c->limit)
WRONG(few_at_limit, c->pair->words <= c->limit)
WRONG(many_at_limit, c->pair->words >= c->limit)
WRONG(words_turned, c->pair->words > c->limit)
WRONG(small_below, fmin(c->pair->width, c->pair->height) < c->limit)
WRONG(small_longer, fmax(c->pair->width, c->pair->height) <= c->limit)
WRONG(small_unknown, fmin(c->pair->width, c->pair->height) <= c->limit)
WRONG(narrow_above, fmax(c->pair->width, c->pair->height) > c->limit * fmin(c->pair->width, c->pair->height))
WRONG(narrow_one_way, c->pair->width > 0 && c->pair->width >= c->limit * c->pair->height)
WRONG(tiny_unknown, (double)c->pair->bytes < c->limit)
WRONG(tiny_at_limit, c->pair->bytes > 0 && (double)c->pair->bytes <= c->limit)
WRONG(texts_of_sharers, c->pair->sharers > c->limit)
WRONG(rare_at_limit, c->pair->rarity >= c->limit)
WRONG(characters_below, c->pair->characters < c->limit)
WRONG(blank_at_limit, c->pair->contrast <= c->limit)

static void wrong_rules_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        bool (*test)(const NoiseCase *);
    } wrong[] = {
        {"shared", shared_at_limit},
        {"few-words", few_at_limit},
        {"many-words", many_at_limit},
        {"few-words", words_turned},
        {"small", small_below},
        {"small", small_longer},
        {"small", small_unknown},
        {"narrow", narrow_above},
        {"narrow", narrow_one_way},
        {"tiny-file", tiny_unknown},
        {"tiny-file", tiny_at_limit},
        {"many-texts", texts_of_sharers},
        {"few-characters", characters_below},
        {"rare", rare_at_limit},
        {"blank", blank_at_limit},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (right(wrong[i].rule, wrong[i].test)) {
            fail_msg("a wrong test for %s (number %zu) passes", wrong[i].rule, i);
        }
    }
}

/* ---- what is measured of a pair ---- */

static void texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int words, characters;
        bool garbled, machine;
    } cases[] = {
        {"", 0, 0, false, false},
        {" - ... !", 0, 8, false, false},
        {"Cherry Pie", 2, 10, false, false},
        {"don't stop", 3, 10, false, false},
        {"one, two;three/four", 4, 19, false, false},
        {"caf\xc3\xa9 cr\xc3\xa8me", 2, 10, false, false},
        {"cafe\xcc\x81", 1, 5, false, false}, /* a letter and its accent */
        {"\xe7\xba\xa2\xe8\x8b\xb9\xe6\x9e\x9c", 3, 3, false, false},
        {"2 cats &amp; 3 dogs", 4, 19, false, false},
        {"sleeping_cat", 2, 12, false, false},
        {"jigsaw_red_10", 3, 13, false, true},
        {"48_ports", 2, 8, false, true},
        {"Part of it (Wed Aug 25 23:29:46 2004)", 10, 37, false, true},
        {"open 9:30 to 17:00", 6, 18, false, false},
        {"a tab\tand a line\n", 5, 17, false, false},
        {"bell\x07", 1, 5, true, false},
        {"\x7f", 0, 1, true, false},
        {"next line\xc2\x85", 2, 10, true, false},                  /* U+0085 */
        {"caf\xc3\x83\xc2\xa9", 1, 5, true, false},                 /* é twice encoded: Ã© */
        {"it\xc3\xa2\xe2\x82\xac\xe2\x84\xa2s", 2, 6, true, false}, /* ’ likewise: â€™ */
        {"lost \xef\xbf\xbd", 1, 6, true, false},
        {"\xc3\x82ge d'or", 3, 8, false, false}, /* Âge: capital letters with accents are none of that */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        NoiseSet s = {0};
        mm_noise_add(&s, cases[i].text, NULL, 0, 0, 0);
        const WebPair *p = &s.at[0];
        if (p->words != cases[i].words || p->characters != cases[i].characters || p->garbled != cases[i].garbled ||
            p->machine != cases[i].machine) {
            fail_msg("\"%s\": %d words, %d characters, garbled %d, machine %d", cases[i].text, p->words, p->characters,
                     p->garbled, p->machine);
        }
        mm_noise_free(&s);
    }
}

static Picture plain(int red)
{
    Picture p = mm_picture_new(8, 8, 3);
    for (int i = 0; i < 64; i++) {
        p.pixels[3 * i] = (unsigned char)red;
    }
    return p;
}

static void add(NoiseSet *s, const char *text, int red)
{
    Picture p = plain(red);
    mm_noise_add(s, text, &p, 8, 8, 0);
    mm_picture_free(&p);
}

static void a_long_text(void **state)
{
    (void)state;
    static char text[(1 << 20) + 2];
    NoiseSet s = {0};
    memset(text, 'a', 1 << 20);
    mm_noise_add(&s, text, NULL, 0, 0, 0);
    text[1 << 20] = 'a'; /* beyond what is ever encoded: it has no words, and its characters are counted */
    mm_noise_add(&s, text, NULL, 0, 0, 0);
    mm_noise_count(&s);
    assert_int_equal(s.at[0].words, 1);
    assert_int_equal(s.at[1].words, 0);
    assert_int_equal(s.at[1].characters, (1 << 20) + 1);
    mm_noise_free(&s);
}

static void counts(void **state)
{
    (void)state;
    NoiseSet s = {0};
    add(&s, "A cat", 1);
    add(&s, "a CAT!", 2);
    add(&s, "a cat", 2); /* the same picture once more */
    add(&s, "a dog", 1);
    mm_noise_count(&s);
    assert_int_equal(s.at[0].sharers, 3);
    assert_int_equal(s.at[2].sharers, 3);
    assert_int_equal(s.at[3].sharers, 1);
    assert_int_equal(s.at[0].texts, 2);
    assert_int_equal(s.at[1].texts, 1);
    assert_true(s.at[0].said == s.at[1].said && s.at[0].said != s.at[3].said);
    assert_true(s.at[1].content == s.at[2].content && s.at[0].content != s.at[1].content);
    /* a 4, cat 3, a-cat 3, dog 1, a-dog 1 */
    assert_int_equal(s.ngrams, 5);
    assert_int_equal(s.at[0].rarity, 3);
    assert_int_equal(s.at[3].rarity, 5);
    mm_noise_free(&s);
}

/* ---- the funnel ---- */

static Funnel only(const char *rule, double limit)
{
    Funnel f = mm_funnel(MM_LIMITS_HERE);
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        f.limit[r] = NAN;
    }
    f.limit[mm_noise_rule(rule)] = limit;
    return f;
}

static void removed_are(const char *rule, double limit, const NoiseSet *s, const char *wanted)
{
    Funnel f = only(rule, limit);
    mm_funnel_run(&f, s);
    for (int i = 0; i < s->n; i++) {
        if ((f.by[i] >= 0) != (wanted[i] == '-')) {
            fail_msg("%s=%g: pair %d is %s", rule, limit, i, f.by[i] >= 0 ? "removed" : "kept");
        }
    }
    mm_funnel_free(&f);
}

static void duplicates(void **state)
{
    (void)state;
    NoiseSet s = {0};
    add(&s, "one", 0);
    add(&s, "one", 0);
    add(&s, "two", 0);
    add(&s, "two", 0);
    add(&s, "One", 0);
    mm_noise_add(&s, "one", NULL, 0, 0, 0); /* of what cannot be read nothing is known */
    s.at[1].hash ^= 7;                      /* 3 bits */
    s.at[3].hash ^= 15;                     /* 4 bits */
    mm_noise_count(&s);
    removed_are("repeated", 0, &s, "++++-+");
    removed_are("repeated", 3, &s, "+-++-+");
    removed_are("repeated", 4, &s, "+-+--+");
    removed_are("near-duplicate", 0, &s, "++-+-+");
    removed_are("near-duplicate", 3, &s, "+--+-+"); /* pair 3 is 1 bit from pair 1, which is gone, and 4 from those that stay */
    mm_noise_free(&s);
}

static void test_pictures(void **state)
{
    (void)state;
    NoiseSet s = {0};
    add(&s, "one", 0);
    add(&s, "two", 0);
    s.at[1].hash ^= 1;
    mm_noise_count(&s);
    removed_are("like-test", 0, &s, "++"); /* no test is known */
    s.tests = mm_hash_index_new(0);
    mm_hash_index_add(s.tests, s.at[0].hash);
    removed_are("like-test", 0, &s, "-+");
    mm_noise_free(&s);
}

/* Each pair goes by the first rule that wants it, and all are accounted for. */
static void in_order(void **state)
{
    (void)state;
    NoiseSet s = {0};
    add(&s, "", 5);
    add(&s, "a red square", 9);
    mm_noise_add(&s, "a red square", NULL, 0, 0, 0);
    s.at[1].contrast = 255;
    mm_noise_count(&s);
    Funnel f = mm_funnel(MM_LIMITS_HERE);
    f.limit[mm_noise_rule("small")] = NAN;
    mm_funnel_run(&f, &s);
    assert_int_equal(f.by[0], mm_noise_rule("blank"));
    assert_int_equal(f.by[1], -1);
    assert_int_equal(f.by[2], mm_noise_rule("unreadable"));
    assert_int_equal(f.alone[mm_noise_rule("no-words")], 1);
    assert_int_equal(f.removed[mm_noise_rule("no-words")], 0);
    assert_int_equal(f.kept, 1);
    mm_funnel_free(&f);
    mm_noise_free(&s);
}

/* The clip art that ships: what the tables of the chapter say of it. */
static void clip_art(void **state)
{
    (void)state;
    Error err;
    ClipArt art;
    NoiseSet s;
    assert_true(mm_clipart_load("datasets", &art, &err));
    mm_clipart_noise(&art, &s);
    assert_int_equal(s.n, 7130);
    assert_string_equal(art.text[0], "2 dead frogs. 2 dead frogs... nothing more...");
    assert_string_equal(art.text[3], "Armadillo");
    Funnel f = mm_funnel(MM_LIMITS_HERE);
    mm_funnel_run(&f, &s);
    int removed = 0;
    for (int r = 0; r < MM_NOISE_RULES; r++) {
        removed += f.removed[r];
        assert_true(f.removed[r] <= f.alone[r] || mm_noise_rules[r].against == MM_EARLIER);
    }
    assert_int_equal(f.kept, s.n - removed);
    assert_int_equal(f.alone[mm_noise_rule("blank")], 1386);
    assert_int_equal(f.alone[mm_noise_rule("small")], 999);
    assert_int_equal(f.alone[mm_noise_rule("shared")], 4021);
    mm_funnel_free(&f);
    mm_noise_free(&s);
    mm_clipart_free(&art);
    assert_false(mm_clipart_load("nowhere", &art, &err));
    says(&err, "nowhere/clipart/oca_48.png", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_at_their_borders),
        cmocka_unit_test(wrong_rules_are_found),
        cmocka_unit_test(texts),
        cmocka_unit_test(a_long_text),
        cmocka_unit_test(counts),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(in_order),
        cmocka_unit_test(clip_art),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
