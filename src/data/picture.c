/* picture.c: pictures from files and to files, over a background. */
#include "data/picture.h"
#include "io/memory.h"

#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#include <turbojpeg.h>

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

bool mm_picture_fits(const char *path, int64_t width, int64_t height, Error *err)
{
    if (width < 1 || height < 1) {
        return mm_error(err, "%s: not a picture that can be read (no pixels)", path);
    }
    return (width <= MM_PICTURE_SIDE && height <= MM_PICTURE_SIDE && width * height <= MM_PICTURE_PIXELS) ||
           mm_error(err, "%s: %lld x %lld pixels; a picture has at most %d a side and %d in all", path, (long long)width,
                    (long long)height, MM_PICTURE_SIDE, MM_PICTURE_PIXELS);
}

/* Four bytes at `at`, the highest or the lowest first; 0 where the file ends before. */
static int64_t number(const unsigned char *bytes, size_t n, size_t at, bool highest_first)
{
    uint32_t x = 0;
    for (size_t i = 0; i < 4 && at + 4 <= n; i++) {
        x = x << 8 | bytes[at + (highest_first ? i : 3 - i)];
    }
    return x;
}

/* PNG and BMP, by stb. The size is read and judged before stb allocates what the file claims to need. */
static bool decode_stb(const char *path, const unsigned char *bytes, size_t n, bool png, Picture *p, Error *err)
{
    int64_t width = number(bytes, n, png ? 16 : 18, png), height = number(bytes, n, png ? 20 : 22, png);
    if (!png && number(bytes, n, 14, false) == 12) { /* OS/2's header: two numbers of 2 bytes */
        height = width >> 16;
        width &= 0xffff;
    } else if (!png) { /* negative: the rows from the top */
        height = llabs((int32_t)height);
    }
    if (!mm_picture_fits(path, width, height, err)) {
        return false;
    }
    int channels;
    *p = (Picture){.channels = 4}; /* stb's memory comes from malloc as well */
    p->pixels = stbi_load_from_memory(bytes, (int)n, &p->width, &p->height, &channels, 4);
    return p->pixels || mm_error(err, "%s: not a picture that can be read (%s)", path, stbi_failure_reason());
}

/* JPEG, by libjpeg-turbo, which Pillow uses too; stb of 2022 can be made to write and to jump anywhere. A file that breaks off or
 * is damaged is refused: half a picture is none. The printing colours CMYK are stored as 255 minus the ink. */
static bool decode_jpeg(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    int width, height, subsampling, colours, flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    tjhandle jpeg = tjInitDecompress();
    bool ok = jpeg && tjDecompressHeader3(jpeg, bytes, n, &width, &height, &subsampling, &colours) == 0;
    if (ok && !mm_picture_fits(path, width, height, err)) {
        tjDestroy(jpeg);
        return false;
    }
    if (ok) {
        bool cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
        *p = mm_picture_new(width, height, 4);
        ok = tjDecompress2(jpeg, bytes, n, p->pixels, width, 0, height, cmyk ? TJPF_CMYK : TJPF_RGBA, flags) == 0;
        for (size_t i = 0; ok && cmyk && i < 4 * (size_t)width * (size_t)height; i++) {
            unsigned char *c = p->pixels + i, *black = p->pixels + (i | 3);
            *c = (unsigned char)(c < black ? (*c * *black + 127) / 255 : 255);
        }
        if (!ok) {
            mm_picture_free(p);
        }
    }
    if (!ok) {
        mm_error(err, "%s: not a picture that can be read (JPEG: %s)", path, tjGetErrorStr2(jpeg));
    }
    tjDestroy(jpeg);
    return ok;
}

static bool decode(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    if (n == 0) {
        return mm_error(err, "%s: empty, so not a picture", path);
    }
    if (begins_with(bytes, n, "GIF8")) {
        return mm_gif_first(path, bytes, n, p, err);
    }
    if (begins_with(bytes, n, "\xff\xd8\xff")) {
        return decode_jpeg(path, bytes, n, p, err);
    }
    bool png = begins_with(bytes, n, "\x89PNG\r\n\x1a\n");
    if (png || begins_with(bytes, n, "BM")) {
        return decode_stb(path, bytes, n, png, p, err);
    }
    return mm_error(err, "%s: not a picture that can be read (not PNG, JPEG, GIF or BMP)", path);
}

bool mm_picture_load(const char *path, Picture *p, Error *err)
{
    size_t n;
    char *bytes = mm_read_file(path, MM_PICTURE_BYTES, &n, err);
    bool ok = bytes && decode(path, (unsigned char *)bytes, n, p, err);
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
