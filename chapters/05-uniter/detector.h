/* detector.h: what a region looks like, in numbers. UNITER's regions came from a Faster R-CNN, trained on Visual Genome and then frozen; here a
 * small ResNet learns to name the things of the scenes, and is frozen. It says what is in a box, not where boxes are. */
#ifndef UNITER_DETECTOR_H
#define UNITER_DETECTOR_H

#include "mm/nn.h"
#include "mm/scenes.h"

enum { DETECTOR_NUMBERS = 64, DETECTOR_CLASSES = 1 + MM_THINGS }; /* class 0: background, as UNITER's */

typedef struct Detector {
    Params *params;
    Resnet net;     /* 32 x 32 pixels -> DETECTOR_NUMBERS */
    BatchNorm norm; /* each number is 0 on average over the training regions, with variance 1 */
    Linear classes; /* -> DETECTOR_CLASSES */
} Detector;

typedef struct Region {
    int left, top, width, height; /* in pixels of a picture, inside it */
} Region;

/* On training scenes, seen through boxes that are a little off, and on their ground. The caller frees, also after an error. */
bool detector_train(Detector *d, const Cutouts *c, uint64_t seed, int steps, bool quiet, Error *err);
bool detector_load(Detector *d, const char *folder, Error *err); /* FOLDER/detector.safetensors */
bool detector_save(const Detector *d, const char *folder, Error *err);
void detector_free(Detector *d);

/* n regions of an RGB picture: feat (n, DETECTOR_NUMBERS), and how likely each class is, soft (n, DETECTOR_CLASSES). */
void detector_look(const Detector *d, const Picture *rgb, const Region *region, int n, real *feat, real *soft);
/* How many of the things in n scenes of a split it names rightly, 0 .. 1. */
double detector_accuracy(const Detector *d, const Cutouts *c, SceneSplit split, uint64_t seed, int n);

#endif
