/* picture.c: pictures from files and to files, over a background. */
#include "io/memory.h"
#include "mm/data.h"

#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

const unsigned char mm_white[3] = {255, 255, 255};

Picture mm_picture_new(int width, int height, int channels)
{
    if (width < 1 || height < 1 || (channels != 3 && channels != 4)) {
        mm_fail((FailHandler){0}, "mm_picture_new: %d x %d pixels of %d channels", width, height, channels);
    }
    return (Picture){width, height, channels, mm_take((size_t)width * (size_t)height, (size_t)channels)};
}

void mm_picture_free(Picture *p)
{
    free(p->pixels);
    *p = (Picture){0};
}

/* ---- reading ---- */

static bool begins_with(const unsigned char *bytes, size_t n, const char *magic)
{
    return n >= strlen(magic) && memcmp(bytes, magic, strlen(magic)) == 0;
}

/* stb gives a JPEG that was cut short as a picture, the rest of which is whatever the memory held before. So: from segment to
 * segment up to the start of the scan (FF DA), behind which an end of image (FF D9) must come. A thumbnail with an end of its own
 * lies inside a segment. */
static bool jpeg_has_end(const unsigned char *bytes, size_t n)
{
    size_t at = 2;
    while (at + 4 <= n && bytes[at] == 0xff && bytes[at + 1] != 0xda) {
        bool padding = bytes[at + 1] == 0xff;
        at += padding ? 1 : 2 + (size_t)bytes[at + 2] * 256 + bytes[at + 3];
    }
    return at < n && memmem(bytes + at, n - at, "\xff\xd9", 2) != NULL;
}

static bool check_kind(const char *path, const unsigned char *bytes, size_t n, Error *err)
{
    static const char *const kinds[] = {"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF8", "BM"};
    if (n == 0) {
        return mm_error(err, "%s: empty, so not a picture", path);
    }
    if (begins_with(bytes, n, kinds[1]) && !jpeg_has_end(bytes, n)) {
        return mm_error(err, "%s: not a picture that can be read (a JPEG without its end)", path);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (begins_with(bytes, n, kinds[i])) {
            return true;
        }
    }
    return mm_error(err, "%s: not a picture that can be read (not PNG, JPEG, GIF or BMP)", path);
}

/* The size is read and judged before stb allocates what the file claims to need. */
static bool check_size(const char *path, const unsigned char *bytes, size_t n, Error *err)
{
    int width, height, channels;
    bool known = stbi_info_from_memory(bytes, (int)n, &width, &height, &channels);
    if (!known || width < 1 || height < 1) {
        return mm_error(err, "%s: not a picture that can be read (%s)", path, known ? "no pixels" : stbi_failure_reason());
    }
    if (width > MM_PICTURE_SIDE || height > MM_PICTURE_SIDE || (int64_t)width * height > MM_PICTURE_PIXELS) {
        return mm_error(err, "%s: %d x %d pixels; a picture has at most %d a side and %d in all", path, width, height,
                        MM_PICTURE_SIDE, MM_PICTURE_PIXELS);
    }
    return true;
}

static bool decode(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    int width, height, channels;
    unsigned char *pixels = stbi_load_from_memory(bytes, (int)n, &width, &height, &channels, 4);
    if (!pixels) {
        return mm_error(err, "%s: not a picture that can be read (%s)", path, stbi_failure_reason());
    }
    *p = mm_picture_new(width, height, 4);
    memcpy(p->pixels, pixels, (size_t)width * (size_t)height * 4);
    stbi_image_free(pixels);
    return true;
}

bool mm_picture_load(const char *path, Picture *p, Error *err)
{
    size_t n;
    char *bytes = mm_read_file(path, MM_PICTURE_BYTES, &n, err);
    const unsigned char *b = (unsigned char *)bytes;
    bool ok = b && check_kind(path, b, n, err) && check_size(path, b, n, err) && decode(path, b, n, p, err);
    free(bytes);
    return ok;
}

/* ---- writing ---- */

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
