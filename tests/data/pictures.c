/* pictures.c: sizes against Pillow 9.4, colours over a background, and files that are not pictures. */
#include "../io/scratch.h"
#include "mm/data.h"

#include <fcntl.h>
#include <stb/stb_image_write.h>

#define COUNT(a) (int)(sizeof(a) / sizeof *(a))

/* The picture of the golden numbers: red, green and blue by formula, alpha too where there are four channels. */
static Picture pattern(int width, int height, int channels)
{
    Picture p = mm_picture_new(width, height, channels);
    unsigned char *to = p.pixels;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int v[4] = {37 * x + 11 * y, 91 * x * x + 53 * y, 199 * y + 17 * x * y, (x + y) % 3 ? 53 * x + 29 * y * y : 0};
            for (int c = 0; c < channels; c++) {
                *to++ = (unsigned char)(v[c] % 256);
            }
        }
    }
    return p;
}

static long sum(const Picture *p)
{
    long s = 0;
    for (int i = 0; i < p->width * p->height * p->channels; i++) {
        s += p->pixels[i];
    }
    return s;
}

static long weighted_sum(const Picture *p)
{
    long s = 0;
    for (int i = 0; i < p->width * p->height * p->channels; i++) {
        s += i % 251 * p->pixels[i];
    }
    return s;
}

static void resized(int channels, int width, int height, Filter filter, const unsigned char *pixels, size_t n, long total)
{
    Picture p = pattern(7, 5, channels), q = mm_picture_resize(&p, width, height, filter);
    assert_true(q.width == width && q.height == height && q.channels == channels);
    assert_memory_equal(q.pixels, pixels, n);
    assert_int_equal(sum(&q), total);
    mm_picture_free(&p);
    mm_picture_free(&q);
}

static void resize_as_pillow(void **state)
{
    (void)state;
    static const unsigned char bicubic[] = {19, 62,  89,  81,  112, 103, 149, 154, 33,  211, 131, 9,
                                            37, 152, 165, 99,  177, 233, 167, 102, 93,  234, 51,  66,
                                            55, 166, 73,  117, 66,  187, 191, 113, 106, 165, 153, 130};
    static const unsigned char bilinear[] = {24, 67,  89,  82,  112, 100, 150, 152, 35,  208, 131, 15,
                                             41, 147, 160, 99,  165, 213, 167, 103, 91,  225, 66,  72,
                                             58, 158, 85,  116, 75,  178, 184, 115, 106, 166, 146, 129};
    static const unsigned char rgba[] = {29, 102, 116, 35, 82,  105, 112, 68,  147, 189, 46, 149, 218, 54,  9,  28,
                                         28, 122, 170, 54, 100, 175, 222, 102, 164, 142, 64, 79,  230, 58,  68, 105,
                                         45, 219, 39,  78, 121, 28,  226, 44,  185, 84,  67, 121, 127, 191, 63, 8};
    static const unsigned char larger[] = {0, 0, 0, 0, 31, 95, 0, 16, 45, 86, 0, 56, 68, 105, 0, 111, 60, 102, 0, 67};
    static const unsigned char columns[] = {47, 94, 0, 27, 65, 100, 0, 66, 150, 178, 0, 117, 178, 204, 0, 10};
    resized(3, 4, 3, MM_BICUBIC, bicubic, sizeof bicubic, 4251);
    resized(3, 4, 3, MM_BILINEAR, bilinear, sizeof bilinear, 4230);
    resized(3, 11, 9, MM_BICUBIC, NULL, 0, 34719);
    resized(3, 11, 9, MM_BILINEAR, NULL, 0, 34801);
    resized(4, 4, 3, MM_BICUBIC, rgba, sizeof rgba, 5018);
    resized(4, 11, 9, MM_BICUBIC, larger, sizeof larger, 37746);
    resized(4, 4, 5, MM_BICUBIC, columns, sizeof columns, 8319);
    Picture p = pattern(7, 5, 4);
    resized(4, 7, 5, MM_BICUBIC, p.pixels, 7 * 5 * 4, sum(&p)); /* the same size: untouched */
    mm_picture_free(&p);
}

/* Short side to n, the middle cut out, with torchvision's rounding: 25 - 16 = 9 leaves 4.5, which is 4; 13 - 8 = 5 leaves 2. */
static void clip_preprocessing(void **state)
{
    (void)state;
    static const struct {
        int width, height, size;
        long sums[2][2]; /* RGB, RGBA: sum, weighted sum */
    } cases[] = {
        {37, 23, 16, {{95009, 11846356}, {116408, 14592546}}},
        {23, 38, 8, {{24580, 2352385}, {29907, 3641611}}},
        {300, 200, 32, {{389561, 47926619}, {474682, 58566064}}},
        {16, 21, 16, {{97728, 12016913}, {118974, 14439187}}},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        for (int k = 0; k < 2; k++) {
            Picture p = pattern(cases[i].width, cases[i].height, 3 + k), q = mm_picture_clip(&p, cases[i].size);
            assert_true(q.width == cases[i].size && q.height == cases[i].size);
            assert_int_equal(sum(&q), cases[i].sums[k][0]);
            assert_int_equal(weighted_sum(&q), cases[i].sums[k][1]);
            mm_picture_free(&p);
            mm_picture_free(&q);
        }
    }
    Picture thin = mm_picture_new(16384, 1, 4), q = mm_picture_clip(&thin, 64); /* not a million pixels wide in between */
    assert_true(q.width == 64 && q.height == 64);
    mm_picture_free(&thin);
    mm_picture_free(&q);
}

static void over_a_background(void **state)
{
    (void)state;
    Picture p = mm_picture_new(4, 1, 4);
    memcpy(p.pixels, (unsigned char[]){200, 100, 0, 0, 200, 100, 0, 255, 201, 100, 0, 128, 255, 255, 255, 1}, 16);
    Picture white = mm_picture_flatten(&p, mm_white), red = mm_picture_flatten(&p, (unsigned char[]){255, 0, 0});
    assert_int_equal(white.channels, 3);
    assert_memory_equal(white.pixels, ((unsigned char[]){255, 255, 255, 200, 100, 0, 228, 177, 127, 255, 255, 255}), 12);
    assert_memory_equal(red.pixels, ((unsigned char[]){255, 0, 0, 200, 100, 0, 228, 50, 0, 255, 1, 1}), 12);
    Picture same = mm_picture_flatten(&red, mm_white); /* RGB stays what it is */
    assert_memory_equal(same.pixels, red.pixels, 12);
    mm_picture_free(&p);
    mm_picture_free(&white);
    mm_picture_free(&red);
    mm_picture_free(&same);
}

static void saved_and_loaded(void **state)
{
    (void)state;
    Error err;
    for (int channels = 3; channels <= 4; channels++) {
        Picture p = pattern(33, 17, channels), q;
        assert_true(mm_picture_save(scratch("p.png"), &p, &err));
        assert_true(mm_picture_load(scratch("p.png"), &q, &err));
        assert_true(q.width == 33 && q.height == 17 && q.channels == 4);
        for (int i = 0; i < 33 * 17; i++) {
            assert_memory_equal(q.pixels + 4 * i, p.pixels + channels * i, (size_t)channels);
            assert_true(channels == 4 || q.pixels[4 * i + 3] == 255);
        }
        mm_picture_free(&p);
        mm_picture_free(&q);
    }
    Picture p = pattern(3, 3, 3);
    assert_false(mm_picture_save(scratch("none/p.png"), &p, &err));
    says(&err, scratch("none/p.png"), "No such file");
    assert_int_equal(files_in_scratch(), 1);
    mm_picture_free(&p);
}

/* A BMP that says it has this size; its pixels are missing, as they would be in an attack. */
static const char *claims(int width, int height)
{
    unsigned char head[54] = "BM";
    const int fields[] = {54, 0, 54, 40, width, height, 1 | 24 << 16};
    memcpy(head + 2, fields, sizeof fields);
    put(scratch("p.bmp"), head, sizeof head);
    return scratch("p.bmp");
}

static void not_pictures(void **state)
{
    (void)state;
    Error err;
    Picture p;
    static const char *const wrong[] = {"",
                                        "\x89PNG\r\n\x1a\n",
                                        "\xff\xd8\xff",
                                        "GIF89a",
                                        "BM",
                                        "some text that is long enough",
                                        "P6\n2 2\n255\n",
                                        "RIFF\x40\0\0\0WEBPVP8 "};
    for (int i = 0; i < COUNT(wrong); i++) {
        put_text(scratch("x"), wrong[i]);
        assert_false(mm_picture_load(scratch("x"), &p, &err));
        says(&err, scratch("x"), i == 0 ? "empty" : "not a picture that can be read (");
    }
    assert_false(mm_picture_load(scratch("none"), &p, &err));
    says(&err, scratch("none"), "No such file");
    assert_false(mm_picture_load(scratch_folder, &p, &err));
    says(&err, scratch_folder, "Is a directory");
    static const int sizes[][2] = {{30000, 1}, {1, 30000}, {16385, 16385}, {16384, 4097}, {8193, 8192}};
    for (int i = 0; i < COUNT(sizes); i++) {
        const char *path = claims(sizes[i][0], sizes[i][1]);
        char size[64];
        snprintf(size, sizeof size, "%d x %d pixels; a picture has at most", sizes[i][0], sizes[i][1]);
        assert_false(mm_picture_load(path, &p, &err));
        says(&err, path, size);
    }
    put(scratch("x"),
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\1\x86\xa0\x08\6\0\0\0" /* and its CRC: */ "\xa8\x52\x0b\xc8"
        "\0\0\0\4IDAT",
        41);
    assert_false(mm_picture_load(scratch("x"), &p, &err));
    says(&err, scratch("x"), "100000 x 100000 pixels; a picture has at most 16384 a side and 67108864 in all");
    assert_false(mm_picture_load(claims(10, -10), &p, &err));
    says(&err, scratch("p.bmp"), "not a picture that can be read (BMP: the file breaks off)");
    FILE *f = fopen(scratch("huge"), "wb");
    assert_int_equal(ftruncate(fileno(f), MM_PICTURE_BYTES + 1), 0);
    fclose(f);
    assert_false(mm_picture_load(scratch("huge"), &p, &err));
    says(&err, scratch("huge"), "more than 67108864 bytes");
}

/* A JPEG of the same 40 x 30 pixels, about 1.5 kB. */
static size_t jpeg(unsigned char *bytes, size_t room)
{
    Picture p = pattern(40, 30, 3);
    assert_true(stbi_write_jpg(scratch("p.jpg"), 40, 30, 3, p.pixels, 90));
    mm_picture_free(&p);
    FILE *f = fopen(scratch("p.jpg"), "rb");
    size_t n = fread(bytes, 1, room, f);
    fclose(f);
    return n;
}

static void jpegs(void **state)
{
    (void)state;
    Error err;
    Picture p;
    static unsigned char bytes[20000], longer[20000 + 60];
    size_t n = jpeg(bytes, sizeof bytes);
    assert_true(mm_picture_load(scratch("p.jpg"), &p, &err));
    assert_true(p.width == 40 && p.height == 30 && p.pixels[3] == 255);
    mm_picture_free(&p);
    for (size_t cut = n - 2; cut > 0; cut -= 13 < cut ? 13 : cut) {
        assert_int_equal(truncate(scratch("p.jpg"), (off_t)cut), 0);
        assert_false(mm_picture_load(scratch("p.jpg"), &p, &err));
        says(&err, scratch("p.jpg"), "not a picture that can be read (");
    }
    /* A segment that holds a thumbnail, which has an end, does not make up for the missing one. */
    memcpy(longer, bytes, 2);
    memcpy(longer + 2, "\xff\xe1\0\x06..\xff\xd9", 8);
    memcpy(longer + 10, bytes + 2, n - 2);
    put(scratch("p.jpg"), longer, n + 8);
    assert_true(mm_picture_load(scratch("p.jpg"), &p, &err));
    mm_picture_free(&p);
    put(scratch("p.jpg"), longer, n / 2);
    assert_false(mm_picture_load(scratch("p.jpg"), &p, &err));
    says(&err, scratch("p.jpg"), "(JPEG: ");
}

/* The same pixels as Pillow 9.4: colour and grey, CMYK as printers have it, palettes with and without transparency, single bits. */
static void pixels_as_pillow(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        long sum, weighted;
    } cases[] = {
        {"tests/fuzz/corpus/picture/baseline.jpg", 14129, 566324}, {"tests/fuzz/corpus/picture/progressive.jpg", 14129, 566324},
        {"tests/fuzz/corpus/picture/grey.jpg", 13068, 524448},     {"tests/fuzz/corpus/picture/cmyk.jpg", 13378, 537273},
        {"tests/fuzz/corpus/picture/rgba.png", 10903, 443624},     {"tests/fuzz/corpus/picture/palette.png", 11356, 448464},
        {"tests/fuzz/corpus/picture/one_bit.png", 18360, 651780},  {"tests/fuzz/corpus/picture/rgb.bmp", 13400, 538583},
        {"tests/fuzz/corpus/picture/palette.bmp", 13141, 523179},
    };
    for (int i = 0; i < COUNT(cases); i++) {
        Error err;
        Picture p;
        assert_true(mm_picture_load(cases[i].path, &p, &err));
        assert_int_equal(sum(&p), cases[i].sum);
        assert_int_equal(weighted_sum(&p), cases[i].weighted);
        mm_picture_free(&p);
    }
}

/* A PNG cut short or with bytes changed: an error or a picture of a sound size, never more. */
static void damaged(void **state)
{
    (void)state;
    Error err;
    Picture p = pattern(40, 30, 4), q;
    assert_true(mm_picture_save(scratch("p.png"), &p, &err));
    mm_picture_free(&p);
    size_t n;
    char *bytes = mm_read_file(scratch("p.png"), 100000, &n, &err);
    int fd = open(scratch("p.png"), O_RDWR);
    Rng rng = mm_rng(1, "damage");
    for (int k = 0; k < 1000; k++) {
        off_t at = mm_below(&rng, (int)n);
        assert_int_equal(pwrite(fd, &(char){(char)mm_below(&rng, 256)}, 1, at), 1);
        if (mm_picture_load(scratch("p.png"), &q, &err)) {
            assert_true(q.width <= MM_PICTURE_SIDE && q.height <= MM_PICTURE_SIDE);
            mm_picture_free(&q);
        }
        assert_int_equal(pwrite(fd, bytes + at, 1, at), 1);
    }
    for (size_t cut = n - 16; cut > 0; cut -= 7 < cut ? 7 : cut) {
        assert_int_equal(ftruncate(fd, (off_t)cut), 0);
        assert_false(mm_picture_load(scratch("p.png"), &q, &err));
        says(&err, scratch("p.png"), "(");
    }
    close(fd);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resize_as_pillow),
        cmocka_unit_test(clip_preprocessing),
        cmocka_unit_test(over_a_background),
        IN_SCRATCH(saved_and_loaded),
        IN_SCRATCH(not_pictures),
        IN_SCRATCH(jpegs),
        cmocka_unit_test(pixels_as_pillow),
        IN_SCRATCH(damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
