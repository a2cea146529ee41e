/* propose.c: where things are in scenes is found again, as far as the ground is plain; what is no such picture becomes a grid. */
#include "propose.h"
#include "../io/scratch.h"
#include "mm/scenes.h"

#include <math.h>

static double shared(const double a[4], const SceneObject *o)
{
    double w = fmin(a[2], o->left + o->width) - fmax(a[0], o->left), h = fmin(a[3], o->top + o->height) - fmax(a[1], o->top);
    double both = w > 0 && h > 0 ? w * h : 0, area = (a[2] - a[0]) * (a[3] - a[1]);
    return both / (area + o->width * o->height - both);
}

static void things_of_scenes(void **state)
{
    (void)state;
    Error err;
    Cutouts c;
    assert_true(mm_cutouts_load("datasets", &c, &err));
    int things = 0, found = 0, proposed = 0, exact = 0;
    for (int i = 0; i < 200; i++) {
        Scene s = mm_scene_new(&c, i % 2 ? MM_SCENE_HELD_OUT : MM_SCENE_NEW_STYLE, mm_scene_rng(1, MM_SCENE_HELD_OUT, i));
        Proposals p = propose_regions(&s.picture);
        assert_true(p.plain);
        for (int k = 0; k < s.n; k++) {
            double best = 0;
            for (int r = 0; r < p.n; r++) {
                best = fmax(best, shared(p.corner[r], &s.object[k]));
            }
            found += best > 0.6;
        }
        things += s.n;
        proposed += p.n;
        exact += p.n == s.n;
        mm_scene_free(&s);
    }
    print_message("%d of %d things found, %d regions proposed; as many as there are in %d of 200 scenes\n", found, things,
                  proposed, exact);
    assert_true(found > 0.9 * things && proposed < 1.1 * things && exact > 160);
    mm_cutouts_free(&c);
}

static void no_ground(void **state)
{
    (void)state;
    Rng rng = mm_rng(1, "noise");
    Picture noise = mm_picture_new(60, 40, 3), flat = mm_picture_new(60, 40, 3), tiny = mm_picture_new(1, 3, 4);
    for (int i = 0; i < 60 * 40 * 3; i++) {
        noise.pixels[i] = (unsigned char)mm_below(&rng, 256);
        flat.pixels[i] = 200;
    }
    const Picture *all[] = {&noise, &flat, &tiny};
    for (int i = 0; i < 3; i++) {
        Proposals p = propose_regions(all[i]);
        assert_false(p.plain);
        assert_int_equal(p.n, PROPOSAL_GRID * PROPOSAL_GRID);
        for (int r = 0; r < p.n; r++) {
            assert_true(p.corner[r][0] >= 0 && p.corner[r][2] <= all[i]->width && p.corner[r][0] < p.corner[r][2]);
            assert_true(p.corner[r][1] >= 0 && p.corner[r][3] <= all[i]->height && p.corner[r][1] < p.corner[r][3]);
        }
    }
    mm_picture_free(&noise);
    mm_picture_free(&flat);
    mm_picture_free(&tiny);
}

/* A picture larger than what is looked at, with transparent ground, and two squares of which one surrounds a third. */
static void in_its_pixels(void **state)
{
    (void)state;
    Picture p = mm_picture_new(1000, 500, 4);
    for (int y = 0; y < 500; y++) {
        for (int x = 0; x < 1000; x++) {
            bool left = x >= 100 && x < 300 && y >= 100 && y < 300, hole = x >= 120 && x < 280 && y >= 120 && y < 280;
            bool inside = x >= 180 && x < 220 && y >= 180 && y < 220, right = x >= 600 && x < 900 && y >= 50 && y < 450;
            if ((left && !hole) || inside || right) {
                unsigned char *to = p.pixels + (y * 1000 + x) * 4;
                to[0] = right ? 255 : 0;
                to[3] = 255;
            }
        }
    }
    static const double want[2][4] = {{600, 50, 900, 450}, {100, 100, 300, 300}};
    Proposals r = propose_regions(&p);
    assert_true(r.plain);
    assert_int_equal(r.n, 2);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 4; k++) {
            assert_true(fabs(r.corner[i][k] - want[i][k]) < 8); /* two pixels of those that are looked at */
        }
    }
    mm_picture_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(things_of_scenes), cmocka_unit_test(no_ground),
                                       cmocka_unit_test(in_its_pixels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
