/* garments.c: which pairs are held out, what is said, and that a lesson keeps to both. */
#include "lesson.h"
#include "program.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int load(void **state)
{
    static Garments g;
    Error err;
    *state = &g;
    return garments_load("datasets/fashion", "test", &g, &err) ? 0 : -1;
}

static int unload(void **state)
{
    garments_free(*state);
    return 0;
}

static void one_of_each(void **state)
{
    (void)state;
    int of_kind[KINDS] = {0}, of_colour[COLOURS] = {0};
    for (int p = 0; p < PAIRS; p++) {
        of_kind[p / COLOURS] += garments_held_out(p / COLOURS, p % COLOURS);
        of_colour[p % COLOURS] += garments_held_out(p / COLOURS, p % COLOURS);
    }
    for (int i = 0; i < KINDS; i++) {
        assert_int_equal(of_kind[i], 1);
        assert_int_equal(of_colour[i], 1);
    }
    assert_true(garments_held_out(3, 0)); /* the red dress */
    assert_string_equal(garments_colour(0, EN), "red");
}

static void is_said(const Garments *g, Said said, int language, int form, const char *wanted)
{
    char text[GARMENT_TEXT];
    garments_say(g, said, language, form, text);
    assert_string_equal(text, wanted);
}

static void captions(void **state)
{
    const Garments *g = *state;
    is_said(g, (Said){3, 0}, EN, 0, "a red dress");
    is_said(g, (Said){9, 1}, EN, 0, "an orange ankle boot");
    is_said(g, (Said){9, 1}, EN, 2, "a photo of an orange ankle boot");
    is_said(g, (Said){9, 1}, EN, 3, "an ankle boot in orange");
    is_said(g, (Said){1, 1}, EN, 0, "orange trousers");
    is_said(g, (Said){3, 0}, ZH, 0, "红色的连衣裙");
    is_said(g, (Said){3, 0}, ZH, 2, "一条红色的连衣裙");
    is_said(g, (Said){5, 9}, ZH, 4, "这双凉鞋是白色的");
    is_said(g, (Said){3, -1}, EN, 0, "a dress");
    is_said(g, (Said){-1, 0}, ZH, 0, "红色");
    for (int l = 0; l < LANGUAGES; l++) {
        is_said(g, (Said){-1, 4}, l, garments_forms((Said){-1, 4}, l), l == EN ? "blue" : "蓝色"); /* counted around */
    }
    assert_true(garments_true((Said){3, -1}, 3, 7));
    assert_false(garments_true((Said){3, 0}, 3, 7));
    assert_false(garments_true((Said){-1, 0}, 3, 7));
}

/* Red is red in every pixel that is not background, and shade stays: a lighter pixel of the photograph is lighter in paint. */
static void paint(void **state)
{
    const Garments *g = *state;
    Picture p = garments_paint(g, 0, 0, mm_rng(1, "paint")), gray = mm_sheet_picture(&g->sheet, 0);
    int seen = 0, lightest = 0, darkest = 255;
    for (int i = 0; i < p.width * p.height; i++) {
        const unsigned char *q = p.pixels + 4 * i;
        assert_int_equal(q[3] == 0, gray.pixels[4 * i] == 0);
        if (q[3] == 255) {
            assert_true(q[0] > 2 * q[1] && q[0] > 2 * q[2]);
            seen++;
            lightest = q[0] > lightest ? q[0] : lightest;
            darkest = q[0] < darkest ? q[0] : darkest;
        }
    }
    assert_true(seen > 100 && lightest > darkest + 40);
    mm_picture_free(&p);
}

/* A picture of a pair that is held out, or in a colour that would be called so. */
static bool is_secret(const Lesson *b, int i)
{
    return garments_held_out(b->kind[i], b->looks[i]) || (b->colour[i] >= 0 && b->colour[i] != b->looks[i]);
}

/* What training may compare: nothing that is held out is shown or said, every question has an answer, and none of the wrong answers
 * is one that only the holding out makes wrong. */
static void is_honest(const Lesson *b)
{
    for (int i = 0; i < b->n; i++) {
        assert_false(is_secret(b, i));
        assert_true(b->picture_fits[i * b->n + i]);
    }
    for (int t = 0; t < b->texts; t++) {
        Said s = b->said[t];
        int right = 0;
        assert_false(s.kind >= 0 && s.colour >= 0 && garments_held_out(s.kind, s.colour));
        assert_true(t >= b->n || (s.kind == b->kind[t] && s.colour == b->colour[t]));
        for (int i = 0; i < b->n; i++) {
            bool fits = b->text_fits[t * b->n + i], asked = b->text_apart[t * b->n + i] > -100;
            assert_false(fits && !((s.kind < 0 || s.kind == b->kind[i]) && (s.colour < 0 || s.colour == b->colour[i])));
            assert_false(fits && !asked);
            assert_false(asked && s.colour < 0 && garments_held_out(s.kind, b->looks[i]));
            assert_false(asked && s.kind < 0 && (b->colour[i] < 0 || garments_held_out(b->kind[i], s.colour)));
            assert_false(asked && s.colour >= 0 && s.kind == b->kind[i] && b->colour[i] < 0);
            assert_false(t < b->n && b->picture_fits[i * b->n + t] && b->picture_apart[i * b->n + t] < 0);
            right += fits;
        }
        assert_true(right > 0);
    }
}

static void lessons_are_honest(void **state)
{
    Error err;
    Lessons lessons;
    ClipInput input = {.std = {1, 1, 1}};
    Tokenizer *tok = lessons_learn_tokens(*state, &err);
    assert_true(tok && lessons_make(*state, tok, &lessons, &err));
    lessons.input = &input;
    Lesson b = lesson_new(64, 24), again = lesson_new(64, 24);
    for (int step = 0; step < 30; step++) {
        lesson_draw(&lessons, 7, step, &b);
        is_honest(&b);
        for (int l = 0; l < LANGUAGES; l++) {
            for (int t = 0; t < b.texts; t++) {
                assert_int_equal(b.ids[l][t * b.T[l]], mm_token_start(tok));
                assert_int_equal(b.ids[l][t * b.T[l] + b.length[l][t] - 1], mm_token_end(tok));
            }
            char *text = mm_decode(tok, b.ids[l], b.length[l][0]);
            assert_true(l == ZH || b.said[0].colour < 0 || strstr(text, garments_colour(b.said[0].colour, EN)));
            free(text);
        }
    }
    lesson_draw(&lessons, 7, 29, &again);
    assert_memory_equal(again.pixels, b.pixels, 64 * 3 * LESSON_SIZE * LESSON_SIZE * sizeof *b.pixels);
    lesson_draw(&lessons, 7, 28, &again);
    assert_memory_not_equal(again.pixels, b.pixels, 64 * 3 * LESSON_SIZE * LESSON_SIZE * sizeof *b.pixels);
    lesson_free(&again);
    lesson_free(&b);
    lessons_free(&lessons);
    mm_tokenizer_free(tok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_each),
        cmocka_unit_test(captions),
        cmocka_unit_test(paint),
        cmocka_unit_test(lessons_are_honest),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
