/* watch.h: a GIF of one's own as a clip. */
#ifndef UNITER_WATCH_H
#define UNITER_WATCH_H

#include "clips.h"

typedef struct Watched {
    int frames; /* of the file */
    int grids;  /* frames in which nothing stands out from a plain ground: they are looked at as a whole */
    ClipView view;
} Watched;

/* Which of n frames are looked at: evenly spread from the first to the last; where there are too few, some several times. */
void watched_frames(int n, int frame[MM_CLIP_FRAMES]);
bool watch(const Animation *a, const char *path, const Detector *d, Watched *w, Error *err);
/* The clip, without a text, as a batch of one that lives in g, as w must. frames: the embeddings of the model (tuned.h). */
UniterBatch watched_batch(Graph *g, const Watched *w, const Wordpiece *words, Tensor *frames);

#endif
