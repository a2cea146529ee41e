/* own.h: a picture of one's own as what UNITER reads, and how far it can be trusted with it. */
#ifndef UNITER_OWN_H
#define UNITER_OWN_H

#include "detector.h"
#include "propose.h"
#include "tuned.h"

typedef struct OwnPicture {
    Picture rgb;
    Proposals proposed;
    Region region[PROPOSALS_MOST];
    Item item; /* the regions, without a text */
    real feat[PROPOSALS_MOST * DETECTOR_NUMBERS], box[PROPOSALS_MOST * UNITER_BOX], soft[PROPOSALS_MOST * DETECTOR_CLASSES];
    int ids[SCENE_WORDS], kind[PROPOSALS_MOST];
} OwnPicture;

/* Made in place: its item points into it. A GIF gives its first picture. The caller frees. */
bool own_picture_new(const Picture *from, const char *name, const Detector *d, OwnPicture *p, Error *err);
bool own_picture_load(const char *path, const Detector *d, OwnPicture *p, Error *err);
void own_picture_free(OwnPicture *p);
/* The picture with a text, as a batch of one. It lives in g. unknown (may be NULL) gets the words that are no token of the vocabulary, with
 * spaces between; the caller frees. An error: the text has no word that is known. */
bool own_picture_ask(Graph *g, OwnPicture *p, const Wordpiece *w, const char *text, UniterBatch *b, char **unknown, Error *err);
/* Which thing a region most likely is, and how likely; -1: ground. */
int own_picture_thing(const OwnPicture *p, int region, double *likely);
int likely_thing(const real *soft, double *likely); /* the same of a region's classes, soft (DETECTOR_CLASSES) */

#endif
