/* look.h: what a model looks at: maps of a picture, one for each text. */
#ifndef CLIP_LOOK_H
#define CLIP_LOOK_H

#include "evaluate.h"

typedef enum LookMethod {
    LOOK_GRAD_CAM,  /* ResNets: channels that the text asks for, where they are */
    LOOK_HIRES_CAM, /* ResNets: the same, place by place */
    LOOK_RELEVANCE, /* ViT: attention that raises the cosine with the text */
    LOOK_ROLLOUT,   /* ViT: all attention, whatever the text */
    LOOK_OCCLUSION, /* any: how much the cosine falls when a place is covered */
    LOOK_METHODS
} LookMethod;

extern const char *const look_name[LOOK_METHODS]; /* "grad-cam" … */
bool look_fits(const Clip *clip, LookMethod method);
LookMethod look_default(const Clip *clip);

typedef struct Maps {
    int n, side;
    real *at;     /* (n, side, side), none below 0 */
    real *cosine; /* (n) */
} Maps;

/* Picture i, pixels (n, 3, size, size), explained by text i, text (n, embed) of length 1. grid: for the CAMs, the last map of features with
 * that many places a side, if there is one, otherwise the last with more; for occlusion the places to cover. */
Maps look_maps(const Clip *clip, LookMethod method, int grid, const real *pixels, const real *text, int n);
void look_free(Maps *m);

/* look_check.c: whether maps point at what is named, on pictures of two emoji side by side. */
typedef struct LookCheck {
    int pairs, side; /* side: of the maps */
    double half; /* 0 .. 1: how often more than half of the map lies on the half with the named one; half a point if none does */
    double mass; /* mean part of the map there */
    double by_itself; /* how often the named half, alone, fits the text better than the other half, alone */
} LookCheck;
bool look_check(const ClipModel *m, const EmojiSet *emoji, LookMethod method, int grid, int pairs, uint64_t seed,
                LookCheck *result, Error *err);

Picture look_beside(const Picture *left, const Picture *right); /* two emoji, on white; the caller frees */

#endif
