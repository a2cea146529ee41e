/* contact.c: thumbnails, and a sheet of them. */
#include "mm/search.h"

#include <string.h>

enum { COLUMNS = 6, GAP = 12 };

/* Copies a picture into another of as many channels; it fits. */
static void paste(const Picture *from, Picture *to, int left, int top)
{
    size_t pixel = (size_t)from->channels, row = (size_t)from->width * pixel;
    for (int y = 0; y < from->height; y++) {
        memcpy(to->pixels + ((size_t)(top + y) * (size_t)to->width + (size_t)left) * pixel, from->pixels + (size_t)y * row, row);
    }
}

/* A side as long as `length` of `longest` is of MM_RESULTS_SIDE, and at least a pixel. */
static int scaled(int length, int longest)
{
    int side = (int)(((int64_t)length * MM_RESULTS_SIDE + longest / 2) / longest);
    return side > 0 ? side : 1;
}

Picture mm_results_thumbnail(const Picture *p)
{
    int longest = p->width > p->height ? p->width : p->height;
    Picture small = mm_picture_resize(p, scaled(p->width, longest), scaled(p->height, longest), MM_BICUBIC);
    Picture square = mm_picture_new(MM_RESULTS_SIDE, MM_RESULTS_SIDE, p->channels);
    paste(&small, &square, (MM_RESULTS_SIDE - small.width) / 2, (MM_RESULTS_SIDE - small.height) / 2);
    mm_picture_free(&small);
    return square;
}

Picture mm_results_sheet(const Hit *hit, int n)
{
    int columns = n < COLUMNS ? n : COLUMNS, rows = (n + COLUMNS - 1) / COLUMNS, step = MM_RESULTS_SIDE + GAP;
    Picture sheet = mm_picture_new(columns * step + GAP, rows * step + GAP, 3);
    memset(sheet.pixels, 255, (size_t)sheet.width * (size_t)sheet.height * 3);
    for (int i = 0; i < n; i++) {
        Picture flat = mm_picture_flatten(&hit[i].thumbnail, mm_white);
        paste(&flat, &sheet, GAP + i % COLUMNS * step, GAP + i / COLUMNS * step);
        mm_picture_free(&flat);
    }
    return sheet;
}
