/* scenes.h: scenes of the course (mm/scenes.h) as what UNITER reads. */
#ifndef UNITER_SCENES_H
#define UNITER_SCENES_H

#include "batch.h"
#include "detector.h"

enum { SCENE_WORDS = 48 }; /* tokens of a text, at most */

typedef struct Scenes {
    ItemSet set;
    Item *item, *foil; /* foil (n, MM_SCENE_RESPECTS): the same scene, and a caption that is false in this respect */
    Scene *scene;      /* without their pictures */
    int *ids, *named, *kind;
    real *numbers;
} Scenes;

/* Of what is said and asked of n scenes of training. */
Wordpiece *scenes_vocabulary(const Cutouts *c, uint64_t seed, int n, Language language, Error *err);
/* Scenes 0 .. n - 1 of a split, each with one of its captions. Boxes are exact; what regions look like, and what classes they may be of, the
 * detector says. The caller frees. */
bool scenes_make(const Cutouts *c, const Detector *d, SceneSplit split, uint64_t seed, int n, Language language,
                 const Wordpiece *w, Scenes *s, Error *err);
void scenes_free(Scenes *s);

/* Looks at n regions of an RGB picture, corner: left, top, right, bottom in its pixels. Fills what item has room for, feat, box and soft, and
 * region (n), the whole pixels around each. The error names `what`, and the box that is empty or outside. */
bool regions_look(const Detector *d, const Picture *rgb, const double (*corner)[4], int n, const char *what, Item *item,
                  Region *region, Error *err);

#endif
