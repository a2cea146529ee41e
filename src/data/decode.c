/* decode.c: what is inside a picture file. PNG and JPEG are left to the libraries whose business that is; stb_image, which reads
 * BMP here, can be made to write behind its arrays by a JPEG and to inflate gigabytes by a PNG. Whatever the format, the size is
 * judged before memory is taken, and a file that breaks off is refused: half a picture is none. */
#include "data/picture.h"
#include "io/memory.h"

#include <png.h>
#include <stb/stb_image.h>
#include <turbojpeg.h>

static bool refuse(const char *path, const char *format, const char *reason, Error *err)
{
    return mm_error(err, "%s: not a picture that can be read (%s%s)", path, format, reason);
}

bool mm_picture_fits(const char *path, int64_t width, int64_t height, Error *err)
{
    if (width < 1 || height < 1) {
        return refuse(path, "", "no pixels", err);
    }
    return (width <= MM_PICTURE_SIDE && height <= MM_PICTURE_SIDE && width * height <= MM_PICTURE_PIXELS) ||
           mm_error(err, "%s: %lld x %lld pixels; a picture has at most %d a side and %d in all", path, (long long)width,
                    (long long)height, MM_PICTURE_SIDE, MM_PICTURE_PIXELS);
}

/* ---- PNG ---- */

typedef struct PngReader {
    const unsigned char *bytes; /* the file, */
    size_t n, at;               /* and how much of it libpng has read */
    char reason[128];
} PngReader;

static void png_bytes(png_structp png, png_bytep to, size_t n)
{
    PngReader *r = png_get_io_ptr(png);
    if (n > r->n - r->at) {
        png_error(png, "the file breaks off");
    }
    memcpy(to, r->bytes + r->at, n);
    r->at += n;
}

static void png_stop(png_structp png, const char *reason)
{
    PngReader *r = png_get_error_ptr(png);
    snprintf(r->reason, sizeof r->reason, "%s", reason);
    png_longjmp(png, 1);
}

static void png_warn(png_structp png, const char *reason)
{
    (void)png;
    (void)reason;
}

static PictureKind png_kind(png_structp png, png_infop info)
{
    int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    if (type == PNG_COLOR_TYPE_PALETTE || (type == PNG_COLOR_TYPE_GRAY && depth == 1)) {
        return MM_INDEXED;
    }
    if (type == PNG_COLOR_TYPE_GRAY && depth == 16) {
        return MM_DEEP;
    }
    return type & PNG_COLOR_MASK_ALPHA ? MM_ALPHA : MM_OPAQUE;
}

/* Rows of grey of 16 bits. */
static void read_deep(png_structp png, png_infop info, int passes, Picture *p)
{
    size_t n = (size_t)p->width * (size_t)p->height;
    png_color_16p clear = NULL;
    p->deep = mm_take(n, sizeof *p->deep);
    while (passes-- > 0) {
        for (int y = 0; y < p->height; y++) {
            png_read_row(png, (unsigned char *)(p->deep + (size_t)p->width * (size_t)y), NULL);
        }
    }
    png_get_tRNS(png, info, NULL, NULL, &clear);
    for (size_t i = 0; i < n; i++) {
        memset(p->pixels + 4 * i, p->deep[i] >> 8, 3);
        p->pixels[4 * i + 3] = clear && p->deep[i] == clear->gray ? 0 : 255;
    }
}

/* Every kind of PNG as RGBA of 8 bits; of 16 bits the upper 8. Errors arrive by longjmp, so what must be freed is the caller's. */
static bool read_png(png_structp png, png_infop info, PngReader *r, const char *path, Picture *p, Error *err)
{
    if (setjmp(png_jmpbuf(png))) {
        return refuse(path, "PNG: ", r->reason, err);
    }
    png_set_read_fn(png, r, png_bytes);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are smaller, and say so */
    png_set_chunk_cache_max(png, 16);                           /* texts and colour profiles are not wanted, */
    png_set_chunk_malloc_max(png, 1 << 20);                     /* and may be bombs */
    png_read_info(png, info);
    if (!mm_picture_fits(path, png_get_image_width(png, info), png_get_image_height(png, info), err)) {
        return false;
    }
    PictureKind kind = png_kind(png, info);
    if (kind == MM_DEEP) {
        png_set_swap(png); /* PNG has the upper byte first */
    } else {
        png_set_expand(png);
        png_set_strip_16(png);
        png_set_gray_to_rgb(png);
        png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    }
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    *p = mm_picture_new((int)png_get_image_width(png, info), (int)png_get_image_height(png, info), 4);
    p->kind = kind;
    if (kind == MM_DEEP) {
        read_deep(png, info, passes, p);
        passes = 0;
    }
    while (passes-- > 0) {
        for (int y = 0; y < p->height; y++) {
            png_read_row(png, p->pixels + 4 * (size_t)p->width * (size_t)y, NULL);
        }
    }
    png_read_end(png, NULL);
    return true;
}

static bool decode_png(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    PngReader r = {bytes, n, 0, ""};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, png_stop, png_warn);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool ok = info ? read_png(png, info, &r, path, p, err) : refuse(path, "PNG: ", "no memory", err);
    png_destroy_read_struct(&png, &info, NULL);
    return ok;
}

/* ---- JPEG ---- */

/* CMYK, the printing colours, are stored as 255 minus the ink. */
static void cmyk_to_rgba(Picture *p)
{
    for (unsigned char *c = p->pixels, *end = c + 4 * (size_t)p->width * (size_t)p->height; c < end; c += 4) {
        for (int k = 0; k < 3; k++) {
            c[k] = (unsigned char)((c[k] * c[3] + 127) / 255);
        }
        c[3] = 255;
    }
}

/* libjpeg-turbo is what Pillow uses too, so the pixels are the same. */
static bool read_jpeg(tjhandle jpeg, const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    int width = 0, height = 0, subsampling, colours; /* a JPEG of nothing but tables sets none of them */
    int flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS;
    if (tjDecompressHeader3(jpeg, bytes, n, &width, &height, &subsampling, &colours) != 0) {
        return refuse(path, "JPEG: ", tjGetErrorStr2(jpeg), err);
    }
    if (!mm_picture_fits(path, width, height, err)) {
        return false;
    }
    bool cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
    *p = mm_picture_new(width, height, 4);
    p->kind = MM_OPAQUE;
    if (tjDecompress2(jpeg, bytes, n, p->pixels, width, 0, height, cmyk ? TJPF_CMYK : TJPF_RGBA, flags) != 0) {
        return refuse(path, "JPEG: ", tjGetErrorStr2(jpeg), err);
    }
    if (cmyk) {
        cmyk_to_rgba(p);
    }
    return true;
}

static bool decode_jpeg(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    tjhandle jpeg = tjInitDecompress();
    bool ok = jpeg ? read_jpeg(jpeg, path, bytes, n, p, err) : refuse(path, "JPEG: ", "no memory", err);
    tjDestroy(jpeg);
    return ok;
}

/* ---- BMP ---- */

static uint32_t little_endian(const unsigned char *bytes, int n)
{
    uint32_t x = 0;
    while (n-- > 0) {
        x = x << 8 | bytes[n];
    }
    return x;
}

/* Its rows are not compressed, so the size of the file says whether they are all there; stb would take zeros for the rest. */
static bool decode_bmp(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    if (n < 30) {
        return refuse(path, "BMP: ", "the file breaks off", err);
    }
    bool os2 = little_endian(bytes + 14, 4) == 12; /* its header has numbers of 2 bytes */
    int64_t width = little_endian(bytes + 18, os2 ? 2 : 4), bits = little_endian(bytes + (os2 ? 24 : 28), 2);
    int64_t height = os2 ? little_endian(bytes + 20, 2) : llabs((int32_t)little_endian(bytes + 22, 4)); /* -: from the top */
    if (!mm_picture_fits(path, width, height, err)) {
        return false;
    }
    if (little_endian(bytes + 10, 4) + (width * bits + 31) / 32 * 4 * height > (int64_t)n) {
        return refuse(path, "BMP: ", "the file breaks off", err);
    }
    int channels;
    p->pixels = stbi_load_from_memory(bytes, (int)n, &p->width, &p->height, &channels, 4); /* from malloc, as ours */
    p->channels = 4;
    p->kind = bits <= 8 ? MM_INDEXED : MM_OPAQUE;
    return p->pixels || refuse(path, "BMP: ", stbi_failure_reason(), err);
}

/* ---- any ---- */

bool mm_picture_decode(const char *name, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    static const struct {
        const char *magic;
        size_t n;
        bool (*decode)(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err);
    } formats[] = {
        {"\x89PNG\r\n\x1a\n", 8, decode_png}, {"\xff\xd8\xff", 3, decode_jpeg}, {"GIF8", 4, mm_gif_first}, {"BM", 2, decode_bmp}};
    *p = (Picture){0};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (n >= formats[i].n && memcmp(bytes, formats[i].magic, formats[i].n) == 0) {
            bool ok = formats[i].decode(name, bytes, n, p, err);
            if (!ok) {
                mm_picture_free(p);
            }
            return ok;
        }
    }
    return refuse(name, "", n ? "not PNG, JPEG, GIF or BMP" : "empty", err);
}

bool mm_names_picture(const char *path)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg", ".gif", ".bmp"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (mm_ends_in(path, ends[i])) {
            return true;
        }
    }
    return false;
}
