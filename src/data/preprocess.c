/* preprocess.c: from a picture file to the square of bytes that CLIP reads, exactly as the two programs do that people use CLIP with.
 *
 * Both resize with Pillow and take the middle, but Pillow treats each mode of picture in its own way. OpenAI's code converts to RGB at the
 * very end. So transparent pictures are averaged with their alpha, which is then dropped: what is transparent becomes black or whatever is
 * left there. Pictures with a palette, whose numbers cannot be averaged, are resized by taking the nearest pixel; grey of 16 bits
 * ("I" in Pillow 9) keeps its range until it is cut off at 255. Hugging Face's code converts first, and none of this matters.
 * Sources: openai/CLIP clip.py; torchvision Resize, CenterCrop; transformers CLIPImageProcessor; Pillow Image.resize, Geometry.c, Convert.c. */
#include "data/picture.h"
#include "io/memory.h"

#include <math.h>

/* The size with `size` as its short side, and the middle of it: (d - size) / 2, halves to the even number as Python's round, or down. */
static Part middle(const Picture *p, int size, bool down, int *width, int *height)
{
    int shorter = p->width < p->height ? p->width : p->height;
    *width = (int)((int64_t)size * p->width / shorter);
    *height = (int)((int64_t)size * p->height / shorter);
    double left = (*width - size) / 2.0, top = (*height - size) / 2.0;
    return (Part){(int)(down ? floor(left) : rint(left)), (int)(down ? floor(top) : rint(top)), size, size};
}

Picture mm_picture_clip(const Picture *p, int size)
{
    int width, height;
    Part part = middle(p, size, false, &width, &height);
    return mm_resize_part(p, width, height, part, MM_BICUBIC);
}

Picture mm_picture_rgb(const Picture *p)
{
    Picture out = mm_picture_new(p->width, p->height, 3);
    size_t n = (size_t)p->width * (size_t)p->height, channels = (size_t)p->channels;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < 3; c++) {
            out.pixels[3 * i + c] = p->deep ? (unsigned char)(p->deep[i] < 255 ? p->deep[i] : 255) : p->pixels[channels * i + c];
        }
    }
    return out;
}

/* Where each output pixel of an axis looks. Pillow adds up the steps, and where the sum ends behind the axis it leaves black: -1. */
static int *nearest_pixels(int from, int to)
{
    int *at = mm_take((size_t)to, sizeof *at);
    double step = (double)from / to, x = step * 0.5;
    for (int i = 0; i < to; i++, x += step) {
        at[i] = (int)x < from ? (int)x : -1;
    }
    return at;
}

static Picture resize_nearest(const Picture *p, int width, int height, Part part)
{
    Picture out = mm_picture_new(part.width, part.height, 3);
    int *column = nearest_pixels(p->width, width), *row = nearest_pixels(p->height, height);
    unsigned char *to = out.pixels;
    for (int y = part.top; y < part.top + part.height; y++) {
        for (int x = part.left; x < part.left + part.width; x++, to += 3) {
            if (column[x] >= 0 && row[y] >= 0) {
                memcpy(to, p->pixels + ((size_t)row[y] * (size_t)p->width + (size_t)column[x]) * (size_t)p->channels, 3);
            }
        }
    }
    free(column);
    free(row);
    return out;
}

static Picture resize_deep(const Picture *p, int width, int height, Part part)
{
    size_t n = (size_t)p->width * (size_t)p->height;
    double *x = mm_take(n, sizeof *x);
    for (size_t i = 0; i < n; i++) {
        x[i] = p->deep[i];
    }
    double *y = mm_resize_numbers(x, p->height, p->width, 1, height, width, true);
    Picture out = mm_picture_new(part.width, part.height, 3);
    unsigned char *to = out.pixels;
    for (int row = part.top; row < part.top + part.height; row++) {
        for (int column = part.left; column < part.left + part.width; column++, to += 3) {
            double v = y[(size_t)row * (size_t)width + (size_t)column];
            memset(to, (int)fmin(fmax(v, 0), 255), 3);
        }
    }
    free(x);
    free(y);
    return out;
}

Picture mm_picture_rgb_last(const Picture *p, int size)
{
    int width, height;
    Part part = middle(p, size, false, &width, &height);
    if (p->kind == MM_INDEXED) {
        return resize_nearest(p, width, height, part);
    }
    if (p->deep) {
        return resize_deep(p, width, height, part);
    }
    Picture opaque = p->kind == MM_OPAQUE ? mm_picture_rgb(p) : (Picture){0};
    Picture small = mm_resize_part(p->kind == MM_OPAQUE ? &opaque : p, width, height, part, MM_BICUBIC),
            out = mm_picture_rgb(&small);
    mm_picture_free(&small);
    mm_picture_free(&opaque);
    return out;
}

Picture mm_picture_rgb_first(const Picture *p, int size)
{
    int width, height;
    Part part = middle(p, size, true, &width, &height);
    Picture rgb = mm_picture_rgb(p), out = mm_resize_part(&rgb, width, height, part, MM_BICUBIC);
    mm_picture_free(&rgb);
    return out;
}
