/* watch.c: see watch.h. */
#include "watch.h"
#include "io/memory.h"
#include "propose.h"

#include <math.h>

void watched_frames(int n, int frame[MM_CLIP_FRAMES])
{
    /* region watched_frames */
    for (int i = 0; i < MM_CLIP_FRAMES; i++) {
        frame[i] = (int)lround((double)i * (n - 1) / (MM_CLIP_FRAMES - 1));
    }
    /* end watched_frames */
}

/* What stands out in a frame, the largest first; the whole of it, where nothing does. false: the latter. */
static bool find_regions(const Picture *p, FrameRegions *r)
{
    const Proposals found = propose_regions(p);
    r->n = found.plain ? (found.n < CLIP_REGIONS ? found.n : CLIP_REGIONS) : 1;
    r->at[0] = (Region){0, 0, p->width, p->height};
    for (int k = 0; k < r->n && found.plain; k++) {
        const double *c = found.corner[k];
        const int left = (int)floor(c[0]), top = (int)floor(c[1]), right = (int)ceil(c[2]), bottom = (int)ceil(c[3]);
        r->at[k] = (Region){left, top, right - left, bottom - top};
    }
    return found.plain;
}

bool watch(const Animation *a, const char *path, const Detector *d, Watched *w, Error *err)
{
    const size_t bytes = (size_t)a->width * (size_t)a->height * 4;
    Animation some = {.n = MM_CLIP_FRAMES, .width = a->width, .height = a->height, .pixels = mm_take(MM_CLIP_FRAMES, bytes)};
    FrameRegions of[MM_CLIP_FRAMES];
    int frame[MM_CLIP_FRAMES];
    *w = (Watched){.frames = a->n};
    watched_frames(a->n, frame);
    for (int t = 0; t < MM_CLIP_FRAMES; t++) {
        memcpy(some.pixels + (size_t)t * bytes, a->pixels + (size_t)frame[t] * bytes, bytes);
        const Picture p = mm_animation_picture(&some, t);
        w->grids += !find_regions(&p, &of[t]);
    }
    bool ok = clip_look(d, &some, of, path, &w->view, err);
    free(some.pixels);
    return ok;
}

UniterBatch watched_batch(Graph *g, const Watched *w, const Wordpiece *words, Tensor *frames)
{
    Item *item = mm_arena(g, sizeof *item);
    const ClipView **of = mm_arena(g, sizeof *of);
    *item = (Item){.ids = mm_arena(g, SCENE_WORDS * sizeof *item->ids)};
    *of = &w->view;
    mm_wordpiece_tokenize(words, "", SCENE_WORDS, item->ids, &item->words, NULL); /* [CLS] [SEP] */
    return clip_batch(g, item, of, 1, frames);
}
