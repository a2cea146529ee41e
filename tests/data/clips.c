/* clips.c: in a clip happens what its caption says, and only in the right order of its frames. */
#include "../io/scratch.h"
#include "mm/scenes.h"

#include <math.h>

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

/* Of the pixels that are not the ground (the corner that is free in every frame has its colour): mean x, and how many. */
static void look(const SceneClip *c, int i, double *x, int *area)
{
    const unsigned char *p = mm_animation_picture(&c->frames, i).pixels;
    unsigned char ground[4] = {0};
    int votes = 0; /* the most frequent colour, by majority vote */
    for (int k = 0; k < MM_CLIP_SIDE * MM_CLIP_SIDE; k++) {
        bool same = memcmp(p + 4 * k, ground, 4) == 0;
        if (votes == 0) {
            memcpy(ground, p + 4 * k, 4);
        }
        votes += same || votes == 0 ? 1 : -1;
    }
    double sum = 0;
    *area = 0;
    for (int k = 0; k < MM_CLIP_SIDE * MM_CLIP_SIDE; k++) {
        if (memcmp(p + 4 * k, ground, 4) != 0) {
            sum += k % MM_CLIP_SIDE;
            ++*area;
        }
    }
    *x = sum / *area;
}

static void happens(void **state)
{
    (void)state;
    int seen[MM_CLIP_EVENTS] = {0};
    for (uint64_t i = 0; i < 120; i++) {
        SceneSplit split = i % 2 ? MM_SCENE_TRAIN : MM_SCENE_NEW_STYLE;
        SceneClip c = mm_clip_new(&cutouts, split, mm_rng(i, "clips"));
        assert_true(mm_clip_is_held_out(c.thing, c.event) == (split != MM_SCENE_TRAIN));
        seen[c.event]++;
        double x, before = 0;
        int area, smaller = 0, left = 0, right = 0, larger = 0, area_before = 0;
        for (int f = 0; f < MM_CLIP_FRAMES; f++) {
            look(&c, f, &x, &area);
            assert_true(area > 20);
            left += f > 0 && x < before - 2;
            right += f > 0 && x > before + 2;
            larger += f > 0 && area > area_before;
            smaller += f > 0 && area < area_before;
            before = x;
            area_before = area;
        }
        const int steps = MM_CLIP_FRAMES - 1;
        assert_true((left == steps) == (c.event == MM_MOVES_LEFT) && (right == steps) == (c.event == MM_MOVES_RIGHT));
        assert_true(c.event != MM_GROWS || larger == steps);
        assert_true(c.event != MM_SHRINKS || smaller == steps);
        mm_clip_free(&c);
    }
    for (int e = 0; e < MM_CLIP_EVENTS; e++) {
        assert_true(seen[e] > 0);
    }
}

/* A clockwise turn carries what is above the middle to the right. The thing is drawn here: a bar that points up. */
static void turns(void **state)
{
    (void)state;
    Cutouts bars = {0};
    for (int thing = 0; thing < MM_THINGS; thing++) {
        for (int source = 0; source < MM_STYLES; source++) {
            Picture p = mm_picture_new(40, 40, 4);
            for (int y = 0; y < 20; y++) {
                memset(p.pixels + 4 * (40 * y + 17), 0, 24);
                for (int x = 17; x < 23; x++) {
                    p.pixels[4 * (40 * y + x) + 3] = 255;
                }
            }
            bars.of[source][thing] = p;
        }
    }
    int found[2] = {0};
    for (uint64_t i = 0; i < 60; i++) {
        SceneClip c = mm_clip_new(&bars, MM_SCENE_TRAIN, mm_rng(i, "bars"));
        double first, last;
        int area;
        look(&c, 0, &first, &area);
        look(&c, MM_CLIP_FRAMES - 1, &last, &area);
        if (c.event == MM_TURNS_CLOCKWISE || c.event == MM_TURNS_BACK) {
            found[c.event == MM_TURNS_BACK]++;
            assert_true((last > first) == (c.event == MM_TURNS_CLOCKWISE));
        }
        mm_clip_free(&c);
    }
    assert_true(found[0] > 3 && found[1] > 3);
    mm_cutouts_free(&bars);
}

static void captions(void **state)
{
    (void)state;
    SceneClip c = {.thing = 0, .event = MM_MOVES_LEFT}; /* the dog */
    char text[MM_SCENE_TEXT];
    static const char *const said[2][MM_CLIP_CAPTIONS] = {{"a dog moves to the left", "a dog is moving to the left"},
                                                          {"一只狗向左移动", "一只狗正在向左移动"}};
    for (int language = 0; language < 2; language++) {
        for (int k = 0; k < MM_CLIP_CAPTIONS; k++) {
            mm_clip_caption(&c, (Language)language, k, text);
            assert_string_equal(text, said[language][k]);
        }
    }
}

/* The same frames, in another order. */
static void shuffled(void **state)
{
    (void)state;
    enum { BYTES = MM_CLIP_SIDE * MM_CLIP_SIDE * 4 };
    SceneClip a = mm_clip_new(&cutouts, MM_SCENE_TRAIN, mm_rng(1, "x")),
              b = mm_clip_new(&cutouts, MM_SCENE_TRAIN, mm_rng(1, "x"));
    assert_memory_equal(a.frames.pixels, b.frames.pixels, MM_CLIP_FRAMES * BYTES);
    Rng rng = mm_rng(2, "x");
    mm_clip_shuffle(&b, &rng);
    assert_true(memcmp(a.frames.pixels, b.frames.pixels, MM_CLIP_FRAMES * BYTES) != 0);
    int found = 0;
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        for (int k = 0; k < MM_CLIP_FRAMES; k++) {
            found += memcmp(a.frames.pixels + i * BYTES, b.frames.pixels + k * BYTES, BYTES) == 0;
        }
    }
    assert_int_equal(found, MM_CLIP_FRAMES);
    mm_clip_free(&a);
    mm_clip_free(&b);
}

/* As files they are read again, their colours at most a step of the palette away. */
static void exported(void **state)
{
    (void)state;
    enum { N = 3 };
    Error err;
    CaptionSet set;
    char folder[256];
    snprintf(folder, sizeof folder, "%s", scratch("clips"));
    const SceneExport to = {.folder = folder, .split = MM_SCENE_TRAIN, .n = N, .seed = 5};
    assert_true(mm_clips_export(&cutouts, &to, &err));
    assert_true(mm_captions_load(&(CaptionFile){.path = folder}, &set, &err));
    assert_true(set.n == N && set.captions == N * MM_CLIP_CAPTIONS);
    for (int i = 0; i < N; i++) {
        SceneClip c = mm_clip_new(&cutouts, MM_SCENE_TRAIN, mm_scene_rng(5, MM_SCENE_TRAIN, i));
        Animation a;
        char text[MM_SCENE_TEXT];
        assert_true(mm_animation_load(set.at[i].path, &a, &err));
        assert_true(a.n == MM_CLIP_FRAMES && a.width == MM_CLIP_SIDE && a.height == MM_CLIP_SIDE && a.milliseconds[0] == 120);
        for (int k = 0; k < MM_CLIP_FRAMES * MM_CLIP_SIDE * MM_CLIP_SIDE * 4; k++) {
            assert_true(abs(a.pixels[k] - c.frames.pixels[k]) <= 26);
        }
        mm_clip_caption(&c, MM_ENGLISH, 1, text);
        assert_string_equal(set.caption[set.at[i].first + 1], text);
        mm_animation_free(&a);
        mm_clip_free(&c);
    }
    mm_captions_free(&set);
    SceneClip c = mm_clip_new(&cutouts, MM_SCENE_TRAIN, mm_rng(1, "x"));
    assert_false(mm_animation_save(scratch("no/such/folder.gif"), &c.frames, &err));
    says(&err, scratch("no/such/folder.gif"), "cannot be written");
    mm_clip_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(happens), cmocka_unit_test(turns), cmocka_unit_test(captions),
                                       cmocka_unit_test(shuffled), IN_SCRATCH(exported)};
    return cmocka_run_group_tests(tests, load, unload);
}
