/* embed_time.h: how fast each stage is on the way from files to features. Private to src/program. */
#ifndef MM_EMBED_TIME_H
#define MM_EMBED_TIME_H

#include "mm/encoders.h"

/* Prints pictures per second of reading, decoding, resizing and encoding, and texts per second, each stage alone; loaded: seconds that
 * the model took. */
bool mm_embed_time(const Encoders *e, const char *const *picture, int pictures, const char *const *text, int texts, double loaded,
                   Error *err);

#endif
