/* embed_time.h: how fast each stage is on the way from files to features. */
#ifndef CLIP_EMBED_TIME_H
#define CLIP_EMBED_TIME_H

#include "program.h"

/* Prints pictures per second of reading, decoding, resizing and encoding, and texts per second, each stage alone; loaded: seconds that
 * the model took. */
bool embed_time(const ClipModel *m, const char *const *picture, int pictures, const char *const *text, int texts, double loaded,
                Error *err);

#endif
