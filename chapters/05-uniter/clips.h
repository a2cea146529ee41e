/* clips.h: clips as what UNITER reads: the regions of all frames, and in which frame each is seen. */
#ifndef UNITER_CLIPS_H
#define UNITER_CLIPS_H

#include "tuned.h"

enum { CLIP_REGIONS = MM_SCENE_OBJECTS, CLIP_TOKENS = MM_CLIP_FRAMES * CLIP_REGIONS }; /* of a frame, of a clip: at most */

/* Regions of a frame, at most CLIP_REGIONS. */
typedef struct FrameRegions {
    int n;
    Region at[CLIP_REGIONS];
} FrameRegions;

/* What the detector says of n regions, frame after frame. */
typedef struct ClipView {
    int n, frame[CLIP_TOKENS];
    real feat[CLIP_TOKENS * DETECTOR_NUMBERS], box[CLIP_TOKENS * UNITER_BOX], soft[CLIP_TOKENS * DETECTOR_CLASSES];
} ClipView;

/* a: MM_CLIP_FRAMES frames. An error names the clip and a region that is not in it. */
bool clip_look(const Detector *d, const Animation *a, const FrameRegions of[MM_CLIP_FRAMES], const char *name, ClipView *v,
               Error *err);

/* Clips first .. first + n - 1 of a split. */
typedef struct Clips {
    int first, n;
    ClipFacts *facts;
    ClipView *view;
    char (*caption)[MM_SCENE_TEXT]; /* (n, MM_CLIP_CAPTIONS) */
    Item *item;                     /* the same with their tokens, and the regions of their clips */
    int *ids;
} Clips;

/* Boxes are exact; what regions look like the detector says. The captions are not tokens yet. The caller frees. */
bool clips_make(const Cutouts *c, const Detector *d, SceneSplit split, uint64_t seed, int first, int n, Language language,
                Clips *clips, Error *err);
bool clips_tokenize(Clips *clips, const Wordpiece *w, Error *err);
void clips_free(Clips *clips);

/* In which order frames are shown: as they are; in any (what could be said without their order?); one of them all the time. */
typedef enum FrameOrder { FRAMES_ORDERED, FRAMES_SHUFFLED, FRAMES_ONE, FRAME_ORDERS } FrameOrder;
extern const char *const frame_order_name[FRAME_ORDERS + 1]; /* ends with NULL */

/* Texts with clips, and in `when` the row of frames (MM_CLIP_FRAMES, width) that belongs to the frame of each region. of: a clip each; the items
 * get their regions from there. Lives in g, as items and of must. */
UniterBatch clip_batch(Graph *g, Item *item, const ClipView *const *of, int n, Tensor *frames);
/* Captions pick[0 .. n-1] with their clips; rng draws orders that are not FRAMES_ORDERED. */
UniterBatch clips_batch(Graph *g, const Clips *clips, const int *pick, int n, FrameOrder order, Rng *rng, Tensor *frames);

#endif
