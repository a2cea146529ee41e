/* scenes.h: scenes of the course (mm/scenes.h) as what UNITER reads. */
#ifndef UNITER_SCENES_H
#define UNITER_SCENES_H

#include "batch.h"
#include "mm/scenes.h"

/* A region looks like its pixels, made 12 x 12: red, green and blue of each, -1 .. 1. Its classes are background and all things. Nobody has
 * detected them: boxes are exact, and the soft labels are the true class with 0.9, the rest spread over all others. */
enum { REGION_SIDE = 12, REGION_NUMBERS = 3 * REGION_SIDE * REGION_SIDE, REGION_CLASSES = 1 + MM_THINGS, SCENE_WORDS = 48 };

typedef struct Scenes {
    ItemSet set;
    Item *item;
    int *ids, *named, *kind;
    real *numbers;
} Scenes;

/* Of what is said and asked of n scenes of training. */
Wordpiece *scenes_vocabulary(const Cutouts *c, uint64_t seed, int n, Language language, Error *err);
/* Scenes 0 .. n - 1 of a split, each with one of its captions. The caller frees. */
bool scenes_make(const Cutouts *c, SceneSplit split, uint64_t seed, int n, Language language, const Wordpiece *w, Scenes *s,
                 Error *err);
void scenes_free(Scenes *s);

#endif
