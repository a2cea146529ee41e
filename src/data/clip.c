/* clip.c: short clips in which one thing moves, grows, shrinks, turns or stays. */
#include "data/scene_words.h"
#include "io/hash.h"
#include "io/memory.h"

#include <math.h>
#include <stdio.h>

enum { SMALL = 24, LARGE = 48, MILLISECONDS = 120, MARGIN = 2, TRIES = 100, FRAME_BYTES = MM_CLIP_SIDE * MM_CLIP_SIDE * 4 };
static const double beside = 0.4, /* of the clips with an event have another thing in them */
    covered = 0.1;                /* alpha from which a pixel belongs to a thing */

bool mm_clip_is_held_out(int thing, ClipEvent event)
{
    const char *code = mm_things[thing].code, letter = (char)('a' + event);
    uint64_t h = mm_fnv(mm_fnv(MM_FNV_START, code, strlen(code)), &letter, 1);
    return (h ^ h >> 32) % 10 == 0;
}

/* ---- one frame ---- */

/* Where a thing is: the middle of it, its longer side, and its turn in radians, clockwise. */
typedef struct Pose {
    double x, y, side, turn;
} Pose;

/* Colour of p at (x, y), between its pixels, as alpha-weighted RGB and alpha; nothing outside. */
static void sample(const Picture *p, double x, double y, double to[4])
{
    int left = (int)floor(x), top = (int)floor(y);
    memset(to, 0, 4 * sizeof *to);
    for (int k = 0; k < 4; k++) {
        int px = left + k % 2, py = top + k / 2;
        double weight = (k % 2 ? x - left : 1 - x + left) * (k / 2 ? y - top : 1 - y + top);
        if (px >= 0 && py >= 0 && px < p->width && py < p->height) {
            const unsigned char *c = p->pixels + 4 * (py * p->width + px);
            for (int i = 0; i < 3; i++) {
                to[i] += weight * c[3] / 255 * c[i];
            }
            to[3] += weight * c[3] / 255;
        }
    }
}

/* The box of the pixels that were seen so far, with one more. */
static void reach(SceneObject *o, int x, int y)
{
    if (o->width == 0) {
        *o = (SceneObject){o->kind, x, y, 1, 1};
        return;
    }
    int right = o->left + o->width > x + 1 ? o->left + o->width : x + 1;
    int bottom = o->top + o->height > y + 1 ? o->top + o->height : y + 1;
    o->left = x < o->left ? x : o->left;
    o->top = y < o->top ? y : o->top;
    o->width = right - o->left;
    o->height = bottom - o->top;
}

/* Lays p over the frame: for each of its pixels the place in p is found by turning back. Returns what it covers. */
static SceneObject draw(unsigned char *frame, const Picture *p, Pose pose, int kind)
{
    const int longest = p->width > p->height ? p->width : p->height, size = (int)pose.side;
    Picture sized = mm_picture_resize(p, p->width * size / longest > 0 ? p->width * size / longest : 1,
                                      p->height * size / longest > 0 ? p->height * size / longest : 1, MM_BICUBIC);
    const double c = cos(pose.turn), s = sin(pose.turn);
    SceneObject o = {.kind = kind};
    for (int y = 0; y < MM_CLIP_SIDE; y++) {
        for (int x = 0; x < MM_CLIP_SIDE; x++) {
            double dx = x + 0.5 - pose.x, dy = y + 0.5 - pose.y, from[4];
            sample(&sized, c * dx + s * dy + 0.5 * sized.width - 0.5, c * dy - s * dx + 0.5 * sized.height - 0.5, from);
            unsigned char *to = frame + 4 * (y * MM_CLIP_SIDE + x);
            for (int i = 0; i < 3; i++) {
                to[i] = (unsigned char)lround(from[i] + (1 - from[3]) * to[i]);
            }
            if (from[3] >= covered) {
                reach(&o, x, y);
            }
        }
    }
    mm_picture_free(&sized);
    return o;
}

/* ---- what happens ---- */

/* What a clip shows from its first to its last frame. */
typedef struct Path {
    ClipEvent event;
    Pose middle;
    double far; /* how far it goes to either side of the middle: pixels, or radians */
} Path;

static double between(Rng *rng, double low, double high)
{
    return low + (high - low) * mm_uniform(rng);
}

/* A place for the middle of what reaches so far from it. */
static double place(Rng *rng, double far)
{
    return between(rng, far, MM_CLIP_SIDE - far);
}

static Path draw_path(ClipEvent event, Rng *rng)
{
    Path p = {.event = event, .middle = {.side = between(rng, SMALL, 36)}};
    double x = 0.5 * p.middle.side, y = x; /* how far it reaches from the middle of its path */
    if (event <= MM_MOVES_DOWN) {
        p.far = between(rng, 0.5, 1) * 0.5 * (MM_CLIP_SIDE - p.middle.side);
        *(event <= MM_MOVES_RIGHT ? &x : &y) += p.far;
    } else if (event <= MM_SHRINKS) {
        p.far = between(rng, 6, 0.5 * (LARGE - SMALL));
        p.middle.side = between(rng, SMALL + p.far, LARGE - p.far);
        x = y = 0.5 * (p.middle.side + p.far);
    } else if (event <= MM_TURNS_BACK) {
        p.far = between(rng, 1, 1.5); /* nearly half a turn in all */
        x = y = x * sqrt(2);
    }
    p.middle.x = place(rng, x);
    p.middle.y = place(rng, y);
    return p;
}

/* At `time` from 0 to 1. */
static Pose pose_at(const Path *path, double time)
{
    static const int sign[MM_CLIP_EVENTS] = {-1, 1, -1, 1, 1, -1, 1, -1, 0};
    Pose p = path->middle;
    double along = sign[path->event] * (2 * time - 1) * path->far;
    switch (path->event) {
    case MM_MOVES_LEFT:
    case MM_MOVES_RIGHT: p.x += along; break;
    case MM_MOVES_UP:
    case MM_MOVES_DOWN: p.y += along; break;
    case MM_GROWS:
    case MM_SHRINKS: p.side += along; break;
    default: p.turn = along; break;
    }
    return p;
}

static void draw_frames(SceneClip *clip, const Picture *p, const Path *path, int kind)
{
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        clip->object[i][kind] = draw(clip->frames.pixels + i * FRAME_BYTES, p, pose_at(path, (double)i / (MM_CLIP_FRAMES - 1)),
                                     kind);
    }
}

/* Whether a square around the middle of a pose is free of the first thing in all frames. */
static bool is_free(const SceneClip *clip, Pose p)
{
    const double half = 0.5 * p.side + MARGIN;
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        const SceneObject *o = &clip->object[i][0];
        if (p.x - half < o->left + o->width && o->left < p.x + half && p.y - half < o->top + o->height && o->top < p.y + half) {
            return false;
        }
    }
    return true;
}

/* Another thing where there is room for it, if any is found. */
static void add_other(SceneClip *clip, const Cutouts *c, Rng *rng)
{
    Path still;
    bool found = false;
    for (int t = 0; t < TRIES && !found; t++) {
        still = draw_path(MM_STAYS, rng);
        found = is_free(clip, still.middle);
    }
    int other;
    do {
        other = mm_below(rng, MM_THINGS);
    } while (other == clip->facts.thing || !c->of[clip->source][other].pixels);
    if (found) {
        clip->facts.other = other;
        draw_frames(clip, &c->of[clip->source][other], &still, clip->n++);
    }
}

static Animation new_frames(Rng *rng)
{
    Animation a = {.n = MM_CLIP_FRAMES, .width = MM_CLIP_SIDE, .height = MM_CLIP_SIDE};
    unsigned char ground[4] = {0, 0, 0, 255};
    for (int i = 0; i < 3; i++) {
        ground[i] = (unsigned char)(150 + mm_below(rng, 106));
    }
    a.milliseconds = mm_take(MM_CLIP_FRAMES, sizeof *a.milliseconds);
    a.pixels = mm_take(MM_CLIP_FRAMES, FRAME_BYTES);
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        a.milliseconds[i] = MILLISECONDS;
    }
    for (int k = 0; k < MM_CLIP_FRAMES * FRAME_BYTES; k += 4) {
        memcpy(a.pixels + k, ground, 4);
    }
    return a;
}

SceneClip mm_clip_new(const Cutouts *c, SceneSplit split, Rng rng)
{
    SceneClip clip = {.n = 1, .facts = {.other = -1}};
    ClipFacts *f = &clip.facts;
    do {
        clip.source = mm_scene_source(c, split, &rng);
        f->event = (ClipEvent)mm_below(&rng, MM_CLIP_EVENTS);
        f->thing = mm_below(&rng, MM_THINGS);
    } while (mm_clip_is_held_out(f->thing, f->event) != (split != MM_SCENE_TRAIN) || !c->of[clip.source][f->thing].pixels);
    clip.frames = new_frames(&rng);
    const Path path = draw_path(f->event, &rng);
    draw_frames(&clip, &c->of[clip.source][f->thing], &path, 0);
    if (f->event != MM_STAYS && mm_uniform(&rng) < beside) {
        add_other(&clip, c, &rng);
    }
    return clip;
}

void mm_clip_free(SceneClip *clip)
{
    mm_animation_free(&clip->frames);
}

void mm_clip_shuffle(SceneClip *clip, Rng *rng)
{
    const SceneClip before = *clip;
    int order[MM_CLIP_FRAMES];
    clip->frames.pixels = mm_take(MM_CLIP_FRAMES, FRAME_BYTES);
    mm_permutation(rng, order, MM_CLIP_FRAMES);
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        memcpy(clip->frames.pixels + i * FRAME_BYTES, before.frames.pixels + order[i] * FRAME_BYTES, FRAME_BYTES);
        memcpy(clip->object[i], before.object[order[i]], sizeof clip->object[i]);
    }
    free(before.frames.pixels);
}

/* ---- as files ---- */

static bool write_clip(const SceneClip *clip, const SceneExport *to, int i, Error *err)
{
    char captions[MM_CLIP_CAPTIONS * (MM_SCENE_TEXT + 1)], one[MM_SCENE_TEXT];
    int n = 0;
    for (int k = 0; k < MM_CLIP_CAPTIONS; k++) {
        mm_clip_caption(&clip->facts, to->language, k, one);
        n += snprintf(captions + n, sizeof captions - (size_t)n, "%s\n", one);
    }
    char *gif = mm_path(to->folder, "%s_%06d.gif", mm_scene_split_name[to->split], i + 1), *txt = mm_copy_text(gif, strlen(gif));
    memcpy(txt + strlen(txt) - 3, "txt", 3);
    bool ok = mm_animation_save(gif, &clip->frames, err) && mm_write_file(txt, captions, (size_t)n, err);
    free(gif);
    free(txt);
    return ok;
}

bool mm_clips_export(const Cutouts *c, const SceneExport *to, Error *err)
{
    bool ok = mm_make_folders(to->folder, err);
    for (int i = 0; i < to->n && ok; i++) {
        SceneClip clip = mm_clip_new(c, to->split, mm_scene_rng(to->seed, to->split, i));
        ok = write_clip(&clip, to, i, err);
        mm_clip_free(&clip);
        if (to->progress) {
            to->progress(to->context, i + 1, to->n);
        }
    }
    return ok;
}
