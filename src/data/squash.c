/* squash.c: from a picture to the square of numbers that ALIGN reads. Every picture is squashed to a square, whatever its shape, and the
 * margin around its middle is cut off: in training the cut was at a random place.
 * The two programs that ALIGN is run with reduce a large picture in two ways, and it shows: Hugging Face's by Pillow's mean over all
 * pixels; TensorFlow's, with which it was trained, by a mean of four neighbours, so that most pixels of a large picture do not count.
 * Sources: transformers image_processing_efficientnet.py; kakaobrain/coyo-align; tensorflow resize_bilinear_op.cc. */
#include "data/picture.h"
#include "io/memory.h"

#include <math.h>

/* The two neighbours on an axis that output i lies between, and how far it is from the first. */
typedef struct Between {
    int low, high;
    double part;
} Between;

static Between between(int i, int from, int to)
{
    double at = (i + 0.5) * from / to - 0.5, low = floor(at);
    return (Between){low > 0 ? (int)low : 0, low + 1 < from ? (int)low + 1 : from - 1, at - low};
}

static double mix(double a, double b, double part)
{
    return a + (b - a) * part;
}

/* tf.image.resize with antialias=False, only of the part. (3, part.height, part.width), 0 .. 255 */
static void resize_tensorflow(const Picture *p, int side, Part part, real *out)
{
    for (int y = 0; y < part.height; y++) {
        Between v = between(part.top + y, p->height, side);
        const unsigned char *above = p->pixels + (size_t)v.low * (size_t)p->width * 3,
                            *below = p->pixels + (size_t)v.high * (size_t)p->width * 3;
        for (int x = 0; x < part.width; x++) {
            Between h = between(part.left + x, p->width, side);
            for (int c = 0; c < 3; c++) {
                double top = mix(above[3 * h.low + c], above[3 * h.high + c], h.part),
                       bottom = mix(below[3 * h.low + c], below[3 * h.high + c], h.part);
                out[((size_t)c * (size_t)part.height + (size_t)y) * (size_t)part.width + (size_t)x] = (real)mix(top, bottom,
                                                                                                                v.part);
            }
        }
    }
}

static void resize_pillow(const Picture *p, int side, Part part, real *out)
{
    Picture small = mm_resize_part(p, side, side, part, MM_BILINEAR);
    size_t plane = (size_t)part.width * (size_t)part.height;
    for (size_t i = 0; i < plane; i++) {
        for (size_t c = 0; c < 3; c++) {
            out[c * plane + i] = small.pixels[3 * i + c];
        }
    }
    mm_picture_free(&small);
}

void mm_picture_squash(const Picture *rgb, int squashed, int size, bool antialias, real *pixels)
{
    int margin = (squashed - size) / 2;
    (antialias ? resize_pillow : resize_tensorflow)(rgb, squashed, (Part){margin, margin, size, size}, pixels);
    for (size_t i = 0; i < 3 * (size_t)size * (size_t)size; i++) {
        pixels[i] = pixels[i] / (real)127.5 - 1;
    }
}
