/* clip.c: short clips in which one thing moves, grows, shrinks or turns. */
#include "data/scene_words.h"
#include "io/hash.h"
#include "io/memory.h"

#include <math.h>
#include <stdio.h>

enum { SMALL = 20, LARGE = 40, MILLISECONDS = 120 };

bool mm_clip_is_held_out(int thing, ClipEvent event)
{
    const char *code = mm_things[thing].code, letter = (char)('a' + event);
    uint64_t h = mm_fnv(mm_fnv(MM_FNV_START, code, strlen(code)), &letter, 1);
    return (h ^ h >> 32) % 10 == 0;
}

/* ---- one frame ---- */

/* Where a thing is: the middle of it, the side of the square around it, and its turn in radians, clockwise. */
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

/* Lays p over the frame: for each of its pixels the place in p is found by turning back. */
static void draw(unsigned char *frame, const Picture *p, Pose pose)
{
    const int longest = p->width > p->height ? p->width : p->height, size = (int)pose.side;
    Picture sized = mm_picture_resize(p, p->width * size / longest > 0 ? p->width * size / longest : 1,
                                      p->height * size / longest > 0 ? p->height * size / longest : 1, MM_BICUBIC);
    const double c = cos(pose.turn), s = sin(pose.turn);
    for (int y = 0; y < MM_CLIP_SIDE; y++) {
        for (int x = 0; x < MM_CLIP_SIDE; x++) {
            double dx = x + 0.5 - pose.x, dy = y + 0.5 - pose.y, from[4];
            sample(&sized, c * dx + s * dy + 0.5 * sized.width - 0.5, c * dy - s * dx + 0.5 * sized.height - 0.5, from);
            unsigned char *to = frame + 4 * (y * MM_CLIP_SIDE + x);
            for (int i = 0; i < 3; i++) {
                to[i] = (unsigned char)lround(from[i] + (1 - from[3]) * to[i]);
            }
        }
    }
    mm_picture_free(&sized);
}

/* ---- what happens ---- */

/* At `time` from 0 to 1. */
static Pose pose_at(ClipEvent event, Pose middle, double time)
{
    static const int sign[MM_CLIP_EVENTS] = {-1, 1, 1, -1, 1, -1};
    Pose p = middle;
    double along = sign[event] * (2 * time - 1); /* -1 .. 1 */
    switch (event) {
    case MM_MOVES_LEFT:
    case MM_MOVES_RIGHT: p.x += along * (0.5 * MM_CLIP_SIDE - 0.5 * SMALL); break;
    case MM_GROWS:
    case MM_SHRINKS: p.side = 0.5 * (SMALL + LARGE) + along * 0.5 * (LARGE - SMALL); break;
    default: p.turn = along * 1.5; break; /* nearly half a turn in all */
    }
    return p;
}

SceneClip mm_clip_new(const Cutouts *c, SceneSplit split, Rng rng)
{
    SceneClip clip;
    do {
        clip.source = mm_scene_source(c, split, &rng);
        clip.thing = mm_below(&rng, MM_THINGS);
        clip.event = (ClipEvent)mm_below(&rng, MM_CLIP_EVENTS);
    } while (mm_clip_is_held_out(clip.thing, clip.event) != (split != MM_SCENE_TRAIN) || !c->of[clip.source][clip.thing].pixels);
    bool moves = clip.event == MM_MOVES_LEFT || clip.event == MM_MOVES_RIGHT;
    const double room = 0.5 * MM_CLIP_SIDE - 0.5 * (moves ? SMALL : LARGE), half = 0.5 * MM_CLIP_SIDE;
    Pose middle = {.x = half + (moves ? 0 : room * (2 * mm_uniform(&rng) - 1)),
                   .y = half + room * (2 * mm_uniform(&rng) - 1),
                   .side = moves ? SMALL : SMALL + mm_below(&rng, LARGE - SMALL - 8)};
    unsigned char ground[4] = {0, 0, 0, 255};
    for (int i = 0; i < 3; i++) {
        ground[i] = (unsigned char)(150 + mm_below(&rng, 106));
    }
    clip.frames = (Animation){.n = MM_CLIP_FRAMES, .width = MM_CLIP_SIDE, .height = MM_CLIP_SIDE};
    clip.frames.milliseconds = mm_take(MM_CLIP_FRAMES, sizeof *clip.frames.milliseconds);
    clip.frames.pixels = mm_take(MM_CLIP_FRAMES, MM_CLIP_SIDE * MM_CLIP_SIDE * 4);
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        unsigned char *frame = clip.frames.pixels + i * MM_CLIP_SIDE * MM_CLIP_SIDE * 4;
        for (int k = 0; k < MM_CLIP_SIDE * MM_CLIP_SIDE; k++) {
            memcpy(frame + 4 * k, ground, 4);
        }
        draw(frame, &c->of[clip.source][clip.thing], pose_at(clip.event, middle, (double)i / (MM_CLIP_FRAMES - 1)));
        clip.frames.milliseconds[i] = MILLISECONDS;
    }
    return clip;
}

void mm_clip_free(SceneClip *clip)
{
    mm_animation_free(&clip->frames);
}

void mm_clip_shuffle(SceneClip *clip, Rng *rng)
{
    enum { BYTES = MM_CLIP_SIDE * MM_CLIP_SIDE * 4 };
    unsigned char *shuffled = mm_take(MM_CLIP_FRAMES, BYTES);
    int order[MM_CLIP_FRAMES];
    mm_permutation(rng, order, MM_CLIP_FRAMES);
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        memcpy(shuffled + i * BYTES, clip->frames.pixels + order[i] * BYTES, BYTES);
    }
    free(clip->frames.pixels);
    clip->frames.pixels = shuffled;
}

/* ---- what is said ---- */

void mm_clip_caption(const SceneClip *clip, Language language, int k, char text[MM_SCENE_TEXT])
{
    static const char *const does[MM_CLIP_EVENTS] = {"moves to the left", "moves to the right", "grows",
                                                     "shrinks",           "turns clockwise",    "turns counterclockwise"},
                             *const doing[MM_CLIP_EVENTS] = {"moving to the left",
                                                             "moving to the right",
                                                             "growing",
                                                             "shrinking",
                                                             "turning clockwise",
                                                             "turning counterclockwise"},
                             *const zh[MM_CLIP_EVENTS] = {"向左移动", "向右移动", "变大", "变小", "顺时针转动", "逆时针转动"};
    char phrase[MM_SCENE_PHRASE];
    mm_scene_phrase(clip->thing, 1, language, phrase);
    if (language == MM_CHINESE) {
        snprintf(text, MM_SCENE_TEXT, k ? "%s正在%s" : "%s%s", phrase, zh[clip->event]);
    } else {
        snprintf(text, MM_SCENE_TEXT, k ? "%s is %s" : "%s %s", phrase, (k ? doing : does)[clip->event]);
    }
}

static bool write_clip(const SceneClip *clip, const SceneExport *to, int i, Error *err)
{
    char captions[MM_CLIP_CAPTIONS * (MM_SCENE_TEXT + 1)], one[MM_SCENE_TEXT];
    int n = 0;
    for (int k = 0; k < MM_CLIP_CAPTIONS; k++) {
        mm_clip_caption(clip, to->language, k, one);
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
