/* clips.c: in a clip happens what its caption says, and only in the right order of its frames. */
#include "../io/scratch.h"
#include "mm/scenes.h"

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

static const unsigned char *pixel(const SceneClip *c, int frame, int x, int y)
{
    return mm_animation_picture(&c->frames, frame).pixels + 4 * (y * MM_CLIP_SIDE + x);
}

static bool covers(const SceneObject *o, int x, int y)
{
    return x >= o->left && y >= o->top && x < o->left + o->width && y < o->top + o->height;
}

/* What the boxes say is in a frame: outside of them there is ground, but for the faintest borders; each side of a box is reached. */
static void boxes_are_right(const SceneClip *c, int frame)
{
    unsigned char ground[3];
    bool found = false;
    for (int i = 0; i < MM_CLIP_SIDE * MM_CLIP_SIDE && !found; i++) { /* a free pixel far from all boxes */
        const int x = i % MM_CLIP_SIDE, y = i / MM_CLIP_SIDE;
        found = true;
        for (int k = 0; k < c->n; k++) {
            SceneObject wide = c->object[frame][k];
            wide = (SceneObject){k, wide.left - 3, wide.top - 3, wide.width + 6, wide.height + 6};
            found = found && !covers(&wide, x, y);
        }
        memcpy(ground, pixel(c, frame, x, y), 3);
    }
    assert_true(found);
    for (int i = 0; i < MM_CLIP_SIDE * MM_CLIP_SIDE; i++) {
        const int x = i % MM_CLIP_SIDE, y = i / MM_CLIP_SIDE;
        const unsigned char *p = pixel(c, frame, x, y);
        bool in = false;
        for (int k = 0; k < c->n; k++) {
            in = in || covers(&c->object[frame][k], x, y);
        }
        for (int k = 0; k < 3 && !in; k++) {
            assert_true(abs(p[k] - ground[k]) <= 26); /* a tenth of 255 */
        }
    }
}

static double middle(const SceneObject *o, bool down)
{
    return down ? o->top + 0.5 * o->height : o->left + 0.5 * o->width;
}

/* The event that boxes show: steps in one direction, all of them. Turns and rest are told apart by the frames. */
static int seen_in(const SceneClip *c)
{
    int left = 0, right = 0, up = 0, down = 0, larger = 0, smaller = 0;
    for (int t = 1; t < MM_CLIP_FRAMES; t++) {
        const SceneObject *a = &c->object[t - 1][0], *b = &c->object[t][0];
        const double x = middle(b, false) - middle(a, false), y = middle(b, true) - middle(a, true);
        left += x < -1;
        right += x > 1;
        up += y < -1;
        down += y > 1;
        larger += b->width * b->height > a->width * a->height;
        smaller += b->width * b->height < a->width * a->height;
    }
    const int steps = MM_CLIP_FRAMES - 1, of[] = {left, right, up, down, larger, smaller};
    for (int e = 0; e < 6; e++) {
        if (of[e] == steps) {
            return e;
        }
    }
    for (int t = 1; t < MM_CLIP_FRAMES; t++) {
        if (memcmp(pixel(c, t, 0, 0), pixel(c, 0, 0, 0), MM_CLIP_SIDE * MM_CLIP_SIDE * 4) != 0) {
            return MM_TURNS_CLOCKWISE; /* or back */
        }
    }
    return MM_STAYS;
}

static void happens(void **state)
{
    (void)state;
    int seen[MM_CLIP_EVENTS] = {0}, beside = 0;
    for (uint64_t i = 0; i < 200; i++) {
        SceneSplit split = i % 2 ? MM_SCENE_TRAIN : MM_SCENE_NEW_STYLE;
        SceneClip c = mm_clip_new(&cutouts, split, mm_rng(i, "clips"));
        const ClipEvent e = c.facts.event;
        assert_true(mm_clip_is_held_out(c.facts.thing, e) == (split != MM_SCENE_TRAIN));
        assert_true((c.n == 2) == (c.facts.other >= 0) && c.facts.other != c.facts.thing);
        assert_true(e != MM_STAYS || c.n == 1);
        seen[e]++;
        beside += c.n == 2;
        assert_int_equal(seen_in(&c), e == MM_TURNS_BACK ? MM_TURNS_CLOCKWISE : e);
        for (int t = 0; t < MM_CLIP_FRAMES; t++) {
            boxes_are_right(&c, t);
            for (int k = 0; k < c.n; k++) {
                const SceneObject *o = &c.object[t][k];
                assert_true(o->kind == k && o->width > 2 && o->height > 2 && o->left >= 0 && o->top >= 0);
                assert_true(o->left + o->width <= MM_CLIP_SIDE && o->top + o->height <= MM_CLIP_SIDE);
                assert_true(k == 0 || memcmp(o, &c.object[0][k], sizeof *o) == 0); /* the other stands still */
            }
        }
        mm_clip_free(&c);
    }
    for (int e = 0; e < MM_CLIP_EVENTS; e++) {
        assert_true(seen[e] > 5);
    }
    assert_true(beside > 30 && beside < 100);
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
    for (uint64_t i = 0; i < 120; i++) {
        SceneClip c = mm_clip_new(&bars, MM_SCENE_TRAIN, mm_rng(i, "bars"));
        const bool clockwise = c.facts.event == MM_TURNS_CLOCKWISE;
        if (clockwise || c.facts.event == MM_TURNS_BACK) {
            const double first = middle(&c.object[0][0], false), last = middle(&c.object[MM_CLIP_FRAMES - 1][0], false);
            found[!clockwise]++;
            assert_true((last > first) == clockwise);
        }
        mm_clip_free(&c);
    }
    assert_true(found[0] > 3 && found[1] > 3);
    mm_cutouts_free(&bars);
}

static void captions(void **state)
{
    (void)state;
    static const char *const said[2][MM_CLIP_CAPTIONS] = {
        {"a dog moves to the left beside a cat", "a dog is moving to the left beside a cat", "a dog goes left beside a cat",
         "there is a dog moving to the left beside a cat", "a dog is going left beside a cat"},
        {"一只狗在一只猫旁边向左移动", "画面中一只狗在一只猫旁边向左移动", "一只狗在一只猫旁边往左边去",
         "有一只狗在一只猫旁边向左移动", "画面中一只狗在一只猫旁边往左边去"}};
    char text[MM_SCENE_TEXT];
    ClipFacts f = {.thing = 0, .other = 1, .event = MM_MOVES_LEFT}; /* the dog, the cat */
    for (int language = 0; language < 2; language++) {
        for (int k = 0; k < MM_CLIP_CAPTIONS; k++) {
            mm_clip_caption(&f, (Language)language, k, text);
            assert_string_equal(text, said[language][k]);
        }
    }
    f = (ClipFacts){.thing = 0, .other = -1, .event = MM_STAYS};
    mm_clip_caption(&f, MM_ENGLISH, 0, text);
    assert_string_equal(text, "a dog stays where it is");
}

/* What was put into a caption is read out of it again. */
static void read_back(void **state)
{
    (void)state;
    char text[MM_SCENE_TEXT];
    for (int i = 0; i < MM_THINGS * MM_CLIP_EVENTS * MM_CLIP_CAPTIONS; i++) {
        const int thing = i % MM_THINGS, other = i % 3 == 0 ? -1 : (thing + 1 + i % (MM_THINGS - 1)) % MM_THINGS;
        const ClipFacts f = {thing, other, (ClipEvent)(i / MM_THINGS % MM_CLIP_EVENTS)};
        for (int language = 0; language < 2; language++) {
            mm_clip_caption(&f, (Language)language, i / MM_THINGS / MM_CLIP_EVENTS, text);
            const ClipSaid said = mm_clip_said(text, (Language)language);
            if (said.thing != f.thing || said.other != f.other || said.event != (int)f.event) {
                fail_msg("\"%s\": read as thing %d, other %d, event %d", text, said.thing, said.other, said.event);
            }
        }
    }
    static const char *const strange[] = {"", "a dog", "a dog grows and shrinks", "moves up"};
    static const ClipSaid want[] = {{-1, -1, -1}, {0, -1, -1}, {0, -1, -1}, {-1, -1, MM_MOVES_UP}};
    for (int i = 0; i < 4; i++) {
        const ClipSaid said = mm_clip_said(strange[i], MM_ENGLISH);
        assert_true(said.thing == want[i].thing && said.other == want[i].other && said.event == want[i].event);
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
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        bool found = false; /* with its boxes */
        for (int k = 0; k < MM_CLIP_FRAMES; k++) {
            found = found || (memcmp(a.frames.pixels + i * BYTES, b.frames.pixels + k * BYTES, BYTES) == 0 &&
                              memcmp(a.object[i], b.object[k], sizeof a.object[i]) == 0);
        }
        assert_true(found);
    }
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
        mm_clip_caption(&c.facts, MM_ENGLISH, 1, text);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(happens),   cmocka_unit_test(turns),    cmocka_unit_test(captions),
                                       cmocka_unit_test(read_back), cmocka_unit_test(shuffled), IN_SCRATCH(exported)};
    return cmocka_run_group_tests(tests, load, unload);
}
