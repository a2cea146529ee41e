/* gif.c: animations drawn by hand, and GIFs that promise too much or break off. */
#include "../io/scratch.h"
#include "mm/data.h"

#include <gif_lib.h>

/* Colour 0 is black, r red, g green, b blue. */
static const char letters[] = "0rgb";
static const GifColorType colours[4] = {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}};

typedef struct Image {
    int left, top, width, height;
    const char *pixels; /* rows of letters, in the order of the file */
    bool interlaced;
    int disposal, delay; /* hundredths of a second */
    int transparent;     /* a colour; -1: none */
} Image;

static void put_image(GifFileType *gif, const Image *m)
{
    GifByteType control[4], row[16];
    size_t n = EGifGCBToExtension(
        &(GraphicsControlBlock){.DisposalMode = m->disposal, .DelayTime = m->delay, .TransparentColor = m->transparent}, control);
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, (int)n, control);
    EGifPutImageDesc(gif, m->left, m->top, m->width, m->height, m->interlaced, NULL);
    for (int y = 0; y < m->height; y++) {
        for (int x = 0; x < m->width; x++) {
            row[x] = (GifByteType)(strchr(letters, m->pixels[y * m->width + x]) - letters);
        }
        assert_int_equal(EGifPutLine(gif, row, m->width), GIF_OK);
    }
}

static const char *gif_of(int width, int height, const Image *images, int n)
{
    const char *path = scratch("x.gif");
    int error;
    GifFileType *gif = EGifOpenFileName(path, false, &error);
    assert_non_null(gif);
    EGifSetGifVersion(gif, true);
    ColorMapObject *map = GifMakeMapObject(4, colours);
    EGifPutScreenDesc(gif, width, height, 2, 0, map);
    for (int i = 0; i < n; i++) {
        put_image(gif, images + i);
    }
    assert_int_equal(EGifCloseFile(gif, &error), GIF_OK);
    GifFreeMapObject(map);
    return path;
}

/* What is seen, as letters; a point is transparent. */
static void shows(Picture p, const char *expected)
{
    for (int i = 0; i < p.width * p.height; i++) {
        const unsigned char *c = p.pixels + 4 * i;
        char got = c[3] == 0 ? '.' : c[0] ? 'r' : c[1] ? 'g' : c[2] ? 'b' : '0';
        if (got != expected[i]) {
            fail_msg("pixel %d is %c, not %c, in %s", i, got, expected[i], expected);
        }
    }
}

static void laid_over_each_other(void **state)
{
    (void)state;
    const Image images[] = {
        {0, 0, 3, 2, "rrrr0r", false, 0, 5, 0}, /* its black is not drawn */
        {1, 0, 2, 1, "gg", false, 2, 10, -1},   /* cleared after it was seen */
        {0, 1, 1, 1, "b", false, 3, 0, -1},     /* undone after it was seen */
        {2, 1, 1, 1, "g", false, 1, 300, -1},
    };
    static const char *const seen[] = {"rrrr.r", "rggr.r", "r..b.r", "r..r.g"};
    Error err;
    Animation a;
    Picture first;
    const char *path = gif_of(3, 2, images, 4);
    assert_true(mm_animation_load(path, &a, &err));
    assert_true(a.n == 4 && a.width == 3 && a.height == 2);
    for (int i = 0; i < 4; i++) {
        shows(mm_animation_picture(&a, i), seen[i]);
        assert_int_equal(a.milliseconds[i], 10 * images[i].delay);
    }
    assert_true(mm_picture_load(path, &first, &err));
    assert_true(first.channels == 4);
    shows(first, seen[0]);
    mm_picture_free(&first);
    mm_animation_free(&a);
}

/* Of what was cleared nothing else is: not above it, nor below, nor beside it. */
static void only_its_rectangle_is_cleared(void **state)
{
    (void)state;
    Error err;
    Animation a;
    const Image images[] = {
        {0, 0, 3, 3, "rrrrrrrrr", false, 1, 0, -1}, {1, 1, 1, 1, "g", false, 2, 0, -1}, {0, 0, 1, 1, "b", false, 1, 0, -1}};
    assert_true(mm_animation_load(gif_of(3, 3, images, 3), &a, &err));
    shows(mm_animation_picture(&a, 1), "rrrrgrrrr");
    shows(mm_animation_picture(&a, 2), "brrr.rrrr");
    mm_animation_free(&a);
}

static void rows_in_another_order(void **state)
{
    (void)state;
    Error err;
    Picture p;
    const Image nine = {0, 0, 1, 9, "rbgg00rrb", true, 0, 0, -1}; /* rows 0 8, 4, 2 6, 1 3 5 7 */
    assert_true(mm_picture_load(gif_of(1, 9, &nine, 1), &p, &err));
    shows(p, "r0grgr0bb");
    mm_picture_free(&p);
    const Image one = {0, 0, 2, 1, "rb", true, 0, 0, -1};
    assert_true(mm_picture_load(gif_of(2, 1, &one, 1), &p, &err));
    shows(p, "rb");
    mm_picture_free(&p);
}

/* A rectangle that reaches beyond the canvas is cut. */
static void beyond_the_canvas(void **state)
{
    (void)state;
    Error err;
    Animation a;
    const Image images[] = {{1, 1, 3, 3, "rgbrgbrgb", false, 2, 0, -1}, {7, 7, 1, 1, "r", false, 2, 0, -1}};
    assert_true(mm_animation_load(gif_of(2, 2, images, 2), &a, &err));
    shows(mm_animation_picture(&a, 0), "...r");
    shows(mm_animation_picture(&a, 1), "....");
    mm_animation_free(&a);
}

static void refused(const char *path, const char *what)
{
    Error err;
    Animation a;
    Picture p;
    assert_false(mm_animation_load(path, &a, &err));
    says(&err, path, what);
    assert_false(mm_picture_load(path, &p, &err));
    says(&err, path, what);
    assert_true(a.pixels == NULL && a.milliseconds == NULL);
}

static void too_much(void **state)
{
    (void)state;
    enum { SCREEN = 13, COLOURS = 4 * 3 }; /* bytes of the screen descriptor and of the colours behind it */
    Error err;
    Animation a;
    const Image one = {0, 0, 1, 1, "r", false, 0, 0, -1};
    refused(gif_of(65535, 65535, &one, 1), "65535 x 65535 pixels; a picture has at most");
    refused(gif_of(1, 1, NULL, 0), "no image in it");
    /* a large rectangle on a small canvas: its header alone, behind the screen descriptor and four colours */
    size_t n;
    char *bytes = mm_read_file(gif_of(1, 1, NULL, 0), 1000, &n, &err);
    memcpy(bytes + SCREEN + COLOURS, "\x2c\0\0\0\0\xff\xff\xff\xff\0\x02", 11);
    put(scratch("x.gif"), bytes, SCREEN + COLOURS + 11);
    refused(scratch("x.gif"), "more than 67108864 pixels in all its pictures");
    free(bytes);
    bytes = mm_read_file(gif_of(1, 1, &one, 1), 1000, &n, &err);
    bytes[10] &= 0x7f; /* it says that it has no colours, and has none */
    memmove(bytes + SCREEN, bytes + SCREEN + COLOURS, n - SCREEN - COLOURS);
    put(scratch("x.gif"), bytes, n - COLOURS);
    refused(scratch("x.gif"), "no colours");
    free(bytes);
    Image images[40];
    for (int i = 0; i < 40; i++) {
        images[i] = one;
    }
    assert_false(mm_animation_load(gif_of(2048, 1024, images, 40), &a, &err)); /* 32 of them would do */
    says(&err, scratch("x.gif"), "more than 32 pictures of 2048 x 1024 pixels");
}

static void cut_short(void **state)
{
    (void)state;
    Error err;
    Animation a;
    size_t n;
    const Image images[] = {{0, 0, 3, 2, "rrrr0r", false, 0, 5, 0}, {1, 0, 2, 1, "gg", false, 2, 10, -1}};
    char *bytes = mm_read_file(gif_of(3, 2, images, 2), 1000, &n, &err);
    for (size_t cut = n - 1; cut > 3; cut--) {
        put(scratch("x.gif"), bytes, cut);
        assert_false(mm_animation_load(scratch("x.gif"), &a, &err));
        says(&err, scratch("x.gif"), "not a picture that can be read (");
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(laid_over_each_other),
        IN_SCRATCH(only_its_rectangle_is_cleared),
        IN_SCRATCH(rows_in_another_order),
        IN_SCRATCH(beyond_the_canvas),
        IN_SCRATCH(too_much),
        IN_SCRATCH(cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
