/* gif_write.c: an animation as a GIF, by giflib. */
#include "io/memory.h"
#include "mm/data.h"

#include <gif_lib.h>

enum { REDS = 6, GREENS = 7, BLUES = 6, BITS = 8 };

static int level(int value, int levels) /* the nearest of so many, the first 0 and the last 255 */
{
    return (value * (levels - 1) + 127) / 255;
}

static int colour_index(const unsigned char *c)
{
    return (level(c[0], REDS) * GREENS + level(c[1], GREENS)) * BLUES + level(c[2], BLUES);
}

static ColorMapObject *new_map(void)
{
    GifColorType colour[1 << BITS] = {{0, 0, 0}};
    for (int i = 0; i < REDS * GREENS * BLUES; i++) {
        colour[i] = (GifColorType){(GifByteType)(i / BLUES / GREENS * 255 / (REDS - 1)),
                                   (GifByteType)(i / BLUES % GREENS * 255 / (GREENS - 1)),
                                   (GifByteType)(i % BLUES * 255 / (BLUES - 1))};
    }
    return GifMakeMapObject(1 << BITS, colour);
}

static int write_bytes(GifFileType *gif, const GifByteType *bytes, int n)
{
    return (int)fwrite(bytes, 1, (size_t)n, gif->UserData);
}

/* Netscape's block: repeat for ever. */
static bool put_loop(GifFileType *gif)
{
    return EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE) != GIF_ERROR &&
           EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0") != GIF_ERROR && EGifPutExtensionBlock(gif, 3, "\1\0\0") != GIF_ERROR &&
           EGifPutExtensionTrailer(gif) != GIF_ERROR;
}

static bool put_frame(GifFileType *gif, const Animation *a, int i, GifByteType *row)
{
    GifByteType control[4];
    const GraphicsControlBlock block = {
        .DisposalMode = DISPOSE_DO_NOT, .DelayTime = a->milliseconds[i] / 10, .TransparentColor = NO_TRANSPARENT_COLOR};
    size_t n = EGifGCBToExtension(&block, control);
    bool ok = EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, (int)n, control) != GIF_ERROR &&
              EGifPutImageDesc(gif, 0, 0, a->width, a->height, false, NULL) != GIF_ERROR;
    const Picture p = mm_animation_picture(a, i);
    for (int y = 0; y < a->height && ok; y++) {
        for (int x = 0; x < a->width; x++) {
            row[x] = (GifByteType)colour_index(p.pixels + 4 * ((size_t)y * (size_t)a->width + (size_t)x));
        }
        ok = EGifPutLine(gif, row, a->width) != GIF_ERROR;
    }
    return ok;
}

bool mm_animation_save(const char *path, const Animation *a, Error *err)
{
    AtomicFile file;
    int code = 0;
    if (!mm_atomic_open(&file, path, err)) {
        return false;
    }
    GifFileType *gif = EGifOpen(file.file, write_bytes, &code);
    ColorMapObject *map = new_map();
    GifByteType *row = mm_take((size_t)a->width, 1);
    bool ok = gif && map;
    if (ok) {
        EGifSetGifVersion(gif, true);
        ok = EGifPutScreenDesc(gif, a->width, a->height, BITS, 0, map) != GIF_ERROR && put_loop(gif);
    }
    for (int i = 0; i < a->n && ok; i++) {
        ok = put_frame(gif, a, i, row);
    }
    ok = (!gif || EGifCloseFile(gif, &code) != GIF_ERROR) && ok;
    GifFreeMapObject(map);
    free(row);
    if (!ok) {
        mm_atomic_abort(&file);
        return mm_error(err, "%s: %d pictures of %d x %d pixels cannot be written as GIF", path, a->n, a->width, a->height);
    }
    return mm_atomic_commit(&file, err);
}
