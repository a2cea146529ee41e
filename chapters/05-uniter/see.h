/* see.h: a picture with its regions, its text, and lines between words and regions, as SVG. */
#ifndef UNITER_SEE_H
#define UNITER_SEE_H

#include "detector.h"

typedef struct Links {
    const char *title;
    const Picture *rgb;
    int words, regions;
    char *const *word;    /* (words) */
    const Region *region; /* (regions), in the picture */
    const real *weight;   /* (words, regions): the thickest line is the largest of them */
} Links;

bool links_draw(const Links *l, const char *path, Error *err);

#endif
