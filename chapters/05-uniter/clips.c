/* clips.c: see clips.h. */
#include "clips.h"
#include "io/memory.h"

const char *const frame_order_name[FRAME_ORDERS + 1] = {"ordered", "shuffled", "one", NULL};

/* The frames lie one after the other in memory, and so are one tall picture. */
bool clip_look(const Detector *d, const Animation *a, const FrameRegions of[MM_CLIP_FRAMES], const char *name, ClipView *v,
               Error *err)
{
    const Picture tall = {a->width, a->n * a->height, 4, a->pixels};
    Region region[CLIP_TOKENS];
    v->n = 0;
    for (int t = 0; t < MM_CLIP_FRAMES; t++) {
        for (int k = 0; k < of[t].n; k++) {
            const Region *r = &of[t].at[k];
            const double corner[4] = {r->left, r->top, r->left + r->width, r->top + r->height};
            if (!box_numbers(corner, a->width, a->height, v->box + v->n * UNITER_BOX, name, err)) {
                return false;
            }
            region[v->n] = (Region){r->left, t * a->height + r->top, r->width, r->height};
            v->frame[v->n++] = t;
        }
    }
    Picture rgb = mm_picture_flatten(&tall, mm_white);
    detector_look(d, &rgb, region, v->n, v->feat, v->soft);
    mm_picture_free(&rgb);
    return true;
}

/* ---- composed clips ---- */

static bool add_clip(Clips *clips, int i, const SceneClip *clip, const Detector *d, Language language, Error *err)
{
    FrameRegions of[MM_CLIP_FRAMES];
    for (int t = 0; t < MM_CLIP_FRAMES; t++) {
        of[t].n = clip->n;
        for (int k = 0; k < clip->n; k++) {
            const SceneObject *o = &clip->object[t][k];
            of[t].at[k] = (Region){o->left, o->top, o->width, o->height};
        }
    }
    clips->facts[i] = clip->facts;
    for (int k = 0; k < MM_CLIP_CAPTIONS; k++) {
        mm_clip_caption(&clip->facts, language, k, clips->caption[i * MM_CLIP_CAPTIONS + k]);
    }
    return clip_look(d, &clip->frames, of, "a clip", &clips->view[i], err);
}

bool clips_make(const Cutouts *c, const Detector *d, SceneSplit split, uint64_t seed, int first, int n, Language language,
                Clips *clips, Error *err)
{
    const size_t size = (size_t)n, texts = size * MM_CLIP_CAPTIONS;
    *clips = (Clips){.first = first,
                     .n = n,
                     .facts = mm_take(size, sizeof *clips->facts),
                     .view = mm_take(size, sizeof *clips->view),
                     .caption = mm_take(texts, sizeof *clips->caption),
                     .item = mm_take(texts, sizeof *clips->item),
                     .ids = mm_take(texts * SCENE_WORDS, sizeof *clips->ids)};
    bool ok = true;
    for (int i = 0; i < n && ok; i++) {
        SceneClip clip = mm_clip_new(c, split, mm_scene_rng(seed, split, first + i));
        ok = add_clip(clips, i, &clip, d, language, err);
        mm_clip_free(&clip);
    }
    if (!ok) {
        clips_free(clips);
    }
    return ok;
}

bool clips_tokenize(Clips *clips, const Wordpiece *w, Error *err)
{
    bool ok = true;
    for (int i = 0; i < clips->n * MM_CLIP_CAPTIONS && ok; i++) {
        Item *item = &clips->item[i];
        *item = (Item){.ids = clips->ids + (size_t)i * SCENE_WORDS, .picture = i / MM_CLIP_CAPTIONS};
        ok = mm_wordpiece_tokenize(w, clips->caption[i], SCENE_WORDS, item->ids, &item->words, err);
    }
    return ok;
}

void clips_free(Clips *clips)
{
    free(clips->facts);
    free(clips->view);
    free(clips->caption);
    free(clips->item);
    free(clips->ids);
    *clips = (Clips){0};
}

/* ---- batches ---- */

UniterBatch clip_batch(Graph *g, Item *item, const ClipView *const *of, int n, Tensor *frames)
{
    int *pick = mm_arena(g, (size_t)n * sizeof *pick);
    for (int i = 0; i < n; i++) {
        pick[i] = i;
        item[i].regions = of[i]->n;
        item[i].feat = (real *)of[i]->feat;
        item[i].box = (real *)of[i]->box;
        item[i].soft = (real *)of[i]->soft;
    }
    const ItemSet set = {item, n, DETECTOR_NUMBERS, DETECTOR_CLASSES};
    UniterBatch b = lessons_batch(&set, pick, n, HIDE_NOTHING, g);
    int *frame = mm_arena(g, (size_t)(n * b.R) * sizeof *frame);
    for (int i = 0; i < n * b.R; i++) {
        const ClipView *v = of[i / b.R];
        frame[i] = i % b.R < v->n ? v->frame[i % b.R] : 0; /* what is no region is not looked at */
    }
    b.when = mm_embedding(g, frames, frame, MM_SHAPE(n, b.R)); /* (n, R, width) */
    return b;
}

/* The clip in which frame shown[t] is seen at time t. */
static void show(const ClipView *v, const int shown[MM_CLIP_FRAMES], ClipView *to)
{
    to->n = 0;
    for (int t = 0; t < MM_CLIP_FRAMES; t++) {
        for (int k = 0; k < v->n; k++) {
            if (v->frame[k] != shown[t] || to->n == CLIP_TOKENS) {
                continue;
            }
            const int i = to->n++;
            to->frame[i] = t;
            memcpy(to->feat + i * DETECTOR_NUMBERS, v->feat + k * DETECTOR_NUMBERS, DETECTOR_NUMBERS * sizeof *to->feat);
            memcpy(to->box + i * UNITER_BOX, v->box + k * UNITER_BOX, UNITER_BOX * sizeof *to->box);
            memcpy(to->soft + i * DETECTOR_CLASSES, v->soft + k * DETECTOR_CLASSES, DETECTOR_CLASSES * sizeof *to->soft);
        }
    }
}

static const ClipView *reordered(Graph *g, const ClipView *v, FrameOrder order, Rng *rng)
{
    if (order == FRAMES_ORDERED) {
        return v;
    }
    int shown[MM_CLIP_FRAMES];
    ClipView *other = mm_arena(g, sizeof *other);
    mm_permutation(rng, shown, MM_CLIP_FRAMES);
    for (int t = 1; t < MM_CLIP_FRAMES && order == FRAMES_ONE; t++) {
        shown[t] = shown[0];
    }
    show(v, shown, other);
    return other;
}

UniterBatch clips_batch(Graph *g, const Clips *clips, const int *pick, int n, FrameOrder order, Rng *rng, Tensor *frames)
{
    Item *item = mm_arena(g, (size_t)n * sizeof *item);
    const ClipView **of = mm_arena(g, (size_t)n * sizeof *of);
    for (int i = 0; i < n; i++) {
        item[i] = clips->item[pick[i]];
        of[i] = reordered(g, &clips->view[item[i].picture], order, rng);
    }
    return clip_batch(g, item, of, n, frames);
}
