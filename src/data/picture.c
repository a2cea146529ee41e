/* picture.c: pictures from files and to files, over a background. */
#include "data/picture.h"
#include "io/memory.h"

#include <stb/stb_image_write.h>

const unsigned char mm_white[3] = {255, 255, 255};

Picture mm_picture_new(int width, int height, int channels)
{
    if (width < 1 || height < 1 || (channels != 3 && channels != 4)) {
        mm_fail((FailHandler){0}, "mm_picture_new: %d x %d pixels of %d channels", width, height, channels);
    }
    return (Picture){.width = width,
                     .height = height,
                     .channels = channels,
                     .pixels = mm_take((size_t)width * (size_t)height, (size_t)channels)};
}

void mm_picture_free(Picture *p)
{
    free(p->pixels);
    free(p->deep);
    *p = (Picture){0};
}

/* ---- reading ---- */

bool mm_picture_load(const char *path, Picture *p, Error *err)
{
    size_t n;
    char *bytes = mm_read_file(path, MM_PICTURE_BYTES, &n, err);
    bool ok = bytes && mm_picture_decode(path, (unsigned char *)bytes, n, p, err);
    free(bytes);
    return ok;
}

/* ---- writing ---- */

typedef struct Bytes {
    unsigned char *at;
    size_t n;
} Bytes;

static void append_bytes(void *to, void *bytes, int n)
{
    Bytes *b = to;
    b->at = mm_take_again(b->at, b->n + (size_t)n);
    memcpy(b->at + b->n, bytes, (size_t)n);
    b->n += (size_t)n;
}

unsigned char *mm_picture_png(const Picture *p, size_t *n)
{
    Bytes b = {0};
    if (!stbi_write_png_to_func(append_bytes, &b, p->width, p->height, p->channels, p->pixels, p->width * p->channels)) {
        mm_fail((FailHandler){0}, "out of memory: a PNG of %d x %d pixels", p->width, p->height);
    }
    *n = b.n;
    return b.at;
}

static void write_bytes(void *file, void *bytes, int n)
{
    fwrite(bytes, 1, (size_t)n, file);
}

bool mm_picture_save(const char *path, const Picture *p, Error *err)
{
    AtomicFile a;
    if (!mm_atomic_open(&a, path, err)) {
        return false;
    }
    if (!stbi_write_png_to_func(write_bytes, a.file, p->width, p->height, p->channels, p->pixels, p->width * p->channels)) {
        mm_atomic_abort(&a);
        return mm_error(err, "%s: %d x %d pixels cannot be written as PNG", path, p->width, p->height);
    }
    return mm_atomic_commit(&a, err);
}

Picture mm_picture_flatten(const Picture *p, const unsigned char background[3])
{
    Picture out = mm_picture_new(p->width, p->height, 3);
    size_t n = (size_t)p->width * (size_t)p->height;
    for (size_t i = 0; i < n; i++) {
        const unsigned char *from = p->pixels + i * (size_t)p->channels;
        int alpha = p->channels == 4 ? from[3] : 255;
        for (int c = 0; c < 3; c++) {
            out.pixels[3 * i + (size_t)c] = (unsigned char)((alpha * from[c] + (255 - alpha) * background[c] + 127) / 255);
        }
    }
    return out;
}

void mm_picture_paste(Picture *ground, const Picture *p, int left, int top)
{
    for (int y = 0; y < p->height; y++) {
        for (int x = 0; x < p->width; x++) {
            int gx = left + x, gy = top + y;
            if (gx < 0 || gy < 0 || gx >= ground->width || gy >= ground->height) {
                continue;
            }
            const unsigned char *from = p->pixels + 4 * ((size_t)y * (size_t)p->width + (size_t)x);
            unsigned char *to = ground->pixels + 3 * ((size_t)gy * (size_t)ground->width + (size_t)gx);
            for (int c = 0; c < 3; c++) {
                to[c] = (unsigned char)((from[c] * from[3] + to[c] * (255 - from[3]) + 127) / 255);
            }
        }
    }
}

Picture mm_picture_mirror(const Picture *p)
{
    Picture out = mm_picture_new(p->width, p->height, p->channels);
    size_t channels = (size_t)p->channels;
    for (int y = 0; y < p->height; y++) {
        size_t row = (size_t)y * (size_t)p->width;
        for (int x = 0; x < p->width; x++) {
            memcpy(out.pixels + (row + (size_t)x) * channels, p->pixels + (row + (size_t)(p->width - 1 - x)) * channels,
                   channels);
        }
    }
    return out;
}

Picture mm_picture_part(const Picture *p, int left, int top, int width, int height)
{
    if (left < 0 || top < 0 || left > p->width - width || top > p->height - height) {
        mm_fail((FailHandler){0}, "mm_picture_part: %d x %d pixels at (%d, %d) of %d x %d", width, height, left, top, p->width,
                p->height);
    }
    Picture out = mm_picture_new(width, height, p->channels);
    size_t channels = (size_t)p->channels, row = (size_t)width * channels;
    for (int y = 0; y < height; y++) {
        size_t from = ((size_t)(top + y) * (size_t)p->width + (size_t)left) * channels;
        memcpy(out.pixels + (size_t)y * row, p->pixels + from, row);
    }
    return out;
}
