/* gif.c: the pictures of a GIF. giflib reads the file; here its rectangles are laid over each other, as a browser does it.
 *
 * Each image of the file covers a rectangle of the canvas, which starts transparent. Where its colour is the one declared
 * transparent, what was there stays. How it leaves the canvas is its disposal: as it is, its rectangle cleared, or as before it. */
#include "data/picture.h"
#include "io/memory.h"

#include <gif_lib.h>

typedef struct Gif {
    const char *path;
    const unsigned char *bytes; /* the file, */
    size_t n, at;               /* and how much of it giflib has read */
    GifFileType *file;
    GraphicsControlBlock control; /* of the next image */
    Picture canvas, before;       /* before: what disposal 3 goes back to */
    unsigned char *row;
    size_t decoded; /* pixels of all images so far */
} Gif;

static int read_bytes(GifFileType *file, GifByteType *to, int n)
{
    Gif *g = file->UserData;
    size_t want = (size_t)n, left = g->n - g->at, got = want < left ? want : left;
    memcpy(to, g->bytes + g->at, got);
    g->at += got;
    return (int)got;
}

static bool bad(const Gif *g, const char *reason, Error *err)
{
    return mm_error(err, "%s: not a picture that can be read (GIF: %s)", g->path, reason ? reason : "damaged");
}

static bool open_gif(Gif *g, Error *err)
{
    int code = 0;
    g->file = DGifOpen(g, read_bytes, &code);
    if (!g->file) {
        return bad(g, GifErrorString(code), err);
    }
    int width = g->file->SWidth, height = g->file->SHeight;
    if (!mm_picture_fits(g->path, width, height, err)) {
        return false;
    }
    g->control.TransparentColor = NO_TRANSPARENT_COLOR;
    g->canvas = mm_picture_new(width, height, 4);
    g->before = mm_picture_new(width, height, 4);
    g->row = mm_take(1 << 16, 1); /* the widest rectangle that a GIF can describe */
    return true;
}

static void close_gif(Gif *g)
{
    if (g->file) {
        DGifCloseFile(g->file, NULL);
    }
    mm_picture_free(&g->canvas);
    mm_picture_free(&g->before);
    free(g->row);
}

/* ---- one image ---- */

static unsigned char *pixel(const Gif *g, int x, int y)
{
    return g->canvas.pixels + 4 * ((size_t)y * (size_t)g->canvas.width + (size_t)x);
}

/* Where row i of an interlaced image belongs: first every eighth row, then those half way between, and again. */
static int interlaced_row(int i, int height)
{
    static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
    for (int pass = 0; pass < 4; pass++) {
        int rows = (height - first[pass] + step[pass] - 1) / step[pass];
        if (i < rows) {
            return first[pass] + i * step[pass];
        }
        i -= rows > 0 ? rows : 0;
    }
    return height;
}

static void draw_row(Gif *g, const ColorMapObject *map, int left, int width, int y)
{
    for (int i = 0; i < width && left + i < g->canvas.width && y < g->canvas.height; i++) {
        int index = g->row[i];
        if (index != g->control.TransparentColor && index < map->ColorCount) {
            GifColorType c = map->Colors[index];
            memcpy(pixel(g, left + i, y), (unsigned char[]){c.Red, c.Green, c.Blue, 255}, 4);
        }
    }
}

static bool draw_image(Gif *g, Error *err)
{
    if (DGifGetImageDesc(g->file) == GIF_ERROR) {
        return bad(g, GifErrorString(g->file->Error), err);
    }
    const GifImageDesc *d = &g->file->Image;
    const ColorMapObject *map = d->ColorMap ? d->ColorMap : g->file->SColorMap;
    if (!map || d->Width < 1 || d->Height < 1) {
        return bad(g, map ? "no pixels" : "no colours", err);
    }
    g->decoded += (size_t)d->Width * (size_t)d->Height; /* much of it may lie outside the canvas */
    if (g->decoded > MM_PICTURE_PIXELS) {
        return mm_error(err, "%s: more than %d pixels in all its pictures", g->path, MM_PICTURE_PIXELS);
    }
    memcpy(g->before.pixels, g->canvas.pixels, (size_t)g->canvas.width * (size_t)g->canvas.height * 4);
    for (int i = 0; i < d->Height; i++) {
        if (DGifGetLine(g->file, g->row, d->Width) == GIF_ERROR) {
            return bad(g, GifErrorString(g->file->Error), err);
        }
        draw_row(g, map, d->Left, d->Width, d->Top + (d->Interlace ? interlaced_row(i, d->Height) : i));
    }
    return true;
}

/* What the image that was drawn last leaves to the next one. */
static void dispose(Gif *g)
{
    const GifImageDesc *d = &g->file->Image;
    if (g->control.DisposalMode == DISPOSE_PREVIOUS) {
        Picture swap = g->canvas;
        g->canvas = g->before;
        g->before = swap;
    }
    if (g->control.DisposalMode == DISPOSE_BACKGROUND) { /* to transparent: the background colour of the file is used by nobody */
        for (int y = d->Top; y < d->Top + d->Height && y < g->canvas.height; y++) {
            for (int x = d->Left; x < d->Left + d->Width && x < g->canvas.width; x++) {
                memset(pixel(g, x, y), 0, 4);
            }
        }
    }
    g->control = (GraphicsControlBlock){.TransparentColor = NO_TRANSPARENT_COLOR};
}

/* ---- one after the other ---- */

static bool read_extension(Gif *g, Error *err)
{
    int code;
    GifByteType *block; /* its first byte is its length */
    if (DGifGetExtension(g->file, &code, &block) == GIF_ERROR) {
        return bad(g, GifErrorString(g->file->Error), err);
    }
    while (block) {
        if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &g->control) == GIF_ERROR) {
            return bad(g, "a control block of the wrong size", err);
        }
        if (DGifGetExtensionNext(g->file, &block) == GIF_ERROR) {
            return bad(g, GifErrorString(g->file->Error), err);
        }
    }
    return true;
}

/* Draws up to and with the next image. *drawn: whether there was one. */
static bool next_image(Gif *g, bool *drawn, Error *err)
{
    GifRecordType type;
    *drawn = false;
    do {
        if (DGifGetRecordType(g->file, &type) == GIF_ERROR) {
            return bad(g, GifErrorString(g->file->Error), err);
        }
        if (type == EXTENSION_RECORD_TYPE && !read_extension(g, err)) {
            return false;
        }
    } while (type == EXTENSION_RECORD_TYPE);
    *drawn = type == IMAGE_DESC_RECORD_TYPE;
    return !*drawn || draw_image(g, err);
}

bool mm_gif_first(const char *path, const unsigned char *bytes, size_t n, Picture *p, Error *err)
{
    Gif g = {.path = path, .bytes = bytes, .n = n};
    bool drawn = false, ok = open_gif(&g, err) && next_image(&g, &drawn, err);
    if (ok && !drawn) {
        ok = bad(&g, "no image in it", err);
    }
    if (ok) {
        *p = g.canvas;
        p->kind = MM_INDEXED;
        g.canvas = (Picture){0};
    }
    close_gif(&g);
    return ok;
}

static bool add_picture(Gif *g, Animation *a, Error *err)
{
    size_t pixels = (size_t)a->width * (size_t)a->height, n = (size_t)a->n + 1;
    if (n * pixels > MM_PICTURE_PIXELS) {
        return mm_error(err, "%s: more than %d pictures of %d x %d pixels; a GIF has at most %d in all", g->path, a->n, a->width,
                        a->height, MM_PICTURE_PIXELS);
    }
    if ((a->n & (a->n - 1)) == 0) { /* 0 or a power of two: the arrays are full */
        size_t room = a->n ? 2 * (size_t)a->n : 1;
        a->pixels = mm_take_again(a->pixels, room * pixels * 4);
        a->milliseconds = mm_take_again(a->milliseconds, room * sizeof *a->milliseconds);
    }
    memcpy(a->pixels + (size_t)a->n * pixels * 4, g->canvas.pixels, pixels * 4);
    a->milliseconds[a->n++] = 10 * g->control.DelayTime;
    return true;
}

static bool read_all(Gif *g, Animation *a, Error *err)
{
    if (!open_gif(g, err)) {
        return false;
    }
    a->width = g->canvas.width;
    a->height = g->canvas.height;
    for (bool drawn;;) {
        if (!next_image(g, &drawn, err)) {
            return false;
        }
        if (!drawn) {
            return a->n > 0 || bad(g, "no image in it", err);
        }
        if (!add_picture(g, a, err)) {
            return false;
        }
        dispose(g);
    }
}

bool mm_animation_load(const char *path, Animation *a, Error *err)
{
    *a = (Animation){0};
    Gif g = {.path = path};
    g.bytes = (unsigned char *)mm_read_file(path, MM_PICTURE_BYTES, &g.n, err);
    bool ok = g.bytes && read_all(&g, a, err);
    close_gif(&g);
    free((char *)g.bytes);
    if (!ok) {
        mm_animation_free(a);
    }
    return ok;
}

void mm_animation_free(Animation *a)
{
    free(a->milliseconds);
    free(a->pixels);
    *a = (Animation){0};
}

Picture mm_animation_picture(const Animation *a, int i)
{
    if (i < 0 || i >= a->n) {
        mm_fail((FailHandler){0}, "picture %d of an animation of %d", i, a->n);
    }
    return (Picture){a->width, a->height, 4, a->pixels + (size_t)i * (size_t)a->width * (size_t)a->height * 4};
}
