/* picture.h: what the readers of pictures share. Private to src/data. */
#ifndef MM_PICTURE_H
#define MM_PICTURE_H

#include "mm/data.h"

/* Whether a picture of this size is within the limits of mm/data.h; asked before memory is taken. */
bool mm_picture_fits(const char *path, int64_t width, int64_t height, Error *err);

/* resize.c: of a picture resized to width x height, this part. */
typedef struct Part {
    int left, top, width, height;
} Part;
Picture mm_resize_part(const Picture *p, int width, int height, Part part, Filter filter);
/* The first picture of a GIF (gif.c). */
bool mm_gif_first(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err);

#endif
