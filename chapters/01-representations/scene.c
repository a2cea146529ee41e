/* scene.c: emoji side by side, one in each quarter at most, so that none hides another. */
#include "scene.h"
#include "io/memory.h"

enum { QUARTER = SCENE / 2, SMALLEST = 24, LARGEST = 31 };

static void paste(Picture *ground, const Picture *p, const Object *o, bool mirror)
{
    Picture small = mm_picture_resize(p, o->side, o->side, MM_BICUBIC), turned = mm_picture_mirror(&small);
    mm_picture_paste(ground, mirror ? &turned : &small, o->left, o->top);
    mm_picture_free(&small);
    mm_picture_free(&turned);
}

static Picture new_ground(Rng *rng)
{
    Picture p = mm_picture_new(SCENE, SCENE, 3);
    int colour[3];
    for (int c = 0; c < 3; c++) {
        colour[c] = 160 + mm_below(rng, 96);
    }
    for (int i = 0; i < SCENE * SCENE * 3; i++) {
        p.pixels[i] = (unsigned char)colour[i % 3];
    }
    return p;
}

static void say(Scene *scene, Object *o, const Text *name)
{
    Text *t = &scene->caption;
    o->first_word = t->n;
    o->words = name->n;
    t->ids = mm_take_again(t->ids, (size_t)(t->n + name->n) * sizeof *t->ids);
    memcpy(t->ids + t->n, name->ids, (size_t)name->n * sizeof *t->ids);
    t->n += name->n;
}

static bool is_there(const Set *s, const Scene *scene, int concept)
{
    bool there = false;
    for (int k = 0; k < scene->n; k++) {
        there = there || set_concept(s, scene->object[k].item) == concept;
    }
    return there;
}

Scene scene_new(const Set *s, const int *item, int n_items, int language, Rng rng)
{
    int quarter[MOST_OBJECTS], wanted = 2 + mm_below(&rng, MOST_OBJECTS - 1);
    Scene scene = {.picture = new_ground(&rng)};
    mm_permutation(&rng, quarter, MOST_OBJECTS);
    while (scene.n < wanted) {
        Object o = {.item = item[mm_below(&rng, n_items)], .side = SMALLEST + mm_below(&rng, LARGEST - SMALLEST + 1)};
        int concept = set_concept(s, o.item), q = quarter[scene.n], room = QUARTER - o.side + 1;
        o.left = q % 2 * QUARTER + mm_below(&rng, room);
        o.top = q / 2 * QUARTER + mm_below(&rng, room);
        bool mirror = mm_uniform(&rng) < 0.5;
        if (is_there(s, &scene, concept)) {
            continue;
        }
        paste(&scene.picture, &s->emoji.at[o.item].picture, &o, mirror);
        say(&scene, &o, &s->words[language][concept].name);
        scene.object[scene.n++] = o;
    }
    return scene;
}

void scene_free(Scene *scene)
{
    mm_picture_free(&scene->picture);
    free(scene->caption.ids);
    *scene = (Scene){0};
}

void scene_pixels(const Scene *scene, real *pixels)
{
    read_picture(&scene->picture, SCENE, pixels);
}
