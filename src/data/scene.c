/* scene.c: cut-outs put together to a picture: where each is, is known to the pixel. */
#include "data/scene_words.h"
#include "io/hash.h"
#include "io/memory.h"

enum { SMALLEST = 24, LARGEST = 40, MARGIN = 2, TRIES = 200 };

/* ---- what is in it ---- */

bool mm_scene_pair_is_held_out(int thing, int other)
{
    const char *a = mm_things[thing < other ? thing : other].code, *b = mm_things[thing < other ? other : thing].code;
    uint64_t h = mm_fnv(mm_fnv(MM_FNV_START, a, strlen(a)), b, strlen(b));
    return (h ^ h >> 32) % 10 == 0;
}

static bool suits(const Cutouts *c, int source, bool held_out, int thing, int other)
{
    return thing != other && mm_scene_pair_is_held_out(thing, other) == held_out && c->of[source][thing].pixels &&
           c->of[source][other].pixels;
}

int mm_scene_source(const Cutouts *c, SceneSplit split, Rng *rng)
{
    if (split == MM_SCENE_PHOTOGRAPHS && c->photographs == 0) {
        mm_fail((FailHandler){0}, "a scene of photographs, and none were fetched");
    }
    if (split == MM_SCENE_PHOTOGRAPHS) {
        return MM_PHOTOGRAPH;
    }
    bool test = split == MM_SCENE_NEW_STYLE;
    int style;
    do {
        style = mm_below(rng, MM_STYLES);
    } while ((strcmp(mm_styles[style], mm_test_style) == 0) != test);
    return style;
}

static SceneFacts draw_facts(const Cutouts *c, int source, bool held_out, Rng *rng)
{
    SceneFacts f;
    do {
        f.thing[0] = mm_below(rng, MM_THINGS);
        f.thing[1] = mm_below(rng, MM_THINGS);
    } while (!suits(c, source, held_out, f.thing[0], f.thing[1]));
    do {
        f.count[0] = 1 + mm_below(rng, MM_SCENE_MOST);
        f.count[1] = 1 + mm_below(rng, MM_SCENE_MOST);
    } while (f.count[0] + f.count[1] > MM_SCENE_OBJECTS);
    f.relation = (SceneRelation)mm_below(rng, MM_SCENE_RELATIONS);
    return f;
}

SceneFacts mm_scene_foil(const SceneFacts *facts, SceneRespect respect, Rng *rng)
{
    SceneFacts f = *facts;
    int kind = mm_below(rng, 2);
    if (respect == MM_OTHER_THING) {
        do {
            f.thing[kind] = mm_below(rng, MM_THINGS);
        } while (f.thing[kind] == facts->thing[0] || f.thing[kind] == facts->thing[1]);
    } else if (respect == MM_OTHER_COUNT) {
        do {
            f.count[kind] = 1 + mm_below(rng, MM_SCENE_MOST);
        } while (f.count[kind] == facts->count[kind]);
    } else {
        f.relation ^= 1; /* left and right, above and below are next to each other */
    }
    return f;
}

/* ---- where it is ---- */

/* A vertical gradient between two light colours. */
static Picture new_ground(Rng *rng)
{
    Picture p = mm_picture_new(MM_SCENE_WIDTH, MM_SCENE_HEIGHT, 3);
    int from[3], to[3];
    for (int c = 0; c < 3; c++) {
        from[c] = 150 + mm_below(rng, 106);
        to[c] = 150 + mm_below(rng, 106);
    }
    for (int y = 0; y < p.height; y++) {
        for (int i = 0; i < p.width * 3; i++) {
            p.pixels[y * p.width * 3 + i] = (unsigned char)(from[i % 3] + (to[i % 3] - from[i % 3]) * y / (MM_SCENE_HEIGHT - 1));
        }
    }
    return p;
}

static bool is_free(const Scene *s, const SceneObject *o)
{
    for (const SceneObject *p = s->object; p < s->object + s->n; p++) {
        if (o->left < p->left + p->width + MARGIN && p->left < o->left + o->width + MARGIN &&
            o->top < p->top + p->height + MARGIN && p->top < o->top + o->height + MARGIN) {
            return false;
        }
    }
    return true;
}

/* A free place for the next object, in its kind's half of the scene. Where there is none for this size, a smaller one is tried. */
static SceneObject place(const Scene *s, int kind, const Picture *p, Rng *rng)
{
    const bool beside = s->facts.relation == MM_LEFT_OF || s->facts.relation == MM_RIGHT_OF;
    const bool second = (s->facts.relation == MM_LEFT_OF || s->facts.relation == MM_ABOVE) == (kind == 1);
    const int width = MM_SCENE_WIDTH / (beside ? 2 : 1), height = MM_SCENE_HEIGHT / (beside ? 1 : 2);
    const int largest = LARGEST - 6 * (s->facts.count[kind] - 1); /* three share a half */
    const int side = SMALLEST + mm_below(rng, largest - SMALLEST + 1), longest = p->width > p->height ? p->width : p->height;
    SceneObject o = {.kind = kind};
    for (int t = 0;; t++) {
        int now = side - side * (t / TRIES) / 8; /* reached when all was full: seldom */
        o.width = p->width * now / longest > 0 ? p->width * now / longest : 1;
        o.height = p->height * now / longest > 0 ? p->height * now / longest : 1;
        o.left = (beside && second ? width : 0) + 1 + mm_below(rng, width - o.width - 1);
        o.top = (!beside && second ? height : 0) + 1 + mm_below(rng, height - o.height - 1);
        if (is_free(s, &o)) {
            return o;
        }
    }
}

static void add_object(Scene *s, int kind, const Picture *p, Rng *rng)
{
    SceneObject o = place(s, kind, p, rng);
    Picture sized = mm_picture_resize(p, o.width, o.height, MM_BICUBIC), turned = mm_picture_mirror(&sized);
    mm_picture_paste(&s->picture, mm_uniform(rng) < 0.5 ? &turned : &sized, o.left, o.top);
    mm_picture_free(&sized);
    mm_picture_free(&turned);
    s->object[s->n++] = o;
}

Scene mm_scene_new(const Cutouts *c, SceneSplit split, Rng rng)
{
    Scene s = {.source = mm_scene_source(c, split, &rng)};
    s.facts = draw_facts(c, s.source, split != MM_SCENE_TRAIN, &rng);
    s.picture = new_ground(&rng);
    for (int kind = 0; kind < 2; kind++) {
        for (int i = 0; i < s.facts.count[kind]; i++) {
            add_object(&s, kind, &c->of[s.source][s.facts.thing[kind]], &rng);
        }
    }
    return s;
}

void mm_scene_free(Scene *scene)
{
    mm_picture_free(&scene->picture);
}
